"""Who may write, and what pages of strangers may not do."""

import pytest

from app.errors import SettingsError
from app.main import check_exposure
from app.settings import Settings

KEY = "k" * 43
BAD_ORDER = {"satellite": ["unknown"]}  # passes the guard, then fails: nothing is computed


def test_on_loopback_writes_need_no_key(client):
    assert client.post("/v1/plans", json=BAD_ORDER).status_code == 404


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_other_addresses_are_refused_without_a_key(host):
    with pytest.raises(SettingsError, match="ASPAN_ADMIN_KEY"):
        check_exposure(Settings(host=host))
    check_exposure(Settings(host=host, admin_key=KEY))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_loopback_addresses_need_no_key(host):
    check_exposure(Settings(host=host))


def test_with_a_key_writes_need_it_and_reads_do_not(make_client):
    """Bite: without the dependency on the route the first answer is 404."""
    client = make_client(host="0.0.0.0", admin_key=KEY)
    without = client.post("/v1/plans", json=BAD_ORDER)
    wrong = client.post("/v1/plans", json=BAD_ORDER, headers={"Authorization": "Bearer no"})
    right = client.post("/v1/plans", json=BAD_ORDER, headers={"Authorization": f"Bearer {KEY}"})

    assert (without.status_code, wrong.status_code, right.status_code) == (401, 401, 404)
    assert without.text == wrong.text
    assert client.get("/v1/stations").status_code == 200


def test_writes_from_pages_of_another_origin_are_refused(client):
    """Bite: without the check of Origin the answers are 404."""
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert client.post("/v1/plans", json=BAD_ORDER, headers=headers).status_code == 403
    own = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/v1/plans", json=BAD_ORDER, headers=own).status_code == 404


def test_a_rebound_host_name_is_refused_on_loopback(client, make_client):
    assert client.get("/v1/stations", headers={"Host": "evil.example"}).status_code == 421
    named = make_client(allowed_hosts="station.example.org")
    assert named.get("/v1/plans", headers={"Host": "station.example.org"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/docs", "/v1/stations", "/nowhere", "/docs/files/start.js"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers

    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
