"""Studies for notebooks: run a study file or document, read it as a table."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.clock import read_system_clock
from app.services.studies import StudyResult, compute_study, prepare_study, write_table
from app.worker_process import OnProgress
from aspan.passes import choose_served, read_configuration
from aspan.tables import Columns, Table, turn_into_columns
from scheduler.study.table import Row
from tle.starter import load_starter


@dataclass(frozen=True, slots=True)
class RowTable(Table):
    """Rows of one form as a table."""

    rows: Sequence[Row]

    def columns(self) -> Columns:
        """Return the rows as columns; None where a row has no figure."""
        return turn_into_columns(self.rows)


@dataclass(frozen=True, slots=True)
class StudyTable(Table):
    """The rows of a study; its assumptions travel with it."""

    result: StudyResult

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the study takes for granted, in sentences."""
        return self.result.assumptions

    @property
    def summary(self) -> RowTable:
        """The rows folded over the seasons: mean, and the least and greatest beside each figure."""
        return RowTable(self.result.summary)

    def columns(self) -> Columns:
        """Return every season's rows as columns (docs/studies.md says what each holds)."""
        return turn_into_columns(self.result.rows)

    def to_pandas(self, *, summary: bool = False) -> Any:
        """Return a pandas.DataFrame: every season, or folded over them with least and greatest."""
        return self.summary.to_pandas() if summary else Table.to_pandas(self)

    def save(self, file: str | Path) -> None:
        """Write every row as .csv or .parquet."""
        write_table(self.result.rows, Path(file))


def run_study(
    study: str | Path | Mapping[str, Any],
    *,
    on_progress: OnProgress | None = None,
    stations_file: str | Path | None = None,
) -> StudyTable:
    """Run a study of a TOML file, or of a document of the same form (docs/studies.md).

    Contention is with the served satellites, placed by the bundled element sets.
    """
    if isinstance(study, Mapping):
        document, name = study, "study"
    else:
        document, name = tomllib.loads(Path(study).read_text(encoding="utf-8")), Path(study).name
    configuration = read_configuration(stations_file)
    now_utc, bundled = read_system_clock(), load_starter()
    task = prepare_study(
        document,
        configuration,
        lambda satellites, at_utc: choose_served(configuration, bundled, at_utc, now_utc),
        file=name,
    )
    return StudyTable(compute_study(task, on_progress or (lambda done, text: None)))
