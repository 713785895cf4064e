"""The event log: as a stream for those who ask for one, else page by page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from app.access import Principal
from app.api import schemas_delivery as wire
from app.api.deps import KEY_COOKIE, ApplicationDep, Limit, ViewerDep
from app.application import Application
from app.delivery.event_stream import EventWatch, stream_events
from app.delivery.events import EVENT_KINDS, find_kind, read_event, write_event
from app.errors import InputError
from app.store.audit import AuditEntry

router = APIRouter(tags=["events"])
_STREAM = "text/event-stream"
_STREAM_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {_STREAM: {"schema": {"type": "string"}}}}
}
_LARGEST_ID = 2**62


@router.get("/events", response_model=wire.Events, responses=_STREAM_ANSWER)
def follow_events(
    request: Request,
    application: ApplicationDep,
    principal: ViewerDep,
    kind: Annotated[list[str], Query(max_length=20, description="Repeatable.")] = [],  # noqa: B006
    after: Annotated[
        int | None, Query(ge=0, le=_LARGEST_ID, description="Only what came after this event.")
    ] = None,
    limit: Limit = 100,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> wire.Events | StreamingResponse:
    """Follow what happens. With ``Accept: text/event-stream`` the answer is a stream.

    The stream starts behind ``Last-Event-ID`` or ``after``, with neither at what happens from now
    on. Without it the answer is one page of what is in the log. Events of other owners' contacts
    are left out.
    """
    unknown = [name for name in kind if name not in EVENT_KINDS]
    if unknown:
        raise InputError(
            "kind", f"{unknown[0]!r} is none of {', '.join(EVENT_KINDS)}", value=unknown[0]
        )
    if _STREAM in request.headers.get("accept", ""):
        return _stream(request, application, principal, frozenset(kind), after, last_event_id)
    return _read_page(application, principal, frozenset(kind), after or 0, limit)


def _stream(
    request: Request,
    application: Application,
    principal: Principal,
    kinds: frozenset[str],
    after: int | None,
    last_event_id: str | None,
) -> StreamingResponse:
    watch: EventWatch = request.app.state.event_watch
    start = _read_last_id(last_event_id) if last_event_id else after
    watch.open()
    log = application.store.audit

    def read(since: int, limit: int) -> tuple[AuditEntry, ...]:
        return log.list_after(since, limit=limit, owner=principal.owner)

    return StreamingResponse(
        stream_events(
            watch,
            read,
            after=watch.newest_id if start is None else start,
            kinds=kinds,
            is_allowed=lambda: _may_still(request, application),
        ),
        media_type=_STREAM,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _read_page(
    application: Application,
    principal: Principal,
    kinds: frozenset[str],
    after: int,
    limit: int,
) -> wire.Events:
    """Read on until the page is full or the log ends: most entries may be of other kinds."""
    found: list[wire.Event] = []
    while len(found) < limit:
        entries = application.store.audit.list_after(after, limit=limit, owner=principal.owner)
        for entry in entries:
            event = read_event(entry)
            after = entry.entry_id
            if event is not None and (not kinds or find_kind(entry) in kinds):
                found.append(wire.Event.model_validate(write_event(event)))
                if len(found) == limit:
                    break
        if len(entries) < limit:
            break
    return wire.Events(events=found, next_after=after)


def _read_last_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _LARGEST_ID):
        raise InputError("Last-Event-ID", "this is no id of an event", value=text)
    return int(text)


def _may_still(request: Request, application: Application) -> bool:
    """Tell whether the key of a stream is still good; without a key, whether none is needed."""
    given = request.headers.get("authorization", "").partition(" ")[2]
    given = given or request.cookies.get(KEY_COOKIE, "")
    if not given:
        return application.is_single_user()
    principal = application.find_principal(given)
    return principal is not None and principal.may("viewer")
