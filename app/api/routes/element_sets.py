"""Element sets: upload, history, quarantine; and the sources they come from."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from app.api import schemas_elements as schemas
from app.api.deps import (
    ApplicationDep,
    Limit,
    Offset,
    OperatorDep,
    SchedulerDep,
    find_next_offset,
    require,
)
from app.errors import NotFoundError, UnusableElementsError
from app.store.element_sets import KeptElementSet
from tle.timebase import format_utc, from_unix_s

router = APIRouter(tags=["element sets"])


@router.get("/satellites/{satellite_id}/element-sets")
def list_history(
    application: ApplicationDep, satellite_id: str, limit: Limit = 100, offset: Offset = 0
) -> schemas.ElementSets:
    """List the element sets of a satellite, newest epoch first, with their verdicts."""
    page, total = application.elements.history(satellite_id, limit=limit, offset=offset)
    return _describe_page(page, total, offset)


@router.get("/element-sets")
def list_element_sets(
    application: ApplicationDep,
    verdict: Annotated[
        Literal["quarantined"], Query(description="Those that wait for a person.")
    ] = "quarantined",
    limit: Limit = 100,
    offset: Offset = 0,
) -> schemas.ElementSets:
    """List the element sets in quarantine, newest arrival first."""
    page, total = application.store.element_sets.list_quarantined(limit=limit, offset=offset)
    return _describe_page(page, total, offset)


@router.get("/element-sets/{element_set_id}")
def get_element_set(application: ApplicationDep, element_set_id: str) -> schemas.ElementSet:
    """Show one element set, or the orbit of the ephemeris that a pass names by this id."""
    kept = application.elements.read(element_set_id)
    if kept is None:
        raise NotFoundError("element_set_id", "no such element set", value=element_set_id)
    return _describe(kept)


@router.post(
    "/element-sets",
    status_code=201,
    dependencies=[require("operator", records="elements.upload")],
)
def add_element_sets(
    application: ApplicationDep, principal: OperatorDep, upload: schemas.ElementUpload
) -> schemas.ElementUploadResult:
    """Take element sets (TLE, OMM), of which the good are kept, or one ephemeris (OEM) as text.

    Of what is refused line, field and reason are told; when nothing is good, in a 422. Naming a
    satellite gives the sets to it, whatever number they carry.
    """
    added = application.elements.add(
        upload.text.encode("utf-8", "replace"),
        file_name=upload.file_name,
        satellite=upload.satellite,
        who=principal.name,
    )
    refused = [
        schemas.ElementRefusal(
            line=refusal.line,
            name=refusal.name,
            norad_cat_id=refusal.norad_cat_id,
            field=refusal.field,
            reason=refusal.reason,
        )
        for refusal in added.refused
    ]
    if not (added.judged or added.ephemerides):
        raise UnusableElementsError([each.model_dump() for each in refused])
    return schemas.ElementUploadResult(
        new_count=added.new_count,
        element_sets=[
            _describe(KeptElementSet(each.elements, each.verdict, each.reasons, each.text, None))
            for each in added.judged
        ],
        refused=refused,
        ephemerides=[
            schemas.EphemerisSpan(
                object_name=message.object_name,
                object_id=message.object_id,
                valid_from_utc=format_utc(from_unix_s(message.valid_from_unix_s)),
                valid_to_utc=format_utc(from_unix_s(message.valid_to_unix_s)),
            )
            for message in added.ephemerides
        ],
    )


@router.post("/element-sets/{element_set_id}/accept")
def accept_element_set(
    application: ApplicationDep,
    principal: SchedulerDep,
    element_set_id: str,
    decision: schemas.Decision,
) -> schemas.ElementSet:
    """Accept a quarantined set by hand; the audit log keeps who and why."""
    return _describe(
        application.elements.decide(
            element_set_id, accept=True, who=principal.name, why=decision.why
        )
    )


@router.post("/element-sets/{element_set_id}/reject")
def reject_element_set(
    application: ApplicationDep,
    principal: SchedulerDep,
    element_set_id: str,
    decision: schemas.Decision,
) -> schemas.ElementSet:
    """Reject a quarantined set for good; the audit log keeps who and why."""
    return _describe(
        application.elements.decide(
            element_set_id, accept=False, who=principal.name, why=decision.why
        )
    )


def _describe_page(
    page: tuple[KeptElementSet, ...], total: int, offset: int
) -> schemas.ElementSets:
    return schemas.ElementSets(
        element_sets=[_describe(kept) for kept in page],
        total=total,
        next_offset=find_next_offset(offset, len(page), total),
    )


def _describe(kept: KeptElementSet) -> schemas.ElementSet:
    elements = kept.elements
    return schemas.ElementSet(
        element_set_id=elements.element_set_id,
        fingerprint=elements.fingerprint,
        satellite_id=kept.satellite_id,
        name=elements.name,
        norad_cat_id=elements.norad_cat_id,
        object_id=elements.object_id,
        epoch_utc=format_utc(elements.epoch_utc),
        mean_motion_rev_day=elements.mean_motion_rev_day,
        eccentricity=elements.eccentricity,
        inclination_deg=elements.inclination_deg,
        raan_deg=elements.raan_deg,
        arg_perigee_deg=elements.arg_perigee_deg,
        mean_anomaly_deg=elements.mean_anomaly_deg,
        bstar=elements.bstar,
        source=elements.source,
        received_utc=format_utc(elements.received_utc),
        verdict=kept.verdict,
        verdict_reasons=list(kept.reasons),
        verdict_text=kept.text,
    )
