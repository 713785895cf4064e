"""Figures for a monitoring system."""

from datetime import timedelta

from tests.app.conftest import NOW_UTC
from tle.refresh import Outcome
from tle.sources.base import Query


def read_metrics(client):
    lines = client.get("/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_elements_are_counted_by_grade(make_client):
    fresh = read_metrics(make_client())
    later = read_metrics(make_client(clock=lambda: NOW_UTC + timedelta(days=30)))

    assert fresh['aspan_served_satellites{grade="fresh"}'] > 20
    assert later['aspan_served_satellites{grade="fresh"}'] == 0
    assert later['aspan_served_satellites{grade="expired"}'] > 20
    assert later["aspan_oldest_elements_age_seconds"] > 29 * 86_400


def test_a_blocked_source_shows(client):
    memory = client.app.state.application.store.refresh_memory
    memory.commit(
        Outcome("celestrak", Query("group", "x"), NOW_UTC, NOW_UTC, "refused", "no", blocks=True)
    )

    assert read_metrics(client)['aspan_source_blocked{source="celestrak"}'] == 1
