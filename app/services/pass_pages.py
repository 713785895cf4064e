"""One page of predicted passes as text, made where the prediction is made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from app.exports.pass_records import CSV_HEAD, PassChunk, answer_records, encode_csv, encode_records
from app.services.prediction import PredictionTask, predict
from app.worker_process import OnProgress

PageFormat = Literal["json", "ndjson", "csv"]


@dataclass(frozen=True, slots=True)
class PageTask:
    """Which passes of a prediction are wanted, and how they are written."""

    prediction: PredictionTask
    limit: int
    offset: int
    format: PageFormat = "json"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as text; ``next_offset`` is where the next one starts, None after the last."""

    text: bytes
    next_offset: int | None


def compute_page(task: PageTask, on_progress: OnProgress) -> Page:
    """Predict and write one page: the passes of all stations, in the order of the stations."""
    records: list[str] = []
    answers = []
    total = 0
    for part in predict(task.prediction, on_progress):
        first = max(0, task.offset - total)
        end = min(len(part.table), task.offset + task.limit - total)
        if first < end:
            chunk = PassChunk(part.table, part.windows, part.grades, part.conjunctions)
            if task.format == "csv":
                records += encode_csv(chunk)[first:end]
            else:
                records += encode_records(chunk, first, end)
        total += len(part.table)
        answers += answer_records(part.table)
    shown = task.offset + len(records)
    next_offset = shown if records and shown < total else None
    if task.format == "csv":
        text = CSV_HEAD + "".join(records)
    elif task.format == "ndjson":
        text = "".join(f"{record}\n" for record in records)
    else:
        tail = {"answers": answers, "total": total, "next_offset": next_offset}
        text = f'{{"passes":[{",".join(records)}],{json.dumps(tail)[1:]}'
    return Page(text.encode(), next_offset)
