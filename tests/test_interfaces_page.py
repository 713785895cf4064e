"""Every field that the command line writes stands in docs/interfaces.md.

Bite: taking `orbit_number` or `expected_bytes` out of the page was reported.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ASPAN = Path(sys.executable).parent / "aspan"
SPAN = ["--start", "2026-09-06T12:00:00Z", "--days", "0.5", "--format", "json"]
INSIDE_FREELY = {"provenance", "detail"}  # what these hold depends on the case


def names(value):
    """All keys of a JSON value, at any depth."""
    if isinstance(value, list):
        return {name for element in value for name in names(element)}
    if isinstance(value, dict):
        inner = (names(v) for k, v in value.items() if k not in INSIDE_FREELY)
        return set(value).union(*inner)
    return set()


@pytest.mark.parametrize("command", ["passes", "plan"])
def test_every_field_of_the_output_is_documented(command, tmp_path):
    run = subprocess.run(
        [ASPAN, command, "--elements", ROOT / "tle" / "starter.csv", *SPAN],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    told = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "interfaces.md").read_text("utf-8")))

    assert run.returncode == 0, run.stderr
    given = names(json.loads(run.stdout))
    assert len(given) > 20
    assert sorted(given - told) == []
