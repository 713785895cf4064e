"""The event log: everything that was done, and the notices to owners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from app.api import schemas_contacts as wire
from app.api.deps import AdminDep, ApplicationDep, Limit, Offset, ViewerDep, find_next_offset
from app.store.audit import AuditEntry
from tle.timebase import format_utc

router = APIRouter(tags=["audit"])

Subject = Annotated[
    str | None, Query(max_length=300, description="Id of one contact, plan, key, source.")
]
Action = Annotated[str, Query(max_length=80, description="Beginning of the action: contact.move")]


@router.get("/audit")
def list_audit(
    application: ApplicationDep,
    principal: AdminDep,
    subject: Subject = None,
    action: Action = "",
    limit: Limit = 100,
    offset: Offset = 0,
) -> wire.AuditEntries:
    """Read what was done, the newest first. Entries are only ever added."""
    page, total = application.store.audit.list(
        subject=subject, action=action, owner=principal.owner, limit=limit, offset=offset
    )
    return _describe(page, total, offset)


@router.get("/notices")
def list_notices(
    application: ApplicationDep, principal: ViewerDep, limit: Limit = 100, offset: Offset = 0
) -> wire.AuditEntries:
    """Read what the key's owner was told, such as contacts lost to an emergency; newest first."""
    page, total = application.store.audit.list(
        action="notice.", owner=principal.owner, limit=limit, offset=offset
    )
    return _describe(page, total, offset)


def _describe(page: Sequence[AuditEntry], total: int, offset: int) -> wire.AuditEntries:
    return wire.AuditEntries(
        entries=[
            wire.AuditEntry(
                entry_id=each.entry_id,
                at_utc=format_utc(each.at_utc),
                who=each.who,
                action=each.action,
                subject=each.subject,
                owner=each.owner,
                detail=dict(each.detail),
            )
            for each in page
        ],
        total=total,
        next_offset=find_next_offset(offset, len(page), total),
    )
