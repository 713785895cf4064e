"""``aspan passes``: predict, and write the passes as they are found."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from app.commands.from_file import prepare_from_file
from app.commands.terminal import note, show_progress
from app.exports.pass_records import PassChunk, write_passes
from app.services.prediction import (
    PassQuery,
    PredictionTask,
    stream_passes,
)
from app.settings import Settings
from app.worker_process import OnProgress

PassFormat = Literal["table", "json", "ndjson", "csv"]


def run_passes(
    settings: Settings, query: PassQuery, *, elements_file: Path | None, format: PassFormat
) -> None:
    """Predict and write to standard output; what is no pass is said on standard error."""
    task = _prepare(settings, query, elements_file)
    with show_progress() as on_progress:
        write_passes(sys.stdout.buffer, _read_chunks(task, on_progress), format)
    sys.stdout.flush()


def _prepare(settings: Settings, query: PassQuery, elements_file: Path | None) -> PredictionTask:
    if elements_file is None:
        from app.application import open_application  # noqa: PLC0415 (opens the database)

        application = open_application(settings)
        try:
            return application.prediction.prepare(query)
        finally:
            application.store.close()
    _, task = prepare_from_file(settings, query, elements_file)
    return task


def _read_chunks(task: PredictionTask, on_progress: OnProgress) -> Iterator[PassChunk]:
    for part in stream_passes(task, on_progress):
        for answer in part.table.answers:
            note(f"{answer.satellite_id} over {answer.station_id}: {answer.detail}")
        yield PassChunk(part.table, part.windows, part.grades, part.conjunctions)
