"""Whose time an antenna was: usage by owner, satellite and period; settlement sheets."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from starlette.exceptions import HTTPException

from app.access import Principal
from app.api import schemas_usage
from app.api.deps import AdminDep, ApplicationDep, ViewerDep
from app.exports.settlement import (
    write_sheet_csv,
    write_sheet_html,
    write_sheet_text,
    write_usage_csv,
)
from app.services.selection import choose_span
from app.services.usage import UsageRow
from tle.timebase import format_utc

router = APIRouter(tags=["usage"])
_SPANS_A_YEAR = 12
_WRITERS = {
    "html": (write_sheet_html, "text/html; charset=utf-8"),
    "text": (write_sheet_text, "text/plain; charset=utf-8"),
    "csv": (write_sheet_csv, "text/csv; charset=utf-8"),
}
_OTHER_FORMS: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {} for _, kind in _WRITERS.values()}}
}


@router.get(
    "/usage", response_model=schemas_usage.Usage, responses={200: {"content": {"text/csv": {}}}}
)
def get_usage(
    application: ApplicationDep,
    principal: ViewerDep,
    station: Annotated[str, Query(max_length=100)],
    period: Annotated[
        Literal["day", "week", "month"], Query(description="Calendar, UTC.")
    ] = "week",
    start: Annotated[str | None, Query(max_length=64)] = None,
    end: Annotated[str | None, Query(max_length=64)] = None,
    days: Annotated[float | None, Query(gt=0, allow_inf_nan=False)] = None,
    plan: Annotated[
        str | None, Query(max_length=40, description="Account this plan, not what is booked.")
    ] = None,
    format: Annotated[Literal["json", "csv"], Query()] = "json",
) -> Response | schemas_usage.Usage:
    """Account a shared station: promised, planned, given away, borrowed, executed, lost.

    A key bound to an owner reads the rows of that owner.
    """
    span = choose_span(
        start=start,
        end=end,
        days=days,
        now_utc=application.clock(),
        limit_days=application.settings.span_limit_days * _SPANS_A_YEAR,
        default_days=31.0,
    )
    rows = [
        row
        for row in application.usage.list_rows(station, span, length=period, plan_id=plan)
        if principal.sees(row.owner)
    ]
    if format == "csv":
        return Response(write_usage_csv(rows), media_type="text/csv; charset=utf-8")
    return schemas_usage.Usage(rows=[_describe(row) for row in rows])


@router.get(
    "/usage/settlements/{station_id}/{month}",
    response_model=schemas_usage.Settlement,
    responses=_OTHER_FORMS,
)
def get_settlement(
    application: ApplicationDep,
    principal: ViewerDep,
    station_id: str,
    month: str,
    format: Annotated[Literal["json", "html", "text", "csv"], Query()] = "json",
) -> Response | schemas_usage.Settlement:
    """Read the settlement sheet of a month (2026-11): to be printed, signed, or read by programs.

    It shows the accounts of all owners, so a key that is bound to one does not open it.
    """
    _refuse_bound(principal)
    sheet = application.usage.make_sheet(station_id, month)
    if format == "json":
        return schemas_usage.Settlement.model_validate(sheet)
    writer, kind = _WRITERS[format]
    return Response(writer(sheet), media_type=kind)


@router.post("/usage/settlements/{station_id}/{month}", status_code=201)
def settle_month(
    application: ApplicationDep, principal: AdminDep, station_id: str, month: str
) -> schemas_usage.Settlement:
    """Settle a month that is over: its figures are kept as they are now and never change."""
    _refuse_bound(principal)
    return schemas_usage.Settlement.model_validate(
        application.usage.settle(station_id, month, who=principal.name)
    )


def _refuse_bound(principal: Principal) -> None:
    if principal.owner:
        raise HTTPException(403, "the sheet shows all owners; this key is bound to one")


def _describe(row: UsageRow) -> schemas_usage.UsageRow:
    times = {"start_utc": format_utc(row.start_utc), "end_utc": format_utc(row.end_utc)}
    return schemas_usage.UsageRow.model_validate(asdict(row) | times)
