"""The planning problem as JSON: field names as in the model, defaults left out, strict in reading.

``read_problem(write_problem(problem)) == problem``, exactly: Python writes the shortest decimal
that reads back as the same float.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from scheduler.errors import ProblemError
from scheduler.problem.model import PlanningProblem

FORMAT = "aspan-problem/1"
MOST = 1e18  # size of any figure: engines take 1e20 for endless
Reader = Callable[[Any, str], Any]
Record = TypeVar("Record")


def write_problem(problem: PlanningProblem) -> str:
    """Write a problem as one JSON document."""
    return json.dumps({"format": FORMAT, **to_plain(problem)}, allow_nan=False)


def read_problem(text: str | bytes) -> PlanningProblem:
    """Read a problem; raise ``ProblemError`` that names the place of what is wrong."""
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProblemError((f"not a JSON document: {error}",)) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else type(document).__name__
        raise ProblemError((f"format: {found!r} is not {FORMAT!r}",))
    return from_plain(
        PlanningProblem, {key: value for key, value in document.items() if key != "format"}
    )


def to_plain(record: Any) -> dict[str, Any]:
    """Turn a frozen record into plain JSON values, without the fields that hold their default."""
    plain: dict[str, Any] = {}
    for name, default in _fields_of(type(record)):  # type: ignore[arg-type]
        value = getattr(record, name)
        if value != default:
            plain[name] = _to_plain_value(value)
    return plain


def from_plain(kind: type[Record], plain: Any, place: str = "") -> Record:
    """Build a record of ``kind`` from plain values; unknown and missing fields are refused."""
    record: Record = _reader_of(kind)(plain, place)  # type: ignore[arg-type]
    return record


def _to_plain_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_to_plain_value(item) for item in value]
    if dataclasses.is_dataclass(value):
        return to_plain(value)
    if isinstance(value, Mapping):
        return dict(value)
    return value


@cache
def _fields_of(kind: type) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (
            field.name,
            field.default_factory()
            if field.default_factory is not dataclasses.MISSING
            else field.default,
        )
        for field in dataclasses.fields(kind)
    )


@cache
def _reader_of(kind: Any) -> Reader:
    """Compose the reader of a type: record, tuple, mapping, union with None, literal, scalar."""
    origin = get_origin(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _record_reader(kind)
    if origin is tuple:
        return _tuple_reader(get_args(kind))
    if origin is Literal:
        return _literal_reader(get_args(kind))
    if origin in (Union, types.UnionType):
        inner = _reader_of(next(arm for arm in get_args(kind) if arm is not type(None)))
        return lambda value, place: None if value is None else inner(value, place)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping_reader(_reader_of(get_args(kind)[1]))
    return _SCALAR_READERS[kind]


def _record_reader(kind: type) -> Reader:
    hints = get_type_hints(kind)
    readers = {field.name: _reader_of(hints[field.name]) for field in dataclasses.fields(kind)}
    required = [name for name, default in _fields_of(kind) if default is dataclasses.MISSING]

    def read(value: Any, place: str) -> Any:
        if not isinstance(value, dict):
            raise _fault(place, value, "an object")
        missing = [name for name in required if name not in value]
        if missing:
            raise ProblemError((f"{_join(place, missing[0])}: missing",))
        unknown = [name for name in value if name not in readers]
        if unknown:
            raise ProblemError((f"{_join(place, unknown[0])}: unknown field",))
        return kind(
            **{name: readers[name](item, _join(place, name)) for name, item in value.items()}
        )

    return read


def _tuple_reader(arguments: tuple[Any, ...]) -> Reader:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        each = _reader_of(arguments[0])

        def read_many(value: Any, place: str) -> Any:
            if not isinstance(value, list):
                raise _fault(place, value, "a list")
            return tuple(each(item, f"{place}[{index}]") for index, item in enumerate(value))

        return read_many
    readers = [_reader_of(argument) for argument in arguments]

    def read_fixed(value: Any, place: str) -> Any:
        if not isinstance(value, list) or len(value) != len(readers):
            raise _fault(place, value, f"a list of {len(readers)}")
        return tuple(
            reader(item, f"{place}[{index}]")
            for index, (reader, item) in enumerate(zip(readers, value, strict=True))
        )

    return read_fixed


def _mapping_reader(each: Reader) -> Reader:
    def read(value: Any, place: str) -> Any:
        if not isinstance(value, dict):
            raise _fault(place, value, "an object")
        return {key: each(item, f"{place}.{key}") for key, item in value.items()}

    return read


def _literal_reader(allowed: tuple[Any, ...]) -> Reader:
    def read(value: Any, place: str) -> Any:
        if not isinstance(value, str) or value not in allowed:
            raise _fault(place, value, "one of " + ", ".join(map(str, allowed)))
        return value

    return read


def _read_float(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _fault(place, value, "a number")
    if not abs(value) <= MOST:  # whole numbers of any length too, before they become floats
        raise _fault(place, value, f"a number between -{MOST:g} and {MOST:g}")
    return float(value)


def _read_int(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _fault(place, value, "a whole number")
    return value


def _read_flag(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise _fault(place, value, "true or false")
    return value


def _read_text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise _fault(place, value, "a text")
    return value


_SCALAR_READERS: dict[Any, Reader] = {
    float: _read_float,
    int: _read_int,
    bool: _read_flag,
    str: _read_text,
}


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number of JSON")


def _fault(place: str, value: Any, expected: str) -> ProblemError:
    return ProblemError((f"{place or 'document'}: {json.dumps(value)[:40]} is not {expected}",))


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
