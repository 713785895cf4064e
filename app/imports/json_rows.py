"""Rows of a JSON document: a list of objects, or an object that holds one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.errors import InputError
from app.imports.rows import ImportRow, RowFault, make_row, refuse_too_many

_LISTS = ("entries", "contacts", "reservations", "blocks")


def read_json(text: str) -> list[ImportRow | RowFault]:
    """Read the entries in order; ``line`` counts them.

    A contact inside an entry adds its fields.
    """
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError("text", f"is not valid JSON: {str(error)[:100]}") from error
    if isinstance(document, Mapping):
        document = next((document[name] for name in _LISTS if name in document), None)
    if not isinstance(document, list):
        raise InputError("text", f"give a list of entries, or an object with {', '.join(_LISTS)}")
    refuse_too_many(len(document))
    return [_read(at, entry) for at, entry in enumerate(document, start=1)]


def _read(at: int, entry: Any) -> ImportRow | RowFault:
    if not isinstance(entry, Mapping):
        return RowFault(at, f"entry {at}", "is not an object")
    inner = entry.get("contact")
    fields = {**(inner if isinstance(inner, Mapping) else {}), **entry}
    return make_row(
        at,
        {
            str(name).lower(): str(value)
            for name, value in fields.items()
            if isinstance(value, (str, int, float)) and not isinstance(value, bool)
        },
    )


def _refuse_constant(name: str) -> str:
    raise ValueError(f"{name} is not JSON")
