"""Figures of contacts, plans, drives and the night for a monitoring system."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

from prometheus_client import CollectorRegistry, Gauge

from app.application import Application
from app.store.reservation_rows import EVERYTHING, Reservation
from scheduler.contact_states import BOOKED_STATES, CONDITIONS, STATES
from scheduler.execution import DATA_OUTCOMES
from scheduler.prediction.passes import TrackedObject
from tle.freshness import age_s

_LOOK_BACK = timedelta(days=7)
_TIMING_LOOK_BACK = timedelta(days=90)
_Labels = tuple[str, ...]


def measure_ages(
    objects: tuple[TrackedObject, ...], application: Application, registry: CollectorRegistry
) -> None:
    """Give the age of the elements that serve each satellite."""
    now_utc = application.clock()
    _fill(
        registry,
        "aspan_elements_age_seconds",
        "Age of the element set that serves a satellite.",
        ("satellite",),
        {(each.satellite_id,): age_s(each.elements, now_utc) for each in objects},
    )


def measure_contacts(application: Application, registry: CollectorRegistry) -> None:
    """Give contacts by state and condition, the next AOS, drift, and what was executed."""
    stations = [each.id for each in application.configuration.stations if each.enabled]
    counted = application.store.figures.count_contacts()
    _fill(
        registry,
        "aspan_contacts",
        "Contacts by state.",
        ("station", "state"),
        {(name, state): 0.0 for name in stations for state in STATES}
        | {key: float(count) for key, count in counted.items()},
    )
    now_utc = application.clock()
    coming, _ = application.store.reservations.list(
        start_utc=now_utc, states=BOOKED_STATES, limit=EVERYTHING
    )
    contacts = [each for each in coming if each.contact is not None]
    conditions = [(each.station_id, name) for each in contacts for name in each.conditions]
    _fill(
        registry,
        "aspan_coming_contacts_with_condition",
        "Coming contacts that are drifted, conflicting, provisional or tentative.",
        ("station", "condition"),
        {(name, word): float(conditions.count((name, word)))
         for name in stations for word in CONDITIONS},
    )  # fmt: skip
    _fill(
        registry,
        "aspan_next_aos_timestamp_seconds",
        "Predicted AOS of the next booked contact; absent: none is booked.",
        ("station",),
        _next_aos(contacts, now_utc.timestamp()),
    )
    _fill(
        registry,
        "aspan_largest_drift_seconds",
        "Largest shift of a coming contact's pass since it was booked.",
        ("station",),
        {(name,): _largest_drift_s(contacts, name) for name in stations},
    )
    _measure_results(application, registry)


def measure_plans(application: Application, registry: CollectorRegistry) -> None:
    """Give gap and solver time of the newest plan, and when the night was last done."""
    plans, _ = application.store.plans.list(limit=1)
    provenance = application.store.figures.last_provenance()
    figures = {
        "aspan_newest_plan_contacts": (
            "Contacts in the newest plan.",
            plans[0].contact_count if plans else None,
        ),
        "aspan_newest_plan_gap_ratio": (
            "Distance of the newest plan from its proven bound; absent: no bound is known.",
            plans[0].gap if plans else None,
        ),
        "aspan_newest_plan_solver_seconds": (
            "Wall time of the solver for the newest plan.",
            provenance.get("solver_seconds"),
        ),
    }
    night_utc = application.store.figures.last_night_utc()
    figures["aspan_last_night_timestamp_seconds"] = (
        "When a nightly run was last finished; absent: never.",
        None if night_utc is None else night_utc.timestamp(),
    )
    figures["aspan_dead_webhook_deliveries"] = (
        "Webhook deliveries that were given up and wait for a replay.",
        application.store.figures.count_dead_deliveries(),
    )
    for name, (text, value) in figures.items():
        values: dict[_Labels, float] = {} if value is None else {(): float(value)}
        _fill(registry, name, text, (), values)


def measure_drives(application: Application, registry: CollectorRegistry) -> None:
    """Give what the last drive of each antenna measured, and which antennas are locked."""
    drives = application.store.figures.last_drives()
    labels = ("station", "antenna")
    _fill(
        registry, "aspan_last_drive_max_error_degrees",
        "Largest pointing error of the last drive; absent: never on target.", labels,
        {(each.station_id, each.antenna_id): each.tracking["max_error_deg"]
         for each in drives if each.tracking["max_error_deg"] is not None},
    )  # fmt: skip
    _fill(
        registry, "aspan_last_drive_interruptions",
        "How often the rotator was lost in the last drive.", labels,
        {(each.station_id, each.antenna_id): float(len(each.tracking["interruptions"]))
         for each in drives},
    )  # fmt: skip
    _fill(
        registry, "aspan_last_drive_stowed",
        "1 when the antenna was stowed after its last drive.", labels,
        {(each.station_id, each.antenna_id): float(each.tracking["stowed"]) for each in drives},
    )  # fmt: skip
    locked = application.store.executions.list_lockouts()
    _fill(
        registry, "aspan_antenna_locked_out", "1 for antennas that nobody may drive.", labels,
        {(each.station_id, each.antenna_id): 1.0 for each in locked},
    )  # fmt: skip


def _measure_results(application: Application, registry: CollectorRegistry) -> None:
    now_utc = application.clock()
    found = application.execution.availability("station", now_utc - _LOOK_BACK, now_utc)
    _fill(
        registry, "aspan_availability_ratio",
        "Executed over promised contact time of the last 7 days; absent: nothing ended.",
        ("station",),
        {(each.key,): each.availability for each in found if each.availability is not None},
    )  # fmt: skip
    _fill(
        registry, "aspan_lost_contact_seconds",
        "Contact time lost in the last 7 days, by cause.", ("station", "cause"),
        {(each.key, cause): lost_s for each in found
         for cause, lost_s in each.lost_by_cause_s.items()},
    )  # fmt: skip
    _fill(
        registry, "aspan_data_outcomes",
        "Contacts that ended in the last 7 days, by what came of their data.",
        ("station", "outcome"),
        {(each.key, outcome): float(each.data_outcomes[outcome])
         for each in found for outcome in DATA_OUTCOMES},
    )  # fmt: skip
    checks = application.execution.timing(now_utc - _TIMING_LOOK_BACK, now_utc)
    _fill(
        registry, "aspan_timing_bound_too_small",
        "1 when reported AOS of 90 days lie beyond the 95 % bound too often.", ("satellite",),
        {(each.satellite_id,): float(each.verdict == "bound_too_small") for each in checks},
    )  # fmt: skip


def _next_aos(contacts: list[Reservation], now_unix_s: float) -> dict[_Labels, float]:
    coming: dict[_Labels, list[float]] = defaultdict(list)
    for each in contacts:
        booked = None if each.contact is None else each.contact.aos_unix_s
        aos = (each.prediction or {}).get("aos_unix_s") or booked
        if aos is not None and aos > now_unix_s:
            coming[each.station_id,].append(aos)
    return {key: min(instants) for key, instants in coming.items()}


def _largest_drift_s(contacts: list[Reservation], station_id: str) -> float:
    return max(
        (
            abs((each.prediction or {}).get("shift_s") or 0.0)
            for each in contacts
            if each.station_id == station_id
        ),
        default=0.0,
    )


def _fill(
    registry: CollectorRegistry,
    name: str,
    text: str,
    labels: _Labels,
    values: Mapping[_Labels, float],
) -> None:
    """Add one gauge; without labels it is left out while it has no value."""
    if not labels and not values:
        return
    gauge = Gauge(name, text, labels, registry=registry)
    for key, value in values.items():
        (gauge.labels(*key) if labels else gauge).set(value)
