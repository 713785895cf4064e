"""The shape of the house: directions of imports, size of files, nothing of one machine inside.

Bite: each check is given a planted offender below and must report it.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("tle", "scheduler", "app", "aspan")
OWN_NAMES = {"utils", "helpers", "common", "manager", "misc"} | set(sys.stdlib_module_names)
LINES_AT_MOST = 400
FUNCTION_LINES_AT_MOST = 60

# Rooms that may do what the rest may not.
MAY_READ_THE_ENVIRONMENT = (
    "app/settings.py",
    "scheduler/solvers/worker.py",  # hands its own on to the child process
)
MAY_READ_THE_CLOCK = ("app/", "tle/sources/", "aspan/", "tle/refresh.py")
MAY_TOUCH_THE_NETWORK = (
    "tle/sources/",
    "app/delivery/",
    "app/drive/",
    "app/executors/",
    "aspan/client/",
    "app/commands/serve.py",  # listens
)
NETWORK_MODULES = {"urllib.request", "http.client", "ftplib", "smtplib", "asyncio.streams"}
MAY_BE_LONG = ("app/store/migrations/",)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|tmp/\w+)/")


def source_files(*folders):
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def relative(path):
    return path.relative_to(ROOT).as_posix()


def environment_reads(source):
    """Lines that read the environment."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"))
        or (isinstance(node, ast.Name) and node.id in ("environ", "getenv"))
    ]


def clock_reads(source):
    """Lines that ask for the time of day; monotonic clocks are allowed."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in ("now", "utcnow", "today") or ast.unparse(node.func) == "time.time")
    ]


def network_calls(source):
    """Lines that open a connection with the standard library."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (
            isinstance(node, ast.Attribute)
            and ast.unparse(node) in ("socket.socket", "socket.create_connection")
        )
        or (isinstance(node, ast.Import) and {n.name for n in node.names} & NETWORK_MODULES)
        or (isinstance(node, ast.ImportFrom) and node.module in NETWORK_MODULES)
    ]


def file_reads(source):
    """Lines that open or read a file."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "open")
            or (
                isinstance(node.func, ast.Attribute)
                and node.func.attr
                in ("read_text", "read_bytes", "write_text", "write_bytes", "open")
            )
        )
    ]


def long_functions(source):
    """Names of functions that are longer than the house allows."""
    return [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_AT_MOST
    ]


def offences(check, folders, allowed=()):
    return [
        f"{relative(path)}: {found}"
        for path in source_files(*folders)
        if not relative(path).startswith(allowed or ("\0",))
        for found in check(path.read_text(encoding="utf-8"))
    ]


def test_imports_go_one_way():
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr


def test_only_the_settings_read_the_environment():
    found = offences(environment_reads, PACKAGES, MAY_READ_THE_ENVIRONMENT)

    assert not found, "\n".join(found)


def test_the_clock_is_an_argument_below_the_edges():
    found = offences(clock_reads, PACKAGES, MAY_READ_THE_CLOCK)

    assert not found, "\n".join(found)


def test_the_network_is_touched_in_outward_rooms_only():
    found = offences(network_calls, PACKAGES, MAY_TOUCH_THE_NETWORK)

    assert not found, "\n".join(found)


def test_scheduler_touches_no_file():
    found = offences(file_reads, ("scheduler",))

    assert not found, "\n".join(found)


def test_functions_fit_a_screen():
    found = offences(long_functions, PACKAGES, MAY_BE_LONG)

    assert not found, "\n".join(found)


def test_files_hold_one_idea():
    long = [
        f"{relative(path)}: {lines} lines"
        for path in source_files(*PACKAGES)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LINES_AT_MOST
    ]

    assert not long, "\n".join(long)


def test_modules_have_names_of_the_field():
    stems = {relative(path): path.stem for path in source_files(*PACKAGES)}

    taken = [path for path, stem in stems.items() if stem in OWN_NAMES]

    assert not taken, "\n".join(taken)


def test_nothing_of_one_machine_is_committed():
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode != 0:
        pytest.fail(f"git ls-files: {tracked.stderr}")
    texts = [
        (name, (ROOT / name).read_bytes())
        for name in tracked.stdout.split("\0")
        if name and (ROOT / name).is_file() and name != "tests/test_architecture.py"
    ]

    assert [
        name for name, data in texts if MACHINE_PATH.search(data.decode("utf-8", "replace"))
    ] == []


@pytest.mark.parametrize(
    ("check", "offender"),
    [
        (environment_reads, "import os\nx = os.environ['A']\n"),
        (environment_reads, "from os import getenv\nx = getenv('A')\n"),
        (clock_reads, "from datetime import UTC, datetime\nx = datetime.now(UTC)\n"),
        (clock_reads, "import time\nx = time.time()\n"),
        (network_calls, "import urllib.request\n"),
        (network_calls, "from http.client import HTTPConnection\n"),
        (network_calls, "import socket\nx = socket.create_connection(('a', 1))\n"),
        (file_reads, "x = open('a')\n"),
        (file_reads, "from pathlib import Path\nx = Path('a').read_text()\n"),
        (long_functions, "def f():\n" + "    x = 1\n" * 61),
    ],
)
def test_each_check_reports_a_planted_offender(check, offender):
    assert check(offender) != []


def test_check_of_machine_paths_knows_them_from_other_paths():
    assert MACHINE_PATH.search("see /" + "work/main/x")
    assert MACHINE_PATH.search("in /" + "tmp/abc/x")
    assert not MACHINE_PATH.search("GET /v1/work/ and /tmp and https://a/framework/b")
