"""Imports: plans and bookings of other systems, all or nothing."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from app.api import schemas_delivery as wire
from app.api.deps import ApplicationDep, OperatorDep, PredictorsDep, check_unbound
from app.api.routes.contacts import hiding_others
from app.api.routes.passes import PREDICTION_LIMIT_S
from app.api.schemas import Order
from app.services.import_passes import ImportTask, Matched, match_contacts
from app.services.imports import ImportOrder, ImportReport

router = APIRouter(tags=["imports"])


class ImportUpload(Order):
    """A file of another system, as text."""

    text: str = Field(max_length=8_000_000, description="CSV, JSON or iCalendar.")
    kind: str = Field(
        max_length=20, examples=["blocks"], description="blocks (the antenna is away) or contacts."
    )
    format: str | None = Field(
        None, max_length=20, description="csv, json or icalendar; none: guessed."
    )
    station: str = Field("", max_length=200, description="For rows that name none.")
    antenna: str = Field("", max_length=200, description="For rows that name none.")
    source: str = Field("import", max_length=100, description="Name of the other system.")
    why: str = Field("", max_length=2_000)
    override: str = Field(
        "", max_length=2_000, description="Reason for contacts from expired elements; recorded."
    )
    dry_run: bool = Field(False, description="Judge every line, book nothing.")


@router.post("/imports")
def import_bookings(
    application: ApplicationDep,
    predictors: PredictorsDep,
    principal: OperatorDep,
    upload: ImportUpload,
) -> wire.ImportReport:
    """Book what another system planned: as blocked spans, or as contacts with our own geometry.

    Every line is judged; with one refused line nothing is booked. A line of the same source that
    is booked already stays as it is, so a file may be sent again. Blocked spans take the antenna
    from all owners: for them a key that is bound to one is refused.
    """

    def match(task: ImportTask) -> tuple[Matched, ...]:
        found: tuple[Matched, ...] = predictors.run(
            match_contacts, task, time_limit_s=PREDICTION_LIMIT_S
        )
        return found

    if upload.kind == "blocks":
        check_unbound(principal)
    order = ImportOrder(
        data=upload.text.encode("utf-8", "replace"),
        kind=upload.kind,
        format_name=upload.format,
        station=upload.station,
        antenna=upload.antenna,
        source=upload.source,
        why=upload.why,
        override=upload.override,
        is_trial=upload.dry_run,
    )
    with hiding_others(principal):
        return describe(application.imports.run(order, principal, match), order)


def describe(report: ImportReport, order: ImportOrder) -> wire.ImportReport:
    """Lay a report out, a line each."""
    return wire.ImportReport(
        booked=report.is_booked,
        dry_run=order.is_trial,
        counts=dict(report.counts),
        lines=[
            wire.ImportLine(
                line=line.line,
                entry=line.entry_id,
                verdict=line.verdict,
                reason=line.reason,
                reservation_id=line.reservation_id,
            )
            for line in report.lines
        ],
    )
