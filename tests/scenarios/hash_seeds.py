"""The plan of a day, made by a process of its own with a hash seed of its own, as one digest."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

SPAN = ("--start", "2026-09-06T12:00:00Z", "--days", "1")
OWN = ("created_utc", "solver_seconds", "stages")  # of the run, not of the plan


def digest_plan(database_url: str, hash_seed: int) -> str:
    """Plan a day from the elements of a database; digest all but what belongs to the run."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "plan", *SPAN, "--format", "json",
         "--database-url", database_url],
        env=os.environ | {"PYTHONHASHSEED": str(hash_seed)},
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    plan = json.loads(done.stdout)
    assert plan.pop("plan_id")
    assert len(plan["contacts"]) > 50
    for name in OWN:
        del plan["provenance"][name]
    return hashlib.sha256(json.dumps(plan).encode()).hexdigest()
