"""One page of predicted passes as JSON text, made where the prediction is made."""

from __future__ import annotations

import json
from dataclasses import dataclass

from app.exports.pass_records import PassChunk, answer_records, encode_records
from app.services.prediction import PredictionTask, predict
from app.worker_process import OnProgress


@dataclass(frozen=True, slots=True)
class PageTask:
    """Which passes of a prediction are wanted."""

    prediction: PredictionTask
    limit: int
    offset: int


def compute_page(task: PageTask, on_progress: OnProgress) -> bytes:
    """Predict and write one page: the passes of all stations, in the order of the stations."""
    records: list[str] = []
    answers = []
    total = 0
    for part in predict(task.prediction, on_progress):
        first = max(0, task.offset - total)
        end = min(len(part.table), task.offset + task.limit - total)
        if first < end:
            chunk = PassChunk(part.table, part.windows, part.grades, part.conjunctions)
            records += encode_records(chunk, first, end)
        total += len(part.table)
        answers += answer_records(part.table)
    shown = task.offset + len(records)
    tail = {
        "answers": answers,
        "total": total,
        "next_offset": shown if records and shown < total else None,
    }
    return f'{{"passes":[{",".join(records)}],{json.dumps(tail)[1:]}'.encode()
