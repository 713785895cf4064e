"""What stands before every route: body limit, host and origin checks, security headers."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import make_problem
from app.api.headers import SECURITY_HEADERS

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Guard:
    """Refuse what browsers of strangers and careless clients may send; add security headers.

    ``host_names`` None accepts any Host (the service then demands a key for writes).
    """

    def __init__(
        self, app: ASGIApp, *, body_limit_bytes: int, host_names: frozenset[str] | None
    ) -> None:
        self._app = app
        self._body_limit_bytes = body_limit_bytes
        self._host_names = None if host_names is None else host_names | _LOOPBACK_NAMES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        refusal = self._find_refusal(scope["method"], headers)
        if refusal is not None:
            status, kind, detail = refusal
            await make_problem(status, kind, detail)(scope, receive, send_with_headers)
            return
        await self._app(scope, self._limit(receive), send_with_headers)

    def _find_refusal(self, method: str, headers: Headers) -> tuple[int, str, str] | None:
        host = headers.get("host", "")
        if self._host_names is not None and _name_of(host) not in self._host_names:
            return 421, "unknown-host", "this service does not answer under that host name"
        if method not in SAFE_METHODS and _is_cross_origin(headers, host):
            return 403, "cross-origin", "writes from pages of another origin are refused"
        length = headers.get("content-length")
        if length is not None and (not length.isdecimal() or int(length) > self._body_limit_bytes):
            return self._too_large()
        return None

    def _too_large(self) -> tuple[int, str, str]:
        return 413, "body-too-large", f"body: longer than {self._body_limit_bytes} bytes"

    def _limit(self, receive: Receive) -> Receive:
        """Count the body of a request without a length, and cut it off at the limit."""
        taken = 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self._body_limit_bytes:
                    raise HTTPException(413, self._too_large()[2])
            return message

        return receive_counted


def _is_cross_origin(headers: Headers, host: str) -> bool:
    if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != host.lower()


def _name_of(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
