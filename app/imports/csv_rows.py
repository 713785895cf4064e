"""Rows of a CSV table: names in the first row, one entry a row."""

from __future__ import annotations

import csv
import io

from app.errors import InputError
from app.exports.csv_table import take_apart
from app.imports.rows import ImportRow, RowFault, make_row, refuse_too_many


def read_csv(text: str) -> list[ImportRow | RowFault]:
    """Read comma, semicolon or tab separated rows; columns that are not known are left alone."""
    head_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=head_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        head = [name.strip().lower() for name in next(reader, [])]
        if len(set(head)) < len(head) or not {"start", "start_utc", "start_time"} & set(head):
            raise InputError(
                "text", "the first row must name the columns, each once, among them start_utc"
            )
        found: list[ImportRow | RowFault] = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            refuse_too_many(len(found))
            if len(cells) != len(head):
                reason = f"{len(cells)} cells under {len(head)} columns"
                found.append(RowFault(reader.line_num, f"line {reader.line_num}", reason))
                continue
            fields = {name: take_apart(cell) for name, cell in zip(head, cells, strict=True)}
            found.append(make_row(reader.line_num, fields))
    except csv.Error as error:
        raise InputError("text", f"line {reader.line_num}: {error}") from error
    return found
