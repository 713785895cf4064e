"""Studies: read one, run its pieces wherever they may run, and give its table."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.errors import InputError, LimitError
from app.executors import Executor, InProcess
from app.services.elements import ObjectChoice
from app.settings import Configuration
from app.worker_process import OnProgress
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

LARGEST_SATELLITE_DAYS = 5_000_000.0
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
