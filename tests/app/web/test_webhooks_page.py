"""The webhooks page is for who may change webhooks, and tells each what is theirs."""

from app.access import make_key
from tests.app.conftest import NOW_UTC

PERSON = {"Accept": "text/html"}


def test_the_page_lists_addresses_without_their_secrets(make_client):
    client = make_client(webhook_hosts="ops.example")
    order = {"url": "https://ops.example/x", "kinds": ["drift"]}
    made = client.post("/v1/webhooks", json=order).json()

    text = client.get("/webhooks", headers=PERSON).text

    assert "https://ops.example/x" in text
    assert made["webhook_id"] in text
    assert made["secret"] not in text


def test_who_may_not_change_webhooks_does_not_see_them(make_client):
    """Bite: a page that asks for no role."""
    client = make_client(admin_key="a" * 43, webhook_hosts="ops.example")
    text, key = make_key("desk", "viewer", "", now_utc=NOW_UTC, expires_utc=None)
    client.app.state.application.store.api_keys.add(key, who="test")
    viewer = {"Authorization": f"Bearer {text}", **PERSON}

    assert client.get("/webhooks", headers=viewer).status_code == 403
    assert "/webhooks" not in client.get("/", headers=viewer).text
