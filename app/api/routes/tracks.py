"""Tracks of passes to point by, and day and night at a station."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.deps import ApplicationDep
from app.api.routes.passes import Instant
from app.api.schemas import UtcText, Wire
from app.errors import NotFoundError
from app.exports.json_plan import write_instant
from app.exports.track_records import list_samples
from app.services.selection import choose_span
from app.services.tracks import (
    find_pass_satellite,
    find_station,
    read_pass_id,
    serving_instant,
    track_pass,
)
from scheduler.intervals import subtract
from scheduler.prediction.lighting import NIGHT_DEG, dark_spans
from tle.timebase import format_utc

router = APIRouter(tags=["passes"])
SUNSET_DEG = -0.833  # the Sun's upper edge on the horizon, with mean refraction


class Sample(Wire):
    """One instant of a track. Angles are geometric unless the name says pointing or mount."""

    utc: UtcText
    azimuth_deg: float
    elevation_deg: float
    pointing_elevation_deg: float = Field(description="What to send to the antenna.")
    mount_azimuth_deg: float = Field(description="Unwrapped, inside the azimuth travel.")
    mount_elevation_deg: float
    range_km: float
    range_rate_km_s: float
    sun_angle_deg: float = Field(description="Between Sun and satellite as seen.")
    sun_elevation_deg: float
    latitude_deg: float
    longitude_deg: float
    altitude_km: float
    sunlit: bool
    doppler_hz: dict[str, float]
    path_loss_db: dict[str, float]


class TrackAnswer(Wire):
    pass_id: str
    satellite_id: str
    station_id: str
    antenna_id: str
    element_set_id: str
    element_epoch_utc: UtcText
    aos_utc: UtcText
    culmination_utc: UtcText
    los_utc: UtcText
    refraction: str = Field(description="added, left_to_control_unit or none.")
    step_s: float
    samples: list[Sample]


class LitSpan(Wire):
    start_utc: UtcText
    end_utc: UtcText


class Daylight(Wire):
    """When the Sun is below -6 deg (night) and between that and its setting (twilight)."""

    station_id: str
    night: list[LitSpan]
    twilight: list[LitSpan]


@router.get("/passes/{pass_id}/track")
def get_track(
    application: ApplicationDep,
    pass_id: str,
    step_s: Annotated[float, Query(ge=0.1, le=3600, allow_inf_nan=False)] = 10.0,
    antenna: Annotated[str | None, Query(max_length=200)] = None,
) -> TrackAnswer:
    """Track one pass from AOS to LOS with the newest elements.

    Refraction is added to the pointing unless the antenna's control unit does it itself; it is
    never in azimuth and elevation.
    """
    name = read_pass_id(pass_id)
    station = find_station(application.configuration, name)
    satellite = find_pass_satellite(application.configuration, name)
    choice = application.elements.choose([satellite], serving_instant(name))
    tracked = track_pass(name, station, satellite, choice, step_s=step_s, antenna_id=antenna)
    found = tracked.found
    return TrackAnswer(
        pass_id=found.pass_id,
        satellite_id=found.satellite_id,
        station_id=station.id,
        antenna_id=tracked.track.antenna_id,
        element_set_id=found.elements.element_set_id,
        element_epoch_utc=format_utc(found.elements.epoch_utc),
        aos_utc=write_instant(found.aos_unix_s),
        culmination_utc=write_instant(found.culmination_unix_s),
        los_utc=write_instant(found.los_unix_s),
        refraction=tracked.track.refraction,
        step_s=step_s,
        samples=[Sample.model_validate(each) for each in list_samples(tracked.track)],
    )


@router.get("/stations/{station_id}/daylight")
def get_daylight(
    application: ApplicationDep,
    station_id: str,
    start: Instant = None,
    end: Instant = None,
    days: Annotated[float | None, Query(gt=0, allow_inf_nan=False)] = None,
) -> Daylight:
    """Say when it is night and twilight at a station."""
    station = next(
        (each for each in application.configuration.stations if each.id == station_id), None
    )
    if station is None:
        raise NotFoundError("station_id", "no such station", value=station_id)
    span = choose_span(
        start=start,
        end=end,
        days=days,
        now_utc=application.clock(),
        limit_days=application.settings.span_limit_days,
        default_days=1.0,
    )
    night = dark_spans(station, span, below_deg=NIGHT_DEG)
    dark = dark_spans(station, span, below_deg=SUNSET_DEG)
    return Daylight(
        station_id=station.id,
        night=_write_spans(night),
        twilight=_write_spans(subtract(dark, night)),
    )


def _write_spans(spans: Any) -> list[LitSpan]:
    return [
        LitSpan(start_utc=write_instant(start), end_utc=write_instant(end))
        for start, end in spans.tolist()
    ]
