"""``aspan study``: run a study here and now, print its summary, write its table."""

from __future__ import annotations

import tomllib
from pathlib import Path

from app.application import open_application
from app.commands.terminal import note, print_table, show_progress
from app.errors import InputError
from app.executors import DaskCluster, Executor, InProcess, Processes
from app.services.studies import (
    TABLE_SUFFIXES,
    StudyResult,
    compute_study,
    prepare_study,
    write_table,
)
from app.settings import Settings

_SHOWN = (
    ("orbit", "orbit"),
    ("station_set", "stations"),
    ("mask", "mask"),
    ("passes_day", "passes/day"),
    ("minutes_day", "min/day"),
    ("longest_gap_h", "gap h"),
    ("p95_wait_h", "wait p95 h"),
    ("rate_mbps", "Mbit/s"),
    ("gigabytes_day", "GB/day"),
    ("share_percent", "share %"),
    ("priority", "prio"),
    ("granted_percent", "granted %"),
)


def run_study(settings: Settings, file: Path, *, output: Path | None, workers: int) -> None:
    """Run the study of a TOML file, print its summary and write its table."""
    if output is not None and output.suffix not in TABLE_SUFFIXES:
        raise InputError("output", f"{output.name}: give a name that ends in .csv or .parquet")
    document = read_document(file)
    application = open_application(settings)
    try:
        task = prepare_study(
            document, application.configuration, application.elements.choose, file=file.name
        )
        with show_progress() as on_progress:
            executor = make_executor(settings.cluster, workers)
            result = compute_study(task, on_progress, executor=executor)
    finally:
        application.store.close()
    print_study(result)
    if output is not None:
        write_table(result.rows, output)
        note(f"{len(result.rows)} rows written to {output}")


def make_executor(cluster: str, workers: int) -> Executor:
    """Take the Dask cluster of the settings, else as many processes as asked for."""
    if cluster:
        return DaskCluster(address=cluster)
    return Processes(workers) if workers > 1 else InProcess()


def read_document(file: Path) -> dict[str, object]:
    """Read a TOML file; InputError says what is wrong with it."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("file", f"{file}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError("file", f"{file}: not TOML: {error}") from error


def print_study(result: StudyResult) -> None:
    """Print the summary over seasons for people; the assumptions come first."""
    print(result.title)
    for line in result.assumptions:
        print(f"  assumption: {line}")
    lines = [_derive(dict(row)) for row in result.summary]
    shown = [
        (key, head) for key, head in _SHOWN if any(line.get(key) is not None for line in lines)
    ]
    rows = [tuple(_show(line.get(key)) for key, _ in shown) for line in lines]
    heads = tuple(head for _, head in shown)
    print_table(heads, rows, right=set(range(3, len(heads))))
    print("means over seasons; the table has every season, the summary their least and greatest")


def _derive(line: dict[str, object]) -> dict[str, object]:
    """Add the figures people read in larger units."""
    for key, source, scale in (
        ("rate_mbps", "rate_bps", 1e-6),
        ("gigabytes_day", "bytes_day", 1e-9),
        ("share_percent", "antenna_share_needed", 100.0),
        ("granted_percent", "granted_part", 100.0),
    ):
        value = line.get(source)
        line[key] = value * scale if isinstance(value, float) else None
    return line


def _show(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if isinstance(value, float) else str(value)
