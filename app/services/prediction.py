"""Passes as the application gives them: what is asked, what that needs, and the prediction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np

from app.clock import Clock
from app.errors import InputError, LimitError
from app.executors import Executor, InProcess
from app.executors.choose import choose_executor
from app.services.brought import Brought, choose_from
from app.services.conjunctions import ConjunctionWatch, find_neighbours
from app.services.elements import ElementService, ObjectChoice
from app.services.selection import choose_satellites, choose_span, choose_stations
from app.settings import Configuration
from app.worker_process import OnProgress
from scheduler.antenna_constraints.frequency_conjunction import WindowConjunction
from scheduler.intervals import Span
from scheduler.prediction import search
from scheduler.prediction.fleet import build_fleet
from scheduler.prediction.lighting import ANY_LIGHT, LightFilter, keep_lit
from scheduler.prediction.origins import name_origins
from scheduler.prediction.passes import Answer, PassTable
from scheduler.prediction.second_aos import add_second_aos
from scheduler.stations import Antenna, Station
from scheduler.uncertainty import mark_uncertain, time_passes
from scheduler.window_table import WindowTable, join_windows
from scheduler.windows import cut_passes
from tle.freshness import Grade
from tle.oem import Oem

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
    daylight: Literal["day", "night"] | None = None  # at the station, at culmination
    sunlit: bool | None = None  # the satellite, at culmination

    @property
    def is_flat(self) -> bool:
        """Tell whether plain geometry is wanted: a flat limit given, and no mask."""
        return self.min_elevation_deg is not None and not self.use_mask


@dataclass(frozen=True, slots=True)
class PredictionTask:
    """Everything a prediction needs; it can travel to another process.

    ``constraints`` are the antenna constraints that cut the passes; None: all. ``neighbours`` are
    other satellites on the frequencies of the chosen ones. A large search runs on ``cluster`` when
    there is one, else in up to ``workers`` processes.
    """

    stations: tuple[Station, ...]
    choice: ObjectChoice
    span: Span
    now_utc: datetime
    constraints: tuple[str, ...] | None = None
    light: LightFilter = ANY_LIGHT
    neighbours: ObjectChoice | None = None
    workers: int = 1
    cluster: str = ""

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
    conjunctions: tuple[WindowConjunction, ...] = ()

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
        workers: int = 1,
        cluster: str = "",
    ) -> None:
        self._configuration = configuration
        self._elements = elements
        self._clock = clock
        self._limit_days = limit_days
        self._workers = workers
        self._cluster = cluster

    def prepare(
        self,
        query: PassQuery,
        *,
        default_days: float = 1.0,
        brought: Brought | None = None,
    ) -> PredictionTask:
        """Resolve a query into everything its prediction needs.

        ``brought`` is used instead of the elements of the store.
        """
        now_utc = self._clock()

        def choose(at_utc: datetime) -> ObjectChoice:
            if brought is not None:
                configured = self._configuration.satellites
                return choose_from(brought, query.satellites, configured, at_utc, now_utc)
            if self._elements is None:
                raise InputError("elements", "no database is open; give a file of element sets")
            satellites = choose_satellites(self._configuration, query.satellites)
            return self._elements.choose(satellites, at_utc)

        task = prepare_prediction(
            self._configuration,
            query,
            choose,
            now_utc=now_utc,
            limit_days=self._limit_days,
            default_days=default_days,
        )
        return replace(
            task,
            neighbours=self._choose_neighbours(task, brought),
            workers=self._workers,
            cluster=self._cluster,
        )

    def _choose_neighbours(
        self, task: PredictionTask, brought: Brought | None
    ) -> ObjectChoice | None:
        """Choose the satellites that may disturb those of a task, where elements are known."""
        others = find_neighbours(task.choice.satellites, self._configuration.satellites)
        at_utc = serving_instant(task.span, task.now_utc)
        if isinstance(brought, Oem):
            return None
        if brought is not None:
            numbers = {item.norad_cat_id for item in brought}
            names = [item.id for item in others if item.norad_cat_id in numbers]
            configured = self._configuration.satellites
            return choose_from(brought, names, configured, at_utc, task.now_utc) if names else None
        return self._elements.choose(others, at_utc) if self._elements and others else None


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
        light=LightFilter(query.daylight, query.sunlit),
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


def stream_passes(
    task: PredictionTask, on_progress: OnProgress, executor: Executor | None = None
) -> Iterator[StationPasses]:
    """Find every pass, station by station, in parts of some objects each; cut them into windows.

    Satellites that have no elements are among the answers of each station's first part. Parts come
    in order, wherever they are computed; the size of the task chooses the executor.
    """
    if executor is None:
        executor = choose_executor(task.satellite_days, workers=task.workers, cluster=task.cluster)
    pieces = cut_task(task)
    if isinstance(executor, InProcess):
        parts = _predict_here(task)
    else:
        parts = _in_order(executor.run(predict_piece, pieces))
    watch = None
    for number, part in enumerate(parts):
        station = part.station
        on_progress(number / len(pieces), f"passes over {station.name}")
        if watch is None or watch.station.id != station.id:
            choices = [task.choice, *([task.neighbours] if task.neighbours else [])]
            watch = ConjunctionWatch(choices, station, task.span, find_floor_deg(station))
            answers = (*part.table.answers, *_answer_missing(task.choice, station))
            part = replace(part, table=replace(part.table, answers=answers))
        yield replace(part, conjunctions=watch.flag(part.table, part.windows))


def predict(task: PredictionTask, on_progress: OnProgress) -> tuple[StationPasses, ...]:
    """Find every pass over each station, one part a station."""
    found: dict[str, list[StationPasses]] = {station.id: [] for station in task.stations}
    for part in stream_passes(task, on_progress):
        found[part.station.id].append(part)
    return tuple(join_parts(parts) for parts in found.values())


def cut_task(task: PredictionTask) -> tuple[PredictionTask, ...]:
    """Cut a prediction into pieces of one station and some objects each, in order."""
    size = search.count_at_once(task.span)
    count = max(len(task.choice.objects), 1)
    return tuple(
        replace(
            task,
            stations=(station,),
            choice=task.choice.part(first, first + size),
            neighbours=None,
        )
        for station in task.stations
        for first in range(0, count, size)
    )


def predict_piece(piece: PredictionTask) -> StationPasses:
    """Predict one piece; a top-level function, so that any executor can carry it."""
    (part,) = _predict_here(piece)
    return part


def _predict_here(task: PredictionTask) -> Iterator[StationPasses]:
    fleet = build_fleet(task.choice.objects)
    for station in task.stations:
        floor_deg = find_floor_deg(station)
        for table in search.stream_passes(fleet, station, task.span, min_elevation_deg=floor_deg):
            yield _cut(station, table, task)


def _in_order(results: Iterator[tuple[int, StationPasses]]) -> Iterator[StationPasses]:
    """Give results in the order of their pieces; those that come early wait."""
    early: dict[int, StationPasses] = {}
    wanted = 0
    for index, part in results:
        early[index] = part
        while wanted in early:
            yield early.pop(wanted)
            wanted += 1


def join_parts(parts: Sequence[StationPasses]) -> StationPasses:
    """Put the parts of one station together."""
    if len(parts) == 1:
        return parts[0]
    before = np.cumsum([0, *(len(part.windows.window_row) for part in parts)]).tolist()
    return StationPasses(
        parts[0].station,
        search.join_tables([part.table for part in parts]),
        join_windows([part.windows for part in parts]),
        tuple(grade for part in parts for grade in part.grades),
        tuple(
            replace(item, window=item.window + first)
            for part, first in zip(parts, before, strict=False)
            for item in part.conjunctions
        ),
    )


def _cut(station: Station, table: PassTable, task: PredictionTask) -> StationPasses:
    """Say how sure the times are, cut the passes into windows, mark the uncertain ones."""
    choice = task.choice
    if task.light != ANY_LIGHT:
        table = keep_lit(table, station, task.light)
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
