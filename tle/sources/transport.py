"""The one polite HTTP client: a hard deadline over everything, byte limits, no redirects.

A request ends at its deadline whatever the other side does: slow name servers, headers or bodies
included. Nothing is retried, no redirect is followed, and addresses inside the own network are
refused at connect time unless allowed. Log lines of the HTTP libraries are shut off, because they
print addresses and cookies; the reasons given here name the host and never the query.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2

from tle.errors import SourceError

USER_AGENT = "Aspan/0.1 (ground station planning)"
_TALKATIVE_LOGGERS = ("httpx2", "httpcore2", "httpcore2.connection", "httpcore2.http11")
_ENCODINGS = ("", "identity", "gzip", "deflate")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete HTTP answer; ``headers`` have lower-case names."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text_head(self) -> str:
        """Show the beginning of the body in one printable line, for reasons."""
        text = self.body[:400].decode("utf-8", "replace")
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:160]


@dataclass(frozen=True, slots=True)
class Transport:
    """How to reach the outside: limits that hold for every request.

    ``max_bytes`` counts the body after decompression. ``proxy`` (an address) takes the place of
    the check of addresses, because the proxy then resolves the names.
    """

    deadline_s: float = 25.0
    max_bytes: int = 20 * 2**20
    allow_private_addresses: bool = False
    proxy: str | None = None
    user_agent: str = USER_AGENT

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> HttpAnswer:
        """Fetch once; raise SourceError with the cause in words for any fault on the way."""
        return self._run("GET", url, dict(headers or {}), None)

    def post(
        self,
        url: str,
        form: Mapping[str, str] | bytes,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """Send a form, or a body as it is, once; it is never logged."""
        body = form if isinstance(form, bytes) else dict(form)
        return self._run("POST", url, dict(headers or {}), body)

    def _run(
        self, method: str, url: str, headers: dict[str, str], form: dict[str, str] | bytes | None
    ) -> HttpAnswer:
        """Run the request on its own thread: even a name lookup that hangs is left behind."""
        outcome: list[HttpAnswer | BaseException] = []

        def work() -> None:
            try:
                outcome.append(asyncio.run(self._run_within_deadline(method, url, headers, form)))
            except BaseException as error:
                outcome.append(error)

        for name in _TALKATIVE_LOGGERS:
            logging.getLogger(name).disabled = True
        thread = threading.Thread(target=work, name="aspan-http", daemon=True)
        thread.start()
        thread.join(self.deadline_s + 0.5)
        host = _show_host(url)
        if not outcome:
            raise SourceError(f"{host}: no answer within {self.deadline_s:g} s (name lookup)")
        result = outcome[0]
        if isinstance(result, HttpAnswer):
            return result
        if isinstance(result, SourceError):
            raise result
        if isinstance(result, TimeoutError):
            raise SourceError(f"{host}: no complete answer within {self.deadline_s:g} s")
        if isinstance(result, (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError)):
            raise SourceError(f"{host}: {_explain(result)}") from None
        raise result

    async def _run_within_deadline(
        self, method: str, url: str, headers: dict[str, str], form: dict[str, str] | bytes | None
    ) -> HttpAnswer:
        async with asyncio.timeout(self.deadline_s):
            target = httpx2.URL(url)
            if target.scheme not in ("http", "https") or not target.host:
                raise SourceError(f"{_show_host(url)}: only http and https addresses can be read")
            addresses = [target.host] if self.proxy else await self._resolve(target)
            options: dict[str, Any] = {
                "proxy": self.proxy,
                "trust_env": False,
                "verify": _read_certificates(),
            }
            timeout = httpx2.Timeout(self.deadline_s)
            async with httpx2.AsyncClient(timeout=timeout, **options) as client:
                for address in addresses[:-1]:
                    try:
                        return await self._send(client, method, target, address, headers, form)
                    except httpx2.ConnectError:
                        continue
                return await self._send(client, method, target, addresses[-1], headers, form)

    async def _resolve(self, target: httpx2.URL) -> list[str]:
        """Look the host up once and connect to what was checked: no second lookup can differ."""
        port = target.port or (443 if target.scheme == "https" else 80)
        found = await asyncio.get_running_loop().getaddrinfo(
            target.host, port, type=socket.SOCK_STREAM
        )
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self.allow_private_addresses:
            addresses = [a for a in addresses if _is_public(a)]
            if not addresses:
                raise SourceError(
                    f"{target.host}: leads to an address inside the own network, "
                    "which is not allowed"
                )
        return addresses

    async def _send(
        self,
        client: httpx2.AsyncClient,
        method: str,
        target: httpx2.URL,
        address: str,
        headers: dict[str, str],
        form: dict[str, str] | bytes | None,
    ) -> HttpAnswer:
        request = client.build_request(
            method,
            target.copy_with(host=address),
            data=form if isinstance(form, dict) else None,
            content=form if isinstance(form, bytes) else None,
            headers={
                "Host": target.netloc.decode("ascii"),
                "User-Agent": self.user_agent,
                "Accept-Encoding": "gzip",
                **headers,
            },
            extensions={
                "sni_hostname": target.host,
                "timeout": httpx2.Timeout(self.deadline_s).as_dict(),
            },
        )
        response = await client.send(request, stream=True)
        try:
            encoding = response.headers.get("content-encoding", "").strip().lower()
            if encoding not in _ENCODINGS:
                raise SourceError(f"{target.host}: answers in the encoding {encoding[:40]!r}")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self.max_bytes:
                    raise SourceError(
                        f"{target.host}: the answer is larger than {self.max_bytes} bytes"
                    )
        finally:
            await response.aclose()
        return HttpAnswer(response.status_code, bytes(body), dict(response.headers))


@cache
def _read_certificates() -> ssl.SSLContext:
    """Read the certificates to trust, once: it costs more than most requests."""
    return httpx2.create_ssl_context(trust_env=False)


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or ip
    return mapped.is_global and not mapped.is_multicast


def _show_host(url: str) -> str:
    try:
        return httpx2.URL(url).host or "address without a host"
    except (httpx2.InvalidURL, ValueError):
        return "unreadable address"


def _explain(error: Exception) -> str:
    """Say a fault in words, without anything that the other side or the address holds."""
    words = {
        socket.gaierror: "the host name is not known",
        httpx2.ConnectTimeout: "no connection in time",
        httpx2.ConnectError: "no connection",
        httpx2.ReadTimeout: "no answer in time",
        httpx2.ReadError: "the connection broke while reading",
        httpx2.RemoteProtocolError: "the answer is not complete HTTP",
        httpx2.DecodingError: "the compressed answer is damaged",
        httpx2.InvalidURL: "the address is not readable",
    }
    text = next((text for kind, text in words.items() if isinstance(error, kind)), "")
    return text or f"the request failed ({type(error).__name__})"
