"""The two clients: one that waits and one that awaits, with the same methods."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from types import TracebackType
from typing import Any, Generic, ParamSpec, TypeVar, overload

import httpx2
from pydantic import BaseModel

from app.api.schemas_delivery import Event
from aspan.client import calls
from aspan.client.calls import Call, Names

P = ParamSpec("P")
T = TypeVar("T")
TIMEOUT_S = 60.0
_SILENCE_S = 45.0  # of an event stream, which says something every 15 s
RETRY_S = 3.0


class AspanError(RuntimeError):
    """The service refused: ``status``, ``kind`` (the stable end of its type) and ``problem``."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status}: {problem.get('detail') or problem.get('title') or 'refused'}")
        self.status = status
        self.problem = problem
        self.kind = str(problem.get("type", "")).rpartition(":")[2]


class SyncMethod(Generic[P, T]):
    """A call as a method that waits for the answer."""

    def __init__(self, build: Callable[P, Call[T]]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> SyncMethod[P, T]: ...
    @overload
    def __get__(self, client: Client, owner: type) -> Callable[P, T]: ...
    def __get__(self, client: Client | None, owner: type) -> SyncMethod[P, T] | Callable[P, T]:
        if client is None:
            return self

        def send(*args: P.args, **kwargs: P.kwargs) -> T:
            return client.send(self._build(*args, **kwargs))

        return send


class AsyncMethod(Generic[P, T]):
    """A call as a method whose answer is awaited."""

    def __init__(self, build: Callable[P, Call[T]]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> AsyncMethod[P, T]: ...
    @overload
    def __get__(self, client: AsyncClient, owner: type) -> Callable[P, Awaitable[T]]: ...
    def __get__(
        self, client: AsyncClient | None, owner: type
    ) -> AsyncMethod[P, T] | Callable[P, Awaitable[T]]:
        if client is None:
            return self

        async def send(*args: P.args, **kwargs: P.kwargs) -> T:
            return await client.send(self._build(*args, **kwargs))

        return send


class Client:
    """Talks to one service; close it, or use it in a ``with``."""

    stations = SyncMethod(calls.stations)
    satellites = SyncMethod(calls.satellites)
    passes = SyncMethod(calls.passes)
    available = SyncMethod(calls.available)
    book = SyncMethod(calls.book)
    contacts = SyncMethod(calls.contacts)
    contact = SyncMethod(calls.contact)
    cancel = SyncMethod(calls.cancel)
    move = SyncMethod(calls.move)
    report = SyncMethod(calls.report)
    availability = SyncMethod(calls.availability)
    order_plan = SyncMethod(calls.order_plan)
    job = SyncMethod(calls.job)
    plans = SyncMethod(calls.plans)
    plan = SyncMethod(calls.plan)
    publish = SyncMethod(calls.publish)
    export = SyncMethod(calls.export)
    export_plan = SyncMethod(calls.export_plan)
    past_events = SyncMethod(calls.past_events)

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        key: str = "",
        timeout_s: float = TIMEOUT_S,
        retry_s: float = RETRY_S,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._retry_s = retry_s  # before a lost event stream is asked for again
        self._http = httpx2.Client(
            base_url=url, headers=_headers(key), timeout=timeout_s, transport=transport
        )

    def send(self, call: Call[T]) -> T:
        """Send one call; AspanError when the service refuses."""
        return _read(self._http.request(call.method, call.path, **_content(call)), call)

    def events(self, *, kind: Names = (), after: int | None = None) -> Iterator[Event]:
        """Follow what happens, for ever; a lost connection is resumed behind the last event."""
        while True:
            try:
                with self._http.sse("/v1/events", **_stream(kind, after)) as source:
                    if source.response.is_error:
                        source.response.read()
                        raise _refusal(source.response)
                    for message in source:
                        if message.data:
                            event = Event.model_validate_json(message.data)
                            after = event.event_id
                            yield event
            except httpx2.TransportError:
                pass
            time.sleep(self._retry_s)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncClient:
    """The same, awaited; close it, or use it in an ``async with``."""

    stations = AsyncMethod(calls.stations)
    satellites = AsyncMethod(calls.satellites)
    passes = AsyncMethod(calls.passes)
    available = AsyncMethod(calls.available)
    book = AsyncMethod(calls.book)
    contacts = AsyncMethod(calls.contacts)
    contact = AsyncMethod(calls.contact)
    cancel = AsyncMethod(calls.cancel)
    move = AsyncMethod(calls.move)
    report = AsyncMethod(calls.report)
    availability = AsyncMethod(calls.availability)
    order_plan = AsyncMethod(calls.order_plan)
    job = AsyncMethod(calls.job)
    plans = AsyncMethod(calls.plans)
    plan = AsyncMethod(calls.plan)
    publish = AsyncMethod(calls.publish)
    export = AsyncMethod(calls.export)
    export_plan = AsyncMethod(calls.export_plan)
    past_events = AsyncMethod(calls.past_events)

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        key: str = "",
        timeout_s: float = TIMEOUT_S,
        retry_s: float = RETRY_S,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._retry_s = retry_s  # before a lost event stream is asked for again
        self._http = httpx2.AsyncClient(
            base_url=url, headers=_headers(key), timeout=timeout_s, transport=transport
        )

    async def send(self, call: Call[T]) -> T:
        """Send one call; AspanError when the service refuses."""
        return _read(await self._http.request(call.method, call.path, **_content(call)), call)

    async def events(self, *, kind: Names = (), after: int | None = None) -> AsyncIterator[Event]:
        """Follow what happens, for ever; a lost connection is resumed behind the last event."""
        while True:
            try:
                async with self._http.sse("/v1/events", **_stream(kind, after)) as source:
                    if source.response.is_error:
                        await source.response.aread()
                        raise _refusal(source.response)
                    async for message in source:
                        if message.data:
                            event = Event.model_validate_json(message.data)
                            after = event.event_id
                            yield event
            except httpx2.TransportError:
                pass
            await asyncio.sleep(self._retry_s)

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def _content(call: Call[Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"params": call.params, "headers": call.headers}
    if call.body is not None:
        content["json"] = call.body.model_dump(mode="json", exclude_unset=True)
    return content


def _stream(kind: Names, after: int | None) -> dict[str, Any]:
    params = {"kind": list(kind)} if kind else {}
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    return {
        "params": params,
        "headers": {"Accept": "text/event-stream"} | headers,
        "timeout": httpx2.Timeout(TIMEOUT_S, read=_SILENCE_S),
    }


def _read(response: httpx2.Response, call: Call[T]) -> T:
    """Make the answer into its model; fields that we do not know are left out."""
    if response.is_error:
        raise _refusal(response)
    if issubclass(call.answer, BaseModel):
        return call.answer.model_validate_json(response.content)
    return response.text  # type: ignore[return-value]


def _refusal(response: httpx2.Response) -> AspanError:
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    return AspanError(response.status_code, problem or {"detail": response.reason_phrase})
