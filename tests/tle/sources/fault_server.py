"""A small server on loopback that misbehaves in one named way per path."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def plain(status: str, body: bytes, *headers: str, length: bool = True) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def make_gzip_bomb(size: int = 300 * 2**20) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(2**20)
    return b"".join(packer.compress(zeros) for _ in range(size // 2**20)) + packer.flush()


async def drip(writer, head: bytes, body: bytes, pause_s: float) -> None:
    writer.write(head)
    for i in range(len(body)):
        writer.write(body[i : i + 1])
        await writer.drain()
        await asyncio.sleep(pause_s)


def chunked(body: bytes, *, end: bool) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + f"{len(body):x}\r\n".encode() + body + b"\r\n" + (b"0\r\n\r\n" if end else b"")


# The faults of a source. The first three happen before any server is reached; redirects to another
# host count as one fault in two forms (301 and 302).
FAULTS = (
    "dns_failure", "refused", "connect_timeout",
    "reset_in_body", "truncated_with_length", "truncated_without_length",
    "truncated_chunked", "slow_drip", "slow_headers", "many_headers", "empty_body", "html",
    "no_gp_data", "json_error", "redirect_301", "redirect_302", "redirect_loopback", "status_401",
    "not_updated_403", "blocked_403", "status_404", "status_429", "status_500", "status_503",
    "gzip_bomb",
)  # fmt: skip
BOMB = make_gzip_bomb()


@contextmanager
def open_full_port() -> Iterator[int]:
    """Listen with a full queue, so that connecting to the port never ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port
        for filler in fillers:
            filler.close()


class FaultServer:
    """Serve ``good`` at /good and each fault at its own path; count the requests."""

    def __init__(self, good: bytes) -> None:
        self.good = good
        self.requests: list[str] = []
        self.headers: list[bytes] = []
        self._answers: dict[str, bytes] = {}
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0)
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    async def _serve(self, reader, writer) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode().lstrip("/").partition("?")[0]
            self.requests.append(path)
            self.headers.append(head)
            await self._answer(path, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def _make_answers(self) -> dict[str, bytes]:
        good, half = self.good, self.good[: len(self.good) * 2 // 3]
        away = f"Location: {self.url('good')}"
        return {
            "good": plain("200 OK", good),
            "truncated_with_length": plain("200 OK", good)[: -len(good) // 3],
            "truncated_without_length": plain("200 OK", half, length=False),
            "truncated_chunked": chunked(half, end=False),
            "many_headers": plain("200 OK", good, *(f"X-{i}: y" for i in range(100_000))),
            "empty_body": plain("200 OK", b""),
            "html": plain("200 OK", b"<html><title>Sorry</title>down</html>"),
            "no_gp_data": plain("200 OK", b"No GP data found"),
            "json_error": plain("200 OK", b'{"error": "limit"}'),
            "redirect_301": plain("301 Moved", b"", "Location: http://example.invalid/x"),
            "redirect_302": plain("302 Found", b"", "Location: http://example.invalid/x"),
            "redirect_loopback": plain("302 Found", b"", away),
            "status_401": plain("401 Unauthorized", b"who"),
            "not_updated_403": plain(
                "403 Forbidden",
                b"GP data has not updated since your last successful\ndownload of GROUP=x at ...",
            ),
            "blocked_403": plain("403 Forbidden", b"Your address is blocked"),
            "status_404": plain("404 Not Found", b"nothing"),
            "status_429": plain("429 Too Many Requests", b"slow", "Retry-After: 1"),
            "status_500": plain("500 Oops", good),
            "status_503": plain("503 Busy", b"<html>busy</html>"),
            "gzip_bomb": plain("200 OK", BOMB, "Content-Encoding: gzip"),
            "gzip_good": plain("200 OK", gzip.compress(good), "Content-Encoding: gzip"),
        }

    async def _answer(self, path: str, writer) -> None:
        good = self.good
        if path == "silence":
            await asyncio.sleep(60)
        elif path == "reset_in_body":
            writer.write(plain("200 OK", good)[: -len(good) // 2])
            await writer.drain()
            writer.transport.abort()
        elif path == "slow_drip":
            await drip(writer, plain("200 OK", good)[: -len(good)], good, 0.05)
        elif path == "slow_headers":
            await drip(writer, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"y" * 2000, 0.05)
        else:
            self._answers = self._answers or self._make_answers()
            writer.write(self._answers[path])
