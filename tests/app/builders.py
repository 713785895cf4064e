"""Small plans and element sets for the tests of the application."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from scheduler.plan import Contact, ContactPlan, NotTaken
from tle.starter import load_starter

START_UNIX_S = 1_788_696_000.0  # 2026-09-06T12:00:00Z


def make_contact(at=0, **changes):
    start = START_UNIX_S + 3600.0 * at
    contact = Contact(
        contact_id=f"contact-{at}",
        pass_id=f"pass-{at}",
        satellite_id="sat-a",
        norad_cat_id=799_501_299,
        owner="kaznu",
        station_id="kaznu",
        antenna_id="antenna-1",
        service="x-band",
        reserved_start_unix_s=start - 120,
        start_unix_s=start,
        end_unix_s=start + 600,
        reserved_end_unix_s=start + 660,
        aos_unix_s=start - 5.25,
        los_unix_s=start + 604.125,
        max_elevation_deg=45.5,
        start_azimuth_deg=10.25,
        end_azimuth_deg=170.0,
        expected_bytes=None,
        tentative=True,
        provisional=False,
        element_set_id="0123456789abcdef",
        element_age_s=-12.5,
        value=8.0,
    )
    return replace(contact, **changes)


def make_not_taken(at=0):
    return NotTaken(
        pass_id=f"lost-{at}",
        satellite_id="sat-b",
        norad_cat_id=None,
        station_id="kaznu",
        aos_unix_s=START_UNIX_S + at,
        los_unix_s=START_UNIX_S + at + 500,
        reason="beaten_by",
        beaten_by=("contact-0",),
        detail={"value": 1.5},
    )


def make_plan(plan_id="plan-1", contacts=3, losers=2, **changes):
    plan = ContactPlan(
        plan_id=plan_id,
        station_ids=("kaznu",),
        start_unix_s=START_UNIX_S,
        end_unix_s=START_UNIX_S + 7 * 86_400,
        solver="ilp",
        status="optimal",
        objective=24.0,
        bound=24.0,
        gap=0.0,
        objective_unit="priority x min",
        contacts=tuple(make_contact(at) for at in range(contacts)),
        not_taken=tuple(make_not_taken(at) for at in range(losers)),
        provenance={"seed": 1, "solver": "ilp"},
    )
    return replace(plan, **changes)


def make_elements(norad_cat_id=39731, *, hours=0.0, received_hours=0.0, **changes):
    """Take a real set and move its epoch and arrival."""
    base = next(e for e in load_starter() if e.norad_cat_id == 39731)
    return replace(
        base,
        norad_cat_id=norad_cat_id,
        epoch_utc=base.epoch_utc + timedelta(hours=hours),
        received_utc=base.received_utc + timedelta(hours=received_hours),
        **changes,
    )
