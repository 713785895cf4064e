"""A satellite's orbit status is shown and lowers the grade of its passes.

Bite: with ``orbits`` left empty in the choice the satellite stays fresh and steady.
"""

from dataclasses import replace
from datetime import timedelta

from tests.app.builders import make_elements
from tests.app.conftest import NOW_UTC
from tests.tle.histories import make_decay, make_history
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


def test_after_a_manoeuvre_both_aos_are_told_until_a_second_set_agrees(client):
    """Bite: with ``alternative`` unused the field stays null and the table has no remark."""
    store = client.app.state.application.store
    before, jumped, confirming = make_jump(NOW_UTC)
    ask = "/v1/passes?station=kaznu&satellite=imece&days=1"

    store.element_sets.add([before, jumped])
    doubtful = client.get(ask).json()["passes"]
    table = client.get(f"{ask}&format=csv").text
    store.element_sets.add([confirming])
    settled = client.get(ask).json()["passes"]

    assert {p["element_set_id"] for p in doubtful} == {jumped.element_set_id}
    assert all(p["alternative_aos_utc"] for p in doubtful[1:])
    assert all(p["element_grade"] == "ageing" for p in doubtful)
    assert doubtful[1]["alternative_aos_utc"] in table
    assert all(p["alternative_aos_utc"] is None for p in settled)


def make_jump(now_utc):
    """Fly straight, be raised, be seen there again: three sets, a day apart."""
    sets = make_history(4, drag_noise=0.0, manoeuvres=[(1, -6e-5)])[1:]
    shift = now_utc - sets[-1].epoch_utc - timedelta(hours=1)
    return [
        replace(
            e,
            norad_cat_id=56178,  # none of the bundled sets
            epoch_utc=e.epoch_utc + shift,
            received_utc=now_utc - timedelta(minutes=30),
        )
        for e in sets
    ]
