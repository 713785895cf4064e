"""Element sets over HTTP: upload, quarantine, history; sources and their acknowledgement."""

from datetime import timedelta

import pytest

from app.store import open_store
from tests.app.builders import make_elements
from tle.omm_format import write_omm_csv
from tle.reading_result import Refusal
from tle.refresh import Alert, Outcome
from tle.sources.base import Query


def upload(client, *sets, **fields):
    return client.post("/v1/element-sets", json={"text": write_omm_csv(sets)} | fields)


def test_an_uploaded_set_serves_its_satellite(client):
    newer = make_elements(hours=2, mean_anomaly_deg=14.0)
    answer = upload(client, newer)
    history = client.get("/v1/satellites/kazeosat-1/element-sets").json()

    assert answer.status_code == 201
    assert answer.json()["new_count"] == 1
    assert history["total"] == 2
    assert history["element_sets"][0]["element_set_id"] == newer.element_set_id


def test_a_set_given_to_a_satellite_without_a_number_serves_it(client):
    """Terra gets elements without a number; they are newer, so they serve."""
    answer = upload(client, make_elements(None, hours=24, object_id=""), satellite="dear-5")
    satellite = client.get("/v1/satellites/dear-5").json()

    assert answer.json()["element_sets"][0]["verdict"] == "accepted"
    assert (
        satellite["elements"]["element_set_id"]
        == make_elements(None, hours=24, object_id="").element_set_id
    )


def test_a_jump_of_the_plane_waits_in_quarantine_until_a_person_decides(client):
    jumped = make_elements(hours=12, inclination_deg=97.0)
    verdict = upload(client, jumped).json()["element_sets"][0]
    waiting = client.get("/v1/element-sets").json()["element_sets"]
    address = f"/v1/element-sets/{jumped.element_set_id}"
    before = client.get("/v1/satellites/kazeosat-1").json()["elements"]["element_set_id"]
    accepted = client.post(f"{address}/accept", json={"why": "the operator confirms it"})
    again = client.post(f"{address}/reject", json={"why": "changed my mind"})
    entries, _ = client.app.state.application.store.audit.list()

    assert verdict["verdict"] == "quarantined"
    assert [each["element_set_id"] for each in waiting] == [jumped.element_set_id]
    assert before != jumped.element_set_id
    assert accepted.json()["verdict"] == "accepted"
    assert again.status_code == 409
    assert [(e.action, e.detail["why"]) for e in entries if "why" in e.detail] == [
        ("accepted_element_set", "the operator confirms it")
    ]


def test_bad_sets_are_refused_with_line_and_field_and_good_ones_kept(client):
    lines = write_omm_csv([make_elements(hours=2), make_elements(25994)]).splitlines()
    lines[2] = lines[2].replace("98.3142", "198.3142")
    answer = client.post("/v1/element-sets", json={"text": "\n".join(lines) + "\n"}).json()

    assert [each["norad_cat_id"] for each in answer["element_sets"]] == [39731]
    assert (answer["refused"][0]["line"], answer["refused"][0]["field"]) == (3, "INCLINATION")


@pytest.mark.parametrize("text", ["<html>", "nothing", "\x00\x01", "1 2 3\n" * 1000])
def test_nonsense_is_refused_as_a_whole(client, text):
    answer = client.post("/v1/element-sets", json={"text": text})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["refused"][0]["reason"] in answer.json()["detail"]


def test_a_blocked_source_is_shown_and_acknowledged_by_a_person(client):
    application = client.app.state.application
    now_utc = application.clock()
    application.store.refresh_memory.commit(
        Outcome(
            "celestrak",
            Query("group", "weather"),
            now_utc,
            now_utc + timedelta(seconds=1),
            "refused",
            "HTTP 500",
            blocks=True,
            refused=(Refusal(3, "X", 7, "BSTAR", "not a number"),),
            alerts=(Alert("missing", "25994 is missing", 25994),),
        )
    )
    ready = client.get("/readyz").json()
    source = client.get("/v1/sources").json()["sources"][0]
    alerts = client.get("/v1/alerts").json()
    first = client.post("/v1/sources/celestrak/acknowledge")
    second = client.post("/v1/sources/celestrak/acknowledge")

    assert "HTTP 500" in ready["checks"]["source celestrak"]
    assert source["blocked_reason"] == "HTTP 500"
    assert alerts["total"] == 1
    assert first.json()["blocked_utc"] is None
    assert second.status_code == 404


def test_the_store_refuses_to_open_a_folder(tmp_path):
    with pytest.raises(Exception, match="cannot be"):
        open_store(f"sqlite:///{tmp_path}")
