"""The sky over a station at one instant, and the ground track of a satellite."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.deps import ApplicationDep
from app.api.routes.passes import Instant
from app.api.schemas import UtcText, Wire
from app.errors import NotFoundError
from app.exports.json_plan import write_instant
from app.services.selection import choose_span, choose_stations, find_satellite, read_instant
from app.services.sky import look_around, trace_ground
from scheduler.prediction.track import Track
from tle.timebase import to_unix_s

router = APIRouter(tags=["passes"])
_TRACK_LIMIT_DAYS = 2.0


class Sun(Wire):
    """The Sun in the station's sky, and the point of the Earth it stands above."""

    azimuth_deg: float
    elevation_deg: float = Field(description="Of its centre, without refraction.")
    latitude_deg: float
    longitude_deg: float


class SkyPlace(Wire):
    """One satellite as the station sees it; below the horizon the elevation is negative."""

    satellite_id: str
    name: str
    azimuth_deg: float
    elevation_deg: float
    range_km: float
    range_rate_km_s: float
    latitude_deg: float
    longitude_deg: float
    altitude_km: float
    sunlit: bool


class SkyAnswer(Wire):
    station_id: str
    at_utc: UtcText
    sun: Sun
    satellites: list[SkyPlace]
    lost: list[str] = Field(description="Satellites whose elements give no position then.")


class GroundPoint(Wire):
    utc: UtcText
    latitude_deg: float
    longitude_deg: float
    altitude_km: float
    sunlit: bool


class GroundTrack(Wire):
    satellite_id: str
    element_set_id: str
    step_s: float
    points: list[GroundPoint]


@router.get("/stations/{station_id}/sky")
def get_sky(application: ApplicationDep, station_id: str, at: Instant = None) -> SkyAnswer:
    """Say where every served satellite and the Sun stand now, or at another instant."""
    (station,) = choose_stations(application.configuration, [station_id])
    at_utc = read_instant(at, "at") or application.clock()
    served = [each for each in application.configuration.satellites if each.served]
    choice = application.elements.choose(served, at_utc)
    sky = look_around(station, choice.objects, to_unix_s(at_utc))
    return SkyAnswer(
        station_id=station.id,
        at_utc=write_instant(sky.unix_s),
        sun=Sun(
            azimuth_deg=sky.sun.azimuth_deg,
            elevation_deg=sky.sun.elevation_deg,
            latitude_deg=sky.sun.latitude_deg,
            longitude_deg=sky.sun.longitude_deg,
        ),
        satellites=[
            SkyPlace(
                satellite_id=tracked.satellite_id,
                name=tracked.name,
                azimuth_deg=float(track.azimuth_deg[0]),
                elevation_deg=float(track.elevation_deg[0]),
                range_km=float(track.range_km[0]),
                range_rate_km_s=float(track.range_rate_km_s[0]),
                latitude_deg=float(track.latitude_deg[0]),
                longitude_deg=float(track.longitude_deg[0]),
                altitude_km=float(track.altitude_km[0]),
                sunlit=bool(track.sunlit[0]),
            )
            for tracked, track in sky.satellites
        ],
        lost=list(sky.lost),
    )


@router.get("/satellites/{satellite_id}/ground-track")
def get_ground_track(
    application: ApplicationDep,
    satellite_id: str,
    start: Instant = None,
    end: Instant = None,
    step_s: Annotated[float, Query(ge=1, le=3600, allow_inf_nan=False)] = 30.0,
) -> GroundTrack:
    """Trace the point below a satellite over a span; without one, the next 100 minutes."""
    satellite = find_satellite(application.configuration, satellite_id)
    span = choose_span(
        start=start,
        end=end,
        days=None,
        now_utc=application.clock(),
        limit_days=_TRACK_LIMIT_DAYS,
        default_days=100.0 / 1440.0,
    )
    choice = application.elements.choose([satellite], span.start_utc)
    if not choice.objects:
        raise NotFoundError("satellite_id", f"no element set is known for {satellite.name}")
    tracked = choice.objects[0]
    track = trace_ground(tracked, application.configuration.stations[0], span, step_s=step_s)
    return GroundTrack(
        satellite_id=tracked.satellite_id,
        element_set_id=tracked.elements.element_set_id,
        step_s=step_s,
        points=[_write_point(track, row) for row in range(len(track))],
    )


def _write_point(track: Track, row: int) -> GroundPoint:
    return GroundPoint(
        utc=write_instant(float(track.unix_s[row])),
        latitude_deg=float(track.latitude_deg[row]),
        longitude_deg=float(track.longitude_deg[row]),
        altitude_km=float(track.altitude_km[row]),
        sunlit=bool(track.sunlit[row]),
    )
