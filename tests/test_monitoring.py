"""Alert rules and dashboard name metrics that are there; each alert is explained."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from app.store.reservation_rows import draft_of
from tests.app.builders import make_contact, make_plan
from tests.app.conftest import NOW_UTC, make_client  # noqa: F401 (a fixture)
from tle.refresh import Outcome
from tle.sources.base import Query

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "deploy" / "monitoring"
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))
TRACKING = {
    "max_error_deg": 0.1,
    "rms_error_deg": 0.05,
    "interruptions": [],
    "stowed": True,
}


def names_in(expression):
    return set(re.findall(r"\baspan_\w+", expression))


def labels_in(expression):
    """Metric and label pairs of every selector of an expression."""
    return {
        (name, label)
        for name, inside in re.findall(r"\b(aspan_\w+){([^}]*)}", expression)
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", inside)
    }


def dashboard_expressions():
    queries = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [*queries, *(each["definition"] for each in DASHBOARD["templating"]["list"][1:])]


EXPRESSIONS = [*(rule["expr"] for rule in ALERTS), *dashboard_expressions()]


@pytest.fixture
def samples(make_client):  # noqa: F811
    """The metrics of a service in which everything has happened once, with their labels."""
    client = make_client(clock=lambda: NOW_UTC + timedelta(hours=1))
    store = client.app.state.application.store
    store.plans.add(make_plan(provenance={"solver_seconds": 1.5}), created_utc=NOW_UTC)
    first, second = store.reservations.book(
        [draft_of(make_contact(0, timing_bound95_s=1.0)), draft_of(make_contact(2))],
        who="dana",
        why="",
        now_utc=NOW_UTC,
        gap_rule=lambda one, other: 0.0,
    )
    done = min(first, second, key=lambda each: each.reserved_start_utc).reservation_id
    report = {"state": "failed", "cause": "weather", "actual_aos": "2026-09-06T12:00:00Z"}
    assert client.post(f"/v1/contacts/{done}/execution", json=report).status_code == 200
    from app.store.executions import Entry

    store.executions.keep(
        [Entry(done, {"tracking": TRACKING})], who="dana", why="", now_utc=NOW_UTC
    )
    store.executions.lock_out("kaznu", "antenna-1", who="dana", why="x", now_utc=NOW_UTC)
    store.nightly_runs.claim("2026-09-06", "r", now_utc=NOW_UTC)
    store.nightly_runs.finish("2026-09-06", "r", {}, now_utc=NOW_UTC)
    store.refresh_memory.commit(
        Outcome("celestrak", Query("group", "x"), NOW_UTC, NOW_UTC, "refused", "no", blocks=True)
    )
    text = client.get("/metrics").text
    return {
        (name, label)
        for name, inside in re.findall(r"^(aspan_\w+)(?:{([^}]*)})? ", text, re.M)
        for label in ["", *re.findall(r'(\w+)="', inside)]
    }


def test_every_metric_and_label_of_rules_and_dashboard_exists(samples):
    # Bite: a metric renamed in the code, or misspelt in a rule, is listed.
    known = {name for name, _ in samples}
    wanted = {name for text in EXPRESSIONS for name in names_in(text)}
    wanted_labels = {pair for text in EXPRESSIONS for pair in labels_in(text)}

    assert len(wanted) > 20
    assert sorted(wanted - known) == []
    assert sorted(wanted_labels - samples) == []


def test_every_metric_of_the_service_is_on_the_dashboard_or_in_a_rule(samples):
    used = {name for text in EXPRESSIONS for name in names_in(text)}

    assert sorted({name for name, _ in samples} - used - {"aspan_plans"}) == []


def test_the_check_sees_a_name_that_is_not_there():
    assert names_in("time() - aspan_nothing{a='b'} > 3") == {"aspan_nothing"}
    assert labels_in('sum(aspan_x{station=~"$s",colour!="red"})') == {
        ("aspan_x", "station"),
        ("aspan_x", "colour"),
    }


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_it_means_and_what_to_do(rule):
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| `{rule['alert']}` \|(.+)\|(.+)\|$", page, re.M)

    assert row, f"docs/operations.md has no row for {rule['alert']}"
    assert all(len(cell.split()) >= 4 for cell in row.groups())
    assert rule["annotations"]["summary"]
    assert rule["labels"]["severity"] in ("info", "warning", "critical")


def test_no_explained_alert_is_gone():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    told = set(re.findall(r"^\| `(Aspan\w+)` \|", page, re.M))
    assert told == {rule["alert"] for rule in ALERTS}


def test_panels_of_the_dashboard_do_not_overlap_and_have_units():
    cells = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in DASHBOARD["panels"])
