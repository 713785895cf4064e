"""What really happened to contacts: report it, read it, what it adds up to."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from app.api import schemas_executions as wire
from app.api.deps import ApplicationDep, OperatorDep, ViewerDep
from app.api.routes.contacts import require_own
from app.services.execution import Report, read_table
from app.services.selection import read_instant
from app.store.executions import DriveState, Execution
from tle.timebase import format_utc

router = APIRouter(tags=["executions"])
Instant = Annotated[str | None, Query(max_length=40)]


@router.get("/contacts/{contact_id}/execution")
def get_execution(
    application: ApplicationDep, principal: ViewerDep, contact_id: str
) -> wire.Execution:
    """Read what was reported of a contact."""
    require_own(application.contacts.read(contact_id), principal)
    return describe_execution(application.execution.read(contact_id))


@router.post("/contacts/{contact_id}/execution")
def report_execution(
    application: ApplicationDep,
    principal: OperatorDep,
    contact_id: str,
    report: wire.ExecutionReport,
) -> wire.Execution:
    """Report actual start, stop, bytes, frames, quality, data outcome, and how it ended."""
    require_own(application.contacts.read(contact_id), principal)
    given = report.model_dump(exclude={"why"})
    (kept,) = application.execution.report(
        [Report(contact_id, **given)], who=principal.name, why=report.why
    )
    return describe_execution(kept)


@router.post("/executions")
def upload_executions(
    application: ApplicationDep, principal: OperatorDep, upload: wire.ExecutionUpload
) -> wire.ExecutionUploadResult:
    """Report many contacts as CSV, all or none; the columns are in docs/drive.md."""
    kept = application.execution.report(
        read_table(upload.text),
        who=principal.name,
        why=upload.why,
        may_touch=lambda item: principal.sees(item.owner),
    )
    return wire.ExecutionUploadResult(
        kept=len(kept), contact_ids=[each.reservation_id for each in kept]
    )


@router.get("/availability")
def get_availability(
    application: ApplicationDep,
    principal: ViewerDep,
    by: Literal["station", "antenna", "satellite", "owner", "cause"] = "station",
    start: Instant = None,
    end: Instant = None,
) -> wire.Availabilities:
    """Sum executed and lost time of contacts that start in a span; own ones for an owner's key."""
    found = application.execution.availability(
        by, read_instant(start, "start"), read_instant(end, "end"), owner=principal.owner
    )
    return wire.Availabilities(
        by=by, availability=[wire.Availability.model_validate(asdict(each)) for each in found]
    )


@router.get("/executions/timing")
def get_timing(
    application: ApplicationDep,
    principal: ViewerDep,
    start: Instant = None,
    end: Instant = None,
) -> wire.TimingChecks:
    """Compare reported with predicted AOS per satellite: does the 95 % bound hold?"""
    found = application.execution.timing(
        read_instant(start, "start"), read_instant(end, "end"), owner=principal.owner
    )
    return wire.TimingChecks(
        checks=[wire.TimingCheck.model_validate(asdict(each)) for each in found]
    )


@router.get("/lockouts")
def list_lockouts(application: ApplicationDep, principal: ViewerDep) -> wire.Lockouts:
    """List the antennas that nobody may drive."""
    return wire.Lockouts(
        lockouts=[_describe_lockout(each) for each in application.store.executions.list_lockouts()]
    )


@router.post("/lockouts")
def lock_out(
    application: ApplicationDep, principal: OperatorDep, order: wire.LockoutOrder
) -> wire.Lockout:
    """Lock an antenna: whoever drives it stops within seconds, and nobody starts."""
    application.contacts.find_antenna(order.station, order.antenna)
    return _describe_lockout(
        application.store.executions.lock_out(
            order.station,
            order.antenna,
            who=principal.name,
            why=order.why,
            now_utc=application.clock(),
        )
    )


@router.post("/lockouts/end")
def end_lockout(
    application: ApplicationDep, principal: OperatorDep, order: wire.LockoutOrder
) -> wire.Lockout:
    """End a lockout."""
    application.contacts.find_antenna(order.station, order.antenna)
    return _describe_lockout(
        application.store.executions.release(
            order.station,
            order.antenna,
            who=principal.name,
            why=order.why,
            now_utc=application.clock(),
        )
    )


def describe_execution(item: Execution) -> wire.Execution:
    """Lay a record out."""
    instants = ("actual_start_utc", "actual_stop_utc", "actual_aos_utc", "predicted_aos_utc")
    told = asdict(item) | {name: _text(getattr(item, name)) for name in instants}
    return wire.Execution.model_validate(
        told | {"reported_utc": _text(item.reported_utc), "timing_error_s": item.timing_error_s}
    )


def _describe_lockout(state: DriveState) -> wire.Lockout:
    return wire.Lockout(
        station_id=state.station_id,
        antenna_id=state.antenna_id,
        locked_utc=_text(state.locked_utc),
        locked_by=state.locked_by,
        locked_why=state.locked_why,
        driver=state.driver,
    )


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else format_utc(instant)
