"""Studies: read one, run its pieces wherever they may run, and give its table."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.clock import Clock
from app.errors import InputError, LimitError
from app.executors import Executor, InProcess
from app.services.elements import ObjectChoice
from app.services.planning import Runner
from app.settings import Configuration
from app.store import Store
from app.store.jobs import Job
from app.worker_process import OnProgress
from scheduler.errors import ConfigurationError
from scheduler.satellites import Satellite
from scheduler.study import (
    Rivals,
    Study,
    build_rows,
    parse_study,
    run_contention,
    run_piece,
    split_contention,
    split_study,
    summarise,
)
from scheduler.study.table import Row, iterate_csv
from tle.errors import TimeError
from tle.timebase import parse_utc

LARGEST_SATELLITE_DAYS = 5_000_000.0
STUDY_JOB = "study"
STUDY_EXAMPLE = {
    "id": "two-heights",
    "seasons_utc": ["2027-01-01T00:00:00Z"],
    "days": 7,
    "orbit": [{"id": "sso", "altitude_km": [500, 600], "local_time_h": 10.5}],
    "station_set": [{"id": "alone", "stations": ["kaznu"]}],
}
TABLE_SUFFIXES = (".csv", ".parquet")

ChooseObjects = Callable[[Sequence[Satellite], datetime], ObjectChoice]


@dataclass(frozen=True, slots=True)
class StudyTask:
    """Everything a study needs; it can travel to another process."""

    study: Study
    rivals: Rivals


@dataclass(frozen=True, slots=True)
class StudyResult:
    """The answer: tidy rows, and rows folded over the seasons with their spread."""

    study_id: str
    title: str
    assumptions: tuple[str, ...]
    rows: tuple[Row, ...]
    summary: tuple[Row, ...]


def prepare_study(
    document: Mapping[str, Any],
    configuration: Configuration,
    choose_objects: ChooseObjects | None,
    *,
    file: str,
) -> StudyTask:
    """Read a study and gather the satellites it competes with, if it asks for that.

    The rivals are the served satellites that ``choose_objects`` has elements of. How old these are
    does not matter: a season of a study is no forecast of their passes, only of the crowd.
    """
    study = parse_study(document, configuration.stations, file=file)
    if study.satellite_days > LARGEST_SATELLITE_DAYS:
        raise LimitError(
            "study",
            f"{study.satellite_days:,.0f} satellite-days over stations are more than "
            f"{LARGEST_SATELLITE_DAYS:,.0f}; take fewer orbits, masks or days",
        )
    rivals = Rivals()
    if study.priorities and choose_objects is not None:
        served = [satellite for satellite in configuration.satellites if satellite.served]
        choice = choose_objects(served, study.seasons_utc[0])
        with_elements = {tracked.satellite_id for tracked in choice.objects}
        rivals = Rivals(
            tuple(satellite for satellite in served if satellite.id in with_elements),
            choice.objects,
            dict.fromkeys(with_elements, "fresh"),
        )
    return StudyTask(study, rivals)


def compute_study(
    task: StudyTask, on_progress: OnProgress, *, executor: Executor | None = None
) -> StudyResult:
    """Run a study and report how far it is; without an executor in this process.

    An exception from ``on_progress`` ends the study: that is how it is cancelled.
    """
    run = (executor or InProcess()).run
    searches, plans = split_study(task.study), split_contention(task.study, task.rivals)
    weight = {"search": 1.0, "plan": 20.0}  # a season of plans costs far more than one search
    total = weight["search"] * len(searches) + weight["plan"] * len(plans)
    done = 0.0
    found, granted = [], []
    for number, columns in run(run_piece, searches):
        found.append((number, columns))
        done += weight["search"]
        on_progress(done / total, f"search {len(found)} of {len(searches)}")
    for number, grants in run(run_contention, plans):
        granted.append((number, grants))
        done += weight["plan"]
        on_progress(min(done / total, 0.99), f"plans {len(granted)} of {len(plans)}")
    found.sort(key=lambda numbered: numbered[0])
    granted.sort(key=lambda numbered: numbered[0])
    rows = build_rows(
        task.study,
        [columns for _, columns in found],
        [grant for _, grants in granted for grant in grants],
    )
    on_progress(1.0, f"{len(rows)} rows")
    return StudyResult(
        task.study.id,
        task.study.title,
        task.study.assumptions,
        tuple(rows),
        tuple(summarise(rows)),
    )


def order_study(
    document: Mapping[str, Any],
    configuration: Configuration,
    choose_objects: ChooseObjects,
    runner: Runner,
    store: Store,
    clock: Clock,
) -> Job:
    """Start a job that computes a study given as JSON; its result holds rows and summary."""
    try:
        asked = read_json_instants(document)
        task = prepare_study(asked, configuration, choose_objects, file="study")
    except (ConfigurationError, TimeError) as error:
        raise InputError("study", str(error).removeprefix("study: ")) from error

    def finish(job_id: str, made: StudyResult) -> bool:
        result = {"url": f"/v1/jobs/{job_id}", "study": asdict(made)}
        return store.finish_job(job_id, result, now_utc=clock())

    return runner.submit(STUDY_JOB, {"id": task.study.id}, compute_study, task, finish)


def read_json_instants(document: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the texts of ``seasons_utc`` into instants: JSON has none, TOML does."""
    seasons = document.get("seasons_utc")
    if not isinstance(seasons, list):
        return dict(document)
    read = [parse_utc(one, field="seasons_utc") if isinstance(one, str) else one for one in seasons]
    return {**document, "seasons_utc": read}


def write_table(rows: Sequence[Row], path: Path) -> None:
    """Write rows as CSV, or as Parquet where the name ends so (needs the extra ``notebook``)."""
    if path.suffix not in TABLE_SUFFIXES:
        raise InputError("output", f"{path.name}: give a name that ends in .csv or .parquet")
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(iterate_csv(rows))
        return
    try:
        import pyarrow  # noqa: PLC0415
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise InputError(
            "output", "Parquet needs pyarrow: install aspan[notebook], or write .csv"
        ) from error
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path)
