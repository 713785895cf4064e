"""Container, compose file and units: parsed, and their commands really run.

Bite: a sync without --frozen, a final stage as root, a health check on a wrong path, a port on all
addresses, and a unit that starts a command that does not exist were each reported.
"""

import configparser
import http.server
import json
import os
import re
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ASPAN = Path(sys.executable).parent / "aspan"


def instructions(text):
    """The instructions of a Dockerfile, continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def stages():
    """The two stages of the Dockerfile as lists of (word, rest)."""
    found = []
    for word, rest in instructions((ROOT / "Dockerfile").read_text(encoding="utf-8")):
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest))
    return found


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def units():
    found = {}
    for path in sorted((ROOT / "deploy").glob("aspan*.*")):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.optionxform = str
        parser.read_string(path.read_text(encoding="utf-8"))
        found[path.name] = parser
    return found


def accepts(command):
    """Say whether our command line knows the command and its options."""
    words = [word for word in shlex.split(command) if not word.startswith("/")]
    return (
        subprocess.run([ASPAN, *words, "--help"], capture_output=True, check=False).returncode == 0
    )


def test_image_installs_exactly_the_lock_and_nothing_for_developers(stages):
    syncs = [
        rest for stage in stages for word, rest in stage if word == "RUN" and "uv sync" in rest
    ]

    assert len(syncs) == 2
    assert all("--frozen" in rest and "--no-dev" in rest for rest in syncs)
    assert "--no-editable" in syncs[-1]


def test_final_stage_runs_as_nobody_special_and_holds_no_build_tool(stages):
    final = stages[-1]
    users = [rest for word, rest in final if word == "USER"]

    assert len(stages) == 2
    assert users == ["aspan"]
    assert [rest for word, rest in final if word == "RUN" and "ca-certificates" in rest]
    assert "uv" not in " ".join(rest for _, rest in final).split()


def test_everything_the_image_copies_is_there_and_not_ignored(stages):
    kept = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.M))
    copies = [rest.split() for word, rest in stages[0] if word == "COPY"]
    sources = {source for words in copies for source in words[:-1]}

    assert sources == kept
    assert all((ROOT / source).exists() for source in sources)


def test_proof_of_the_build_plans_with_the_exact_solver(stages, tmp_path):
    (proof,) = [rest for word, rest in stages[0] if word == "RUN" and "aspan plan" in rest]
    words = shlex.split(re.search(r"aspan (plan .*?) >", proof)[1])

    run = subprocess.run([ASPAN, *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr
    plan = json.loads(run.stdout)
    assert (plan["solver"], plan["status"]) == ("ilp", "optimal")
    assert plan["contacts"]


@pytest.mark.parametrize(("status", "exit_code"), [(200, 0), (503, 1)])
def test_health_check_reads_the_answer_of_the_service(stages, status, exit_code):
    (check,) = [rest for word, rest in stages[-1] if word == "HEALTHCHECK"]
    _, flag, code = json.loads(check[check.index("[") :])
    asked = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *words):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = {"ASPAN_PORT": str(server.server_port)}  # the check follows the setting
        run = subprocess.run(
            [sys.executable, flag, code], env=os.environ | port, capture_output=True, check=False
        )
        server.shutdown()

    assert (run.returncode, asked) == (exit_code, ["/healthz"])


def test_compose_has_service_database_and_nightly_run(compose):
    services = compose["services"]

    assert set(services) == {"service", "nightly", "database"}
    assert services["service"]["ports"] == ["127.0.0.1:8000:8000"]
    assert services["service"]["environment"]["ASPAN_DATABASE_URL"].startswith("postgresql://")
    assert services["database"]["image"].startswith("postgres:")


def test_compose_holds_no_secret(compose):
    secrets = [
        value
        for service in compose["services"].values()
        for name, value in service["environment"].items()
        if name.endswith(("_KEY", "PASSWORD"))
    ]

    assert len(secrets) == 3
    assert all(re.fullmatch(r"\$\{[A-Z_]+:\?set it in \.env\}", value) for value in secrets)


def test_nightly_script_of_compose_is_sound_shell_and_calls_known_commands(compose):
    (script,) = compose["services"]["nightly"]["command"]
    script = script.replace("$$", "$")
    (command,) = re.findall(r"aspan (nightly[^|]*?) \|\|", script)

    checked = subprocess.run(["sh", "-n", "-c", script], capture_output=True, check=False)
    seconds = subprocess.run(
        ["sh", "-c", "echo " + re.search(r"sleep (\$\(\(.*\)\))", script)[1]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0
    assert 0 < int(seconds.stdout) <= 86_400
    assert accepts(command)


def test_units_start_commands_that_exist_and_the_timer_its_service():
    found = units()

    services = [name for name in found if name.endswith(".service")]
    timers = [name for name in found if name.endswith(".timer")]
    for name in services:
        start = found[name]["Service"]["ExecStart"]
        command = re.search(r"/aspan ([a-z][a-z ]*)", start)[1]
        options = " ".join(re.findall(r"--[a-z]+", start))
        assert accepts(f"{command} {options.replace('--rotctld', '--rotctld x')}")
        assert found[name]["Service"]["User"] == "aspan"
    assert set(services) == {
        "aspan.service", "aspan-backup.service", "aspan-drive@.service", "aspan-nightly.service",
    }  # fmt: skip
    for name in timers:
        assert found[name]["Timer"]["OnCalendar"].endswith("UTC")
        assert name.replace(".timer", ".service") in services


def test_the_watchdog_outlives_the_unit_that_drives():
    """Bite: with any other KillMode systemd kills the watchdog together with the driver."""
    assert units()["aspan-drive@.service"]["Service"]["KillMode"] == "process"


def test_the_proxy_passes_the_host_with_its_port_and_does_not_buffer_the_event_stream():
    """Bite: with $host a page on another port is taken for one of a stranger; seen on nginx."""
    text = (ROOT / "deploy" / "nginx" / "aspan.conf").read_text(encoding="utf-8")
    stream = re.search(r"location = /v1/events {(.*?)}", text, re.S)[1]

    assert "proxy_set_header Host $host;" not in text
    assert text.count("proxy_set_header Host $http_host;") == text.count("proxy_pass ")
    assert "proxy_buffering off;" in stream
