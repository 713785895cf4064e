"""Plans and bookings of other systems: text in, rows out, each with its line."""

from __future__ import annotations

from app.errors import InputError
from app.imports.rows import ImportRow, RowFault, guess_format

IMPORT_FORMATS = ("csv", "json", "icalendar")

__all__ = ["IMPORT_FORMATS", "ImportRow", "RowFault", "read_rows"]


def read_rows(data: bytes, *, format_name: str | None = None) -> list[ImportRow | RowFault]:
    """Read every row or say what is wrong with it; InputError when it is no such file at all."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("text", f"is not UTF-8 (byte {error.start})") from error
    chosen = format_name or guess_format(text)
    if chosen == "csv":
        from app.imports.csv_rows import read_csv  # noqa: PLC0415

        return read_csv(text)
    if chosen == "json":
        from app.imports.json_rows import read_json  # noqa: PLC0415

        return read_json(text)
    if chosen == "icalendar":
        from app.imports.calendar_events import read_calendar  # noqa: PLC0415 (a slow import)

        return read_calendar(text)
    raise InputError("format", f"{chosen!r} is none of {', '.join(IMPORT_FORMATS)}", value=chosen)
