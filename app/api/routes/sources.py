"""Sources of element sets: what was asked, what they answered, what waits for a person."""

from __future__ import annotations

from fastapi import APIRouter

from app.api import schemas_elements as schemas
from app.api.deps import ApplicationDep, Limit, Offset, OperatorDep, find_next_offset
from app.errors import NotFoundError
from tle.sources.base import SourceMemory
from tle.timebase import format_utc

router = APIRouter(tags=["sources"])


@router.get("/sources")
def list_sources(application: ApplicationDep) -> schemas.Sources:
    """List the sources that were asked, with the last attempt and success of each query."""
    memories = application.store.refresh_memory.list_sources()
    return schemas.Sources(sources=[_describe(memory) for memory in memories])


@router.post("/sources/{source}/acknowledge")
def acknowledge_source(
    application: ApplicationDep, principal: OperatorDep, source: str
) -> schemas.Source:
    """Let a blocked source be asked again, after a person has seen to the cause."""
    memory = application.store.refresh_memory
    if not memory.acknowledge(source, who=principal.name, now_utc=application.clock()):
        raise NotFoundError("source", "no such source is blocked", value=source)
    return _describe(memory.read_memory(source))


@router.get("/alerts")
def list_alerts(
    application: ApplicationDep, limit: Limit = 100, offset: Offset = 0
) -> schemas.Alerts:
    """List the open alerts of the sources, newest first: missing satellites, shrunk answers."""
    page, total = application.store.refresh_memory.list_alerts(limit=limit, offset=offset)
    return schemas.Alerts(
        alerts=[
            schemas.Alert(
                alert_id=alert.alert_id,
                source=alert.source,
                subject=alert.subject,
                tag=alert.tag,
                text=alert.text,
                norad_cat_id=alert.norad_cat_id,
                raised_utc=format_utc(alert.raised_utc),
                last_seen_utc=format_utc(alert.last_seen_utc),
            )
            for alert in page
        ],
        total=total,
        next_offset=find_next_offset(offset, len(page), total),
    )


def _describe(memory: SourceMemory) -> schemas.Source:
    return schemas.Source(
        source=memory.source,
        blocked_utc=format_utc(memory.blocked_utc) if memory.blocked_utc else None,
        blocked_reason=memory.blocked_reason,
        queries=[
            schemas.SourceQuery(
                key=query.key,
                last_attempt_utc=(
                    format_utc(query.last_attempt_utc) if query.last_attempt_utc else None
                ),
                last_success_utc=(
                    format_utc(query.last_success_utc) if query.last_success_utc else None
                ),
                last_status=query.last_status,
                last_reason=query.last_reason,
                set_count=query.set_count,
            )
            for _, query in sorted(memory.queries.items())
        ],
    )
