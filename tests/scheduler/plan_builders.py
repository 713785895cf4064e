"""A plan from real element sets: two days of nine satellites over one station."""

from datetime import timedelta

from scheduler.intervals import Span
from scheduler.planning import make_plan
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.search import find_passes
from scheduler.satellites import Satellite, Service
from scheduler.stations import Antenna, Station
from scheduler.windows import cut_passes
from tle.starter import load_starter

OPEN = Service("x", "X-band", access="open", centre_hz=8.2e9, rate_bps=8e6, trim="none")


def plan_two_days(
    *, antenna=None, service=OPEN, served=True, more_satellites=(), owners=(), **more
):
    """Plan two days of nine starter satellites over one station, from ``begins_late_s`` on."""
    elements = sorted(load_starter(), key=lambda item: item.norad_cat_id)[:9]
    start_utc = max(item.epoch_utc for item in elements)
    start_utc += timedelta(seconds=more.pop("begins_late_s", 0.0))
    span = Span(start_utc, start_utc + timedelta(days=2))
    station = Station(
        "st", "Station", 43.2, 76.9, 900.0, antennas=(antenna or Antenna("a1", "A"),),
        owners=owners,
    )  # fmt: skip
    satellites = [
        Satellite(
            f"sat{k}", item.name, item.norad_cat_id, owner="me", priority=k + 1.0, served=served,
            not_served_reason="" if served else "dead", services=(service,) if service else (),
        )
        for k, item in enumerate(elements)
    ]  # fmt: skip
    tracked = [
        TrackedObject(satellite.id, satellite.name, item)
        for satellite, item in zip(satellites, elements, strict=True)
    ]
    table = find_passes(tracked, station, span, min_elevation_deg=5.0)
    return make_plan(
        [(station, table, cut_passes(table, station))],
        [*satellites, *more_satellites],
        span,
        grades=more.pop("grades", {}),
        now_utc=more.pop("now_utc", start_utc),
        solver=more.pop("solver", "ilp"),
        time_limit_s=10.0,
        **more,
    )
