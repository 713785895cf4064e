"""Files and folders on this machine: drop a TLE, OMM or OEM file and it is taken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tle.sources.base import Answer, Politeness, Query

MAX_FILE_BYTES = 100 * 2**20
POLITENESS = Politeness(interval_s=0.0)


@dataclass(frozen=True, slots=True)
class LocalFileSource:
    """Queries of the kind ``file``, whose value is a path."""

    name: str = "file"
    max_bytes: int = MAX_FILE_BYTES
    politeness: Politeness = POLITENESS

    def check(self, query: Query) -> None:
        """Raise ValueError for what is no file."""
        if query.kind != "file":
            raise ValueError(f"query: {query.key!r} is not file=PATH")

    def fetch(self, query: Query) -> Answer:
        """Read one file; a fault of the file system is an answer too."""
        self.check(query)
        path = Path(query.value)
        try:
            with path.open("rb") as file:
                data = file.read(self.max_bytes + 1)
        except OSError as error:
            return Answer("failed", f"{path.name}: {error.strerror or 'cannot be read'}")
        if len(data) > self.max_bytes:
            return Answer("failed", f"{path.name}: larger than {self.max_bytes} bytes")
        return Answer("data", "", data)


def list_file_queries(path: Path, *, expected: frozenset[int] = frozenset()) -> tuple[Query, ...]:
    """Turn a file, or each visible file of a folder in the order of names, into queries."""
    if not path.is_dir():
        return (Query("file", str(path), expected),)
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    return tuple(Query("file", str(file)) for file in files)
