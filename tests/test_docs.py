"""Everything that can be set, called or answered is documented, and nothing else is.

Bite: each reader of the code and of the documents is given a planted case below.
"""

import ast
import importlib
import importlib.util
import re
from pathlib import Path

import pytest

from scheduler.configuration import satellites as satellite_tables
from scheduler.configuration import stations as station_tables
from scheduler.reasons import REASONS

ROOT = Path(__file__).parent.parent
PLUG_POINTS = [
    ("Solvers", "scheduler.solvers", "SOLVERS"),
    ("Antenna constraints", "scheduler.antenna_constraints", "ANTENNA_CONSTRAINTS"),
    ("Element sources", "tle.sources", "SOURCES"),
    ("Objective terms", "scheduler.objective", "OBJECTIVES"),
    ("Executors", "app.executors", "EXECUTORS"),
    ("Exports", "app.exports", "EXPORTS"),
]
REFERENCE_WRITER = ROOT / "bin" / "write_reference.py"
TAG = re.compile(r"[a-z]+(_[a-z0-9]+)*")


def load_reference_writer():
    spec = importlib.util.spec_from_file_location("write_reference", REFERENCE_WRITER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = load_reference_writer()


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def quoted(text):
    """Every `word` of a document, also those of `a`, `b` in one cell."""
    return set(re.findall(r"`([^`\n]+)`", text))


def section(text, title):
    """The part of a document under one heading."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.S | re.M)
    assert found, f"no section {title!r}"
    return found[1]


def broken_links(folder, text):
    """Relative links of a document that lead nowhere."""
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    return [target for target in targets if not (folder / target).exists()]


def literal_words(node):
    """Tags inside a value; the condition of a choice is no value."""
    if isinstance(node, ast.IfExp):
        return [*literal_words(node.body), *literal_words(node.orelse)]
    return [
        leaf.value
        for leaf in ast.walk(node)
        if isinstance(leaf, ast.Constant)
        and isinstance(leaf.value, str)
        and TAG.fullmatch(leaf.value)
    ]


def reason_tags(source):
    """Tags that a module gives: reason="...", a class's reason, and Literal types ...Reason."""
    tags = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg == "reason" and isinstance(keyword.value, (ast.Constant, ast.IfExp)):
                    tags.update(literal_words(keyword.value))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if any(name == "reason" for name in names) and isinstance(
                node.value, (ast.Constant, ast.IfExp)
            ):
                tags.update(literal_words(node.value))
            if any(name.endswith("Reason") for name in names):
                tags.update(literal_words(node.value))
    return tags


def make_targets(text):
    return set(re.findall(r"^([a-z][a-z0-9-]*):.*## ", text, re.M))


def test_reference_is_what_the_code_says():
    assert read("docs/reference.md") == reference.write_reference(), "run: make docs"


def test_every_setting_option_route_and_tag_says_what_it_is_for():
    rows = [*reference.list_settings(), *reference.list_routes(), *reference.list_reasons()]
    for name, command in reference.list_commands():
        rows.append((name, command.help or ""))
        rows.extend((f"{name} {row[0]}", row[-1]) for row in reference.list_options(command))

    assert len(rows) > 60
    assert [row for row in rows if len(row[-1].split()) < 2] == []


@pytest.mark.parametrize(
    ("title", "rules"),
    [
        (
            "stations.toml",
            (
                station_tables.STATION_RULES,
                station_tables.ANTENNA_RULES,
                station_tables.OWNER_RULES,
            ),
        ),
        (
            "satellites.toml",
            (satellite_tables.SATELLITE_RULES, satellite_tables.SERVICE_RULES),
        ),
    ],
)
def test_every_key_of_the_configuration_files_is_documented(title, rules):
    told = quoted(section(read("docs/configuration.md"), title))
    keys = {key for table in rules for key in table}

    assert sorted(keys - told) == []


def test_every_reason_tag_in_the_code_has_its_sentence():
    given = {
        tag: path.relative_to(ROOT).as_posix()
        for folder in ("scheduler", "app")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for tag in reason_tags(path.read_text(encoding="utf-8"))
    }

    assert {tag: where for tag, where in given.items() if tag not in REASONS} == {}


@pytest.mark.parametrize(("title", "package", "registry"), PLUG_POINTS)
def test_every_name_of_a_plug_point_is_documented_and_no_other(title, package, registry):
    names = set(getattr(importlib.import_module(package), registry))
    told = set(re.findall(r"^\| `([^`]+)`", section(read("docs/plug-points.md"), title), re.M))

    assert told == names


def test_every_plug_point_is_in_the_list_above():
    folders = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for package in ("tle", "scheduler", "app")
        for path in (ROOT / package).rglob("base.py")
    }

    assert folders == {package for _, package, _ in PLUG_POINTS}


def test_every_make_target_is_told_to_newcomers():
    told = read("README.md") + read("docs/operations.md")

    assert {name for name in make_targets(read("Makefile")) if f"make {name}" not in told} == set()


@pytest.mark.parametrize(
    "name",
    ["README.md", *sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("docs/**/*.md"))],
)
def test_links_of_documents_lead_somewhere(name):
    assert broken_links((ROOT / name).parent, read(name)) == []


def test_readers_find_planted_cases():
    assert reason_tags('x = Cut(reason="too_low")') == {"too_low"}
    assert reason_tags('class A:\n    reason = "in_shade"\n') == {"in_shade"}
    assert reason_tags('LostReason = Literal["a_b", "c"]') == {"a_b", "c"}
    assert reason_tags('reason = "a_b" if kind == "c_d" else "e_f"') == {"a_b", "e_f"}
    assert reason_tags('raise E(reason="must be a number")') == set()
    assert broken_links(ROOT, "[a](README.md) [b](none.md) [c](https://a.org/x)") == ["none.md"]
    assert make_targets("run: setup ## Start\nsetup:\n") == {"run"}
    assert quoted(section("## A\n`x`\n## B\n`y`, `z`\n", "B")) == {"y", "z"}
