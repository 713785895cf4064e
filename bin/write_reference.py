"""Write docs/reference.md from the code: settings, commands, routes, reason tags.

``make docs`` writes the file; ``make check`` fails when it is out of date or describes too little.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from enum import EnumType
from pathlib import Path
from typing import Any

import typer.main

from app.application import open_application
from app.cli import app as command_line
from app.main import create_app
from app.settings import Settings
from scheduler.reasons import REASONS

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference.md"


def write_reference() -> str:
    """Return the whole page as Markdown."""
    parts = [
        "# Reference\n\nWritten from the code by `make docs`; do not edit.",
        "## Settings\n\n" + _table("setting | environment | default | meaning", list_settings()),
        "## Commands\n\n" + "\n\n".join(_describe_commands()),
        "## HTTP\n\n" + _table("method | path | does", list_routes()),
        "## Reason tags\n\n" + _table("tag | sentence", list_reasons()),
    ]
    return "\n\n".join(parts) + "\n"


def list_settings() -> list[tuple[str, ...]]:
    """Give name, environment variable, default and meaning of each setting."""
    return [
        (
            f"`{name}`",
            f"`ASPAN_{name.upper()}`",
            "" if field.default in (None, "") else f"`{field.default}`",
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def list_commands() -> Iterator[tuple[str, Any]]:
    """Give each command with its full name, groups opened."""
    yield from _walk(typer.main.get_command(command_line), "aspan")


def list_options(command: Any) -> list[tuple[str, ...]]:
    """Give names, form and meaning of each option and argument of a command."""
    return [
        (
            ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts)),
            "" if getattr(option, "is_flag", False) else f"`{_form(option)}`",
            getattr(option, "help", None) or "",
        )
        for option in command.params
        if option.name != "help"
    ]


def list_routes() -> list[tuple[str, ...]]:
    """Give method, path and summary of each route of the interface."""
    with tempfile.TemporaryDirectory() as folder:
        database_url = f"sqlite:///{folder}/aspan.sqlite3"
        application = open_application(Settings(database_url=database_url))
        interface = create_app(application).openapi()
    return [
        (method.upper(), f"`{path}`", operation.get("description", "").split("\n\n")[0])
        for path, operations in interface["paths"].items()
        for method, operation in operations.items()
    ]


def list_reasons() -> list[tuple[str, ...]]:
    """Give each reason tag with its sentence."""
    return [(f"`{tag}`", sentence) for tag, sentence in REASONS.items()]


def _walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    commands = getattr(command, "commands", None)
    if commands is None:
        yield name, command
        return
    for word, inner in commands.items():
        yield from _walk(inner, f"{name} {word}")


def _form(option: Any) -> str:
    kind = option.type_descriptor.annotation
    if option.metavar:
        return str(option.metavar)
    if isinstance(kind, EnumType):
        return "|".join(str(choice.value) for choice in kind)
    return {int: "N", float: "X"}.get(kind, "TEXT")


def _describe_commands() -> Iterator[str]:
    for name, command in list_commands():
        yield (
            f"### {name}\n\n{(command.help or '').strip()}\n\n"
            + _table("option | value | meaning", list_options(command))
        )


def _table(head: str, rows: list[tuple[str, ...]]) -> str:
    lines = [f"| {head} |", "|" + "---|" * len(head.split(" | "))]
    cells = ([" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows)
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in cells])


if __name__ == "__main__":
    REFERENCE.write_text(write_reference(), encoding="utf-8")
    print(f"wrote {REFERENCE.name}")
