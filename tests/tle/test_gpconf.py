"""The conformance corpus gpconf, its cases that run without network.

Provider files that the corpus would fetch are not here: their cases are reported as not fetched,
never as passed. Bite: the corpus's own ``naive`` preset fails all of these cases.
"""

import json
import subprocess
import sys

GRADED_OFFLINE = {
    "alpha5-encoding-vectors", "alpha5-tle-derived", "kvn-syntax-variants", "tle-writer-alpha5",
    "corrupt-input",
}  # fmt: skip


def run_corpus(tmp_path, *choice):
    """Return the status of every case for a parser."""
    report = tmp_path / "report.json"
    subprocess.run(
        [sys.executable, "-m", "gpconf", "run", *choice, "--no-fetch-hint", "--data",
         str(tmp_path / "nothing"), "--json", str(report)],
        check=False, capture_output=True, timeout=120,
    )  # fmt: skip
    return {case["case"]: case["status"] for case in json.loads(report.read_text())["results"]}


def test_every_case_that_can_be_graded_offline_passes(tmp_path):
    statuses = run_corpus(tmp_path, "--adapter", "tests.tle.gpconf_adapter:Parser")

    graded = {case: s for case, s in statuses.items() if s in ("pass", "pass-tolerance", "fail")}
    assert set(graded) == GRADED_OFFLINE
    assert set(graded.values()) <= {"pass", "pass-tolerance"}


def test_the_corpus_fails_a_naive_parser(tmp_path):
    statuses = run_corpus(tmp_path, "--preset", "naive")

    assert {statuses[case] for case in GRADED_OFFLINE} == {"fail"}
