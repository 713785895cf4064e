"""Strict reading of TOML tables: one rule per key, unknown keys refused with a suggestion.

A rule turns the raw value into the wanted one or raises ValueError with what is wrong and what to
do; ``read_table`` adds file, table, key and value. Keys that are absent stay out of the answer, so
that the defaults are those of the dataclass that receives it.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, get_args

from scheduler.errors import ConfigurationError
from scheduler.stations import Confidence, Provenance
from tle.errors import TimeError
from tle.timebase import require_utc

Rule = Callable[[Any], Any]

_IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table stands, for messages: the file and the path of tables inside it."""

    file: str
    table: str = ""

    def inside(self, step: str) -> Place:
        """Return the place one table further in."""
        return Place(self.file, f"{self.table} > {step}" if self.table else step)

    def refuse(self, reason: str, *, key: str = "", value: object = None) -> ConfigurationError:
        """Build the error for a key of this table."""
        return ConfigurationError(reason, file=self.file, table=self.table, key=key, value=value)


def read_table(
    table: object, rules: Mapping[str, Rule], place: Place, *, required: Sequence[str] = ()
) -> dict[str, Any]:
    """Apply the rules to one table and return what it states; the provenance lines included."""
    if not isinstance(table, Mapping):
        raise place.refuse(f"is {table!r}; write a table of keys here")
    known: dict[str, Rule] = {**rules, "provenance": partial(_read_provenance, figures=rules)}
    for key in table:
        if key not in known:
            raise place.refuse(f"is not a known key; {suggest(key, known)}", key=str(key))
    for key in required:
        if key not in table:
            raise place.refuse("is missing; add it", key=key)
    values = {}
    for key, value in table.items():
        try:
            values[key] = known[key](value)
        except ValueError as error:
            raise place.refuse(str(error), key=key, value=value) from error
    return values


def read_named_tables(
    document: Mapping[str, Any], key: str, place: Place, *, name_key: str = "id"
) -> Iterator[tuple[Mapping[str, Any], Place]]:
    """Give each table of the array ``[[key]]`` with its place, named by its id; ids are unique."""
    tables = document.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        raise place.refuse(f"must be an array of tables; write [[{key}]]", key=key)
    seen: dict[str, int] = {}
    for count, table in enumerate(tables, start=1):
        name = table.get(name_key)
        if not isinstance(name, str):
            yield table, place.inside(f"{key} no. {count}")
            continue
        inside = place.inside(f"{key} {name!r}")
        if name in seen:
            reason = f"is used twice, by {key} no. {seen[name]} and no. {count}; rename one"
            raise inside.refuse(reason, key=name_key, value=name)
        seen[name] = count
        yield table, inside


def as_tables(value: Any) -> list[Any]:
    """Accept an array of tables; who reads them looks inside."""
    if not isinstance(value, list):
        raise ValueError("must be an array of tables; write its name in double brackets")
    return value


def suggest(word: object, known: Mapping[str, object]) -> str:
    """Name the nearest known word, or all of them when none is near."""
    near = difflib.get_close_matches(str(word), known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"


def text(value: Any) -> str:
    """Accept a text that is not empty, without control characters."""
    if not isinstance(value, str):
        raise ValueError("must be a text in quotes")
    if not value.strip() or any(ord(character) < 32 for character in value):
        raise ValueError("must be a text with something in it, on one line")
    return value


def identifier(value: Any) -> str:
    """Accept a short name that is safe in addresses and file names."""
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise ValueError("must be small letters, digits and single hyphens, such as 'kazeosat-1'")
    return value


def truth(value: Any) -> bool:
    """Accept true or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def one_of(*choices: str) -> Rule:
    """Accept one of the given words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            listed = ", ".join(map(repr, choices))
            raise ValueError(f"must be one of {listed}")
        return value

    return read


def number(low: float, high: float, unit: str) -> Rule:
    """Accept a finite number between the bounds, both included."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"must be a number{in_unit}")
        if not math.isfinite(value) or not low <= value <= high:
            raise ValueError(f"must be between {low:g} and {high:g}{in_unit}; correct the figure")
        return float(value)

    in_unit = f" {unit}" if unit else ""
    return read


def whole_number(low: int, high: int) -> Rule:
    """Accept a whole number between the bounds, both included."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"must be a whole number between {low} and {high}")
        return value

    return read


def pair(rule: Rule) -> Rule:
    """Accept two ascending values, each by the rule."""

    def read(value: Any) -> tuple[Any, Any]:
        if not isinstance(value, list) or len(value) != 2:
            raise ValueError("must be a pair in brackets: [lower, upper]")
        lower, upper = rule(value[0]), rule(value[1])
        if not lower < upper:
            raise ValueError("must ascend: [lower, upper]")
        return lower, upper

    return read


def sequence(rule: Rule, *, at_least: int = 0) -> Rule:
    """Accept a list, each element by the rule."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) < at_least:
            raise ValueError(f"must be a list in brackets with at least {at_least} entries")
        return tuple(rule(element) for element in value)

    return read


def instant(value: Any) -> datetime:
    """Accept a date and time with its offset, as TOML writes it: 2026-09-06T12:00:00Z."""
    if not isinstance(value, datetime):
        raise ValueError("must be a date and time without quotes: 2026-09-06T12:00:00Z")
    try:
        return require_utc(value)
    except TimeError as error:
        raise ValueError(str(error)) from error


_PROVENANCE_RULES: Mapping[str, Rule] = {
    "of": sequence(text, at_least=1),
    "confidence": one_of(*get_args(Confidence)),
    "source": text,
    "note": text,
}


def _read_provenance(lines: Any, figures: Mapping[str, Rule]) -> dict[str, Provenance]:
    """Read lines of the form {of = [keys], confidence = "...", source = "...", note = "..."}."""
    if not isinstance(lines, list):
        raise ValueError("must be a list of lines {of = [...], confidence = ...}")
    told: dict[str, Provenance] = {}
    for line in lines:
        if not isinstance(line, Mapping) or not {"of", "confidence"} <= set(line):
            raise ValueError(f"line {line!r}: must be {{of = [...], confidence = ...}}")
        values = {}
        for key, value in line.items():
            if key not in _PROVENANCE_RULES:
                raise ValueError(f"line of {line['of']!r}: {suggest(key, _PROVENANCE_RULES)}")
            try:
                values[key] = _PROVENANCE_RULES[key](value)
            except ValueError as error:
                raise ValueError(f"line of {line['of']!r}: {key} = {value!r} {error}") from error
        for figure in values.pop("of"):
            if figure not in figures:
                raise ValueError(f"of {figure!r}: not a key here; {suggest(figure, figures)}")
            if figure in told:
                raise ValueError(f"of {figure!r}: told twice; keep one line")
            told[figure] = Provenance(**values)
    return told
