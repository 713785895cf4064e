"""A satellite's orbit status is shown and lowers the grade of its passes.

Bite: with ``orbits`` left empty in the choice the satellite stays fresh and steady.
"""

from dataclasses import replace
from datetime import timedelta

from tests.app.builders import make_elements
from tests.app.conftest import NOW_UTC
from tests.tle.histories import make_decay
from tle.refresh import Decision, Outcome
from tle.sources.base import Query

DAY = timedelta(days=1)


def read_satellite(client, name="kazeosat-1"):
    return client.get(f"/v1/satellites/{name}").json()["elements"]


def test_a_decaying_satellite_is_shown_and_its_passes_are_regraded(client):
    store = client.app.state.application.store
    sets = make_decay(20, lifetime_days=30.0)
    shift = NOW_UTC - sets[-1].epoch_utc - timedelta(hours=1)
    store.element_sets.add([replace(e, epoch_utc=e.epoch_utc + shift) for e in sets])

    elements = read_satellite(client)
    passes = client.get("/v1/passes?station=kaznu&satellite=kazeosat-1&days=1").json()["passes"]

    assert elements["orbit_status"] == "decaying"
    assert "days are left" in elements["orbit_note"]
    assert elements["grade"] == "stale"
    assert {p["element_grade"] for p in passes} == {"stale"}


def test_a_satellite_that_its_catalogue_no_longer_knows_is_lost(client):
    application = client.app.state.application
    old = make_elements()
    later = old.epoch_utc + 30 * DAY
    query = Query("number", str(old.norad_cat_id))

    assert read_satellite(client)["orbit_status"] == "steady"

    application.store.refresh_memory.claim(
        "celestrak", query, later, lambda memory: Decision(True, record_attempt=True)
    )
    application.store.refresh_memory.commit(Outcome("celestrak", query, later, later, "no_data"))

    assert read_satellite(client)["orbit_status"] == "lost"
    assert read_satellite(client)["grade"] == "expired"
