"""Passes as the application gives them: what is asked, what that needs, and the prediction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.clock import Clock
from app.errors import InputError, LimitError
from app.services.elements import ElementService, ObjectChoice, choose_from_sets
from app.services.selection import choose_satellites, choose_span, choose_stations
from app.settings import Configuration
from app.worker_process import OnProgress
from scheduler.intervals import Span
from scheduler.prediction import search
from scheduler.prediction.fleet import build_fleet
from scheduler.prediction.origins import name_origins
from scheduler.prediction.passes import Answer, PassTable
from scheduler.prediction.second_aos import add_second_aos
from scheduler.stations import Antenna, Station
from scheduler.uncertainty import mark_uncertain, time_passes
from scheduler.windows import WindowTable, cut_passes
from tle.elements import ElementSet
from tle.freshness import Grade

# What is left of the antennas when a flat limit is all that the caller wants.
_FLAT_CONSTRAINTS = ("tracking_floor", "downtime")
LOWEST_FLOOR_DEG = -10.0  # a station on a mountain sees below its level


@dataclass(frozen=True, slots=True)
class PassQuery:
    """What a caller asks for, in the caller's words; empty names take the defaults."""

    stations: tuple[str, ...] = ()
    satellites: tuple[str, ...] = ()
    start: str | datetime | None = None
    end: str | datetime | None = None
    days: float | None = None
    min_elevation_deg: float | None = None
    use_mask: bool = True

    @property
    def is_flat(self) -> bool:
        """Tell whether plain geometry is wanted: a flat limit given, and no mask."""
        return self.min_elevation_deg is not None and not self.use_mask


@dataclass(frozen=True, slots=True)
class PredictionTask:
    """Everything a prediction needs; it can travel to another process.

    ``constraints`` are the antenna constraints that cut the passes; None: all.
    """

    stations: tuple[Station, ...]
    choice: ObjectChoice
    span: Span
    now_utc: datetime
    constraints: tuple[str, ...] | None = None

    @property
    def satellite_days(self) -> float:
        """Count satellites x stations x days: the size of the work."""
        return len(self.choice.objects) * len(self.stations) * self.span.duration_s / 86_400


@dataclass(frozen=True, slots=True)
class StationPasses:
    """Passes over one station with the windows and cuts of each row.

    ``grades`` are those of ``table.objects``, in their order.
    """

    station: Station
    table: PassTable
    windows: WindowTable
    grades: tuple[Grade, ...]

    @property
    def grade_by_origin(self) -> dict[str, Grade]:
        """Return the grade of each element set or ephemeris by its id."""
        return {
            tracked.elements.element_set_id: grade
            for tracked, grade in zip(self.table.objects, self.grades, strict=True)
        }


ChooseObjects = Callable[[datetime], ObjectChoice]  # for the instant the elements must serve


class PredictionService:
    """Prepare predictions with the element sets of the store."""

    def __init__(
        self,
        configuration: Configuration,
        elements: ElementService | None,
        clock: Clock,
        *,
        limit_days: float,
    ) -> None:
        self._configuration = configuration
        self._elements = elements
        self._clock = clock
        self._limit_days = limit_days

    def prepare(
        self,
        query: PassQuery,
        *,
        default_days: float = 1.0,
        sets: Sequence[ElementSet] | None = None,
    ) -> PredictionTask:
        """Resolve a query into everything its prediction needs.

        ``sets`` are used instead of those of the store.
        """

        def choose(at_utc: datetime) -> ObjectChoice:
            if sets is not None:
                configured = self._configuration.satellites
                return choose_from_sets(sets, query.satellites, configured, at_utc)
            if self._elements is None:
                raise InputError("elements", "no database is open; give a file of element sets")
            satellites = choose_satellites(self._configuration, query.satellites)
            return self._elements.choose(satellites, at_utc)

        return prepare_prediction(
            self._configuration,
            query,
            choose,
            now_utc=self._clock(),
            limit_days=self._limit_days,
            default_days=default_days,
        )


def prepare_prediction(
    configuration: Configuration,
    query: PassQuery,
    choose_objects: ChooseObjects,
    *,
    now_utc: datetime,
    limit_days: float,
    default_days: float = 1.0,
) -> PredictionTask:
    """Resolve a query into a task; InputError names what is wrong with it."""
    stations = choose_stations(configuration, query.stations)
    if not stations:
        raise InputError("station", "no station is enabled; name one, or enable one")
    _check_elevation(query.min_elevation_deg)
    span = choose_span(
        start=query.start,
        end=query.end,
        days=query.days,
        now_utc=now_utc,
        limit_days=limit_days,
        default_days=default_days,
    )
    return PredictionTask(
        stations=adapt_stations(
            stations, min_elevation_deg=query.min_elevation_deg, use_mask=query.use_mask
        ),
        choice=choose_objects(serving_instant(span, now_utc)),
        span=span,
        now_utc=now_utc,
        constraints=_FLAT_CONSTRAINTS if query.is_flat else None,
    )


def serving_instant(span: Span, now_utc: datetime) -> datetime:
    """Say for which instant the element sets are chosen: now inside the span, else its nearest
    end ahead of us, else the middle of a span that is past."""
    if span.end_utc <= now_utc:
        return span.start_utc + (span.end_utc - span.start_utc) / 2
    return max(now_utc, span.start_utc)


def check_size(task: PredictionTask, limit: float) -> None:
    """Refuse a prediction that is too large for one answer."""
    if task.satellite_days > limit:
        raise LimitError(
            "days",
            f"{len(task.choice.objects)} satellites over {len(task.stations)} stations are "
            f"{task.satellite_days:.6g} satellite-days, the limit is {limit:g}; "
            "name fewer satellites, or give a shorter span",
            value=task.satellite_days,
            unit="d",
        )


def adapt_stations(
    stations: Sequence[Station], *, min_elevation_deg: float | None, use_mask: bool
) -> tuple[Station, ...]:
    """Apply the caller's tracking floor and mask choice to the stations."""
    adapted = []
    for station in stations:
        antennas = station.antennas
        if min_elevation_deg is not None:
            antennas = tuple(replace(a, tracking_floor_deg=min_elevation_deg) for a in antennas)
        mask = station.horizon_mask if use_mask else None
        adapted.append(replace(station, antennas=antennas, horizon_mask=mask))
    return tuple(adapted)


def find_floor_deg(station: Station) -> float:
    """Return the lowest tracking floor of a station's antennas."""
    return min(
        (antenna.tracking_floor_deg for antenna in station.antennas),
        default=Antenna("", "").tracking_floor_deg,
    )


def stream_passes(task: PredictionTask, on_progress: OnProgress) -> Iterator[StationPasses]:
    """Find every pass, station by station, in parts of some objects each; cut them into windows.

    Satellites that have no elements are among the answers of each station's first part.
    """
    choice = task.choice
    fleet = build_fleet(choice.objects)
    for at, station in enumerate(task.stations):
        on_progress(at / len(task.stations), f"passes over {station.name}")
        answers = _answer_missing(choice, station)
        floor_deg = find_floor_deg(station)
        for table in search.stream_passes(fleet, station, task.span, min_elevation_deg=floor_deg):
            if answers:
                table = replace(table, answers=(*table.answers, *answers))
                answers = ()
            yield _cut(station, table, task)


def predict(task: PredictionTask, on_progress: OnProgress) -> tuple[StationPasses, ...]:
    """Find every pass over each station, one part a station."""
    choice, found = task.choice, []
    for at, station in enumerate(task.stations):
        on_progress(at / len(task.stations), f"passes over {station.name}")
        table = search.find_passes(
            choice.objects, station, task.span, min_elevation_deg=find_floor_deg(station)
        )
        table = replace(table, answers=(*table.answers, *_answer_missing(choice, station)))
        found.append(_cut(station, table, task))
    return tuple(found)


def _cut(station: Station, table: PassTable, task: PredictionTask) -> StationPasses:
    """Say how sure the times are, cut the passes into windows, mark the uncertain ones."""
    choice = task.choice
    table = time_passes(name_origins(table), choice.timing)
    table = add_second_aos(table, choice.alternatives, station, task.span)
    windows = cut_passes(table, station, constraints=task.constraints)
    windows = mark_uncertain(table, windows, station)
    return StationPasses(station, table, windows, choice.grade(table.objects, task.now_utc))


def _answer_missing(choice: ObjectChoice, station: Station) -> tuple[Answer, ...]:
    return tuple(
        Answer(missing.satellite_id, station.id, "no_elements", missing.detail)
        for missing in choice.missing
    )


def _check_elevation(min_elevation_deg: float | None) -> None:
    if min_elevation_deg is not None and not LOWEST_FLOOR_DEG <= min_elevation_deg < 90.0:
        raise InputError(
            "min_elevation",
            f"{min_elevation_deg:g} deg is outside {LOWEST_FLOOR_DEG:g} to 90 deg",
            value=min_elevation_deg,
            unit="deg",
        )
