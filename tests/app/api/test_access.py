"""Every route for every role, from the OpenAPI document: a new route without a row fails."""

import re

import pytest

from app.access import KEY_ROLES, make_key

ADMIN_KEY = "a" * 43

# The least role of each operation; public ones need no key.
LEAST_ROLE = {
    "POST /v1/plans": "scheduler",
    "POST /v1/studies": "operator",
    "GET /v1/jobs": "viewer",
    "GET /v1/jobs/{job_id}": "viewer",
    "DELETE /v1/jobs/{job_id}": "operator",
    "POST /v1/jobs/{job_id}/stop": "operator",
    "GET /v1/plans": "viewer",
    "GET /v1/plans/{plan_id}": "viewer",
    "GET /v1/plans/{plan_id}/contacts": "viewer",
    "GET /v1/plans/{plan_id}/problem": "viewer",
    "GET /v1/plans/{plan_id}/diff/{new_plan_id}": "viewer",
    "GET /v1/plans/{plan_id}/history": "viewer",
    "POST /v1/plans/{plan_id}/publish": "scheduler",
    "POST /v1/plans/{plan_id}/withdraw": "scheduler",
    "GET /v1/audit": "admin",
    "GET /v1/notices": "viewer",
    "POST /v1/contacts/{contact_id}/advance": "operator",
    "POST /v1/contacts/{contact_id}/extend": "operator",
    "POST /v1/problems/solve": "operator",
    "GET /v1/plans/{plan_id}/explanations": "viewer",
    "GET /v1/plans/{plan_id}/explanations/{name}": "viewer",
    "GET /v1/plans/{plan_id}/fairness": "viewer",
    "GET /v1/usage": "viewer",
    "POST /v1/scenarios": "scheduler",
    "GET /v1/scenarios": "scheduler",
    "GET /v1/scenarios/{scenario_id}": "scheduler",
    "POST /v1/scenarios/{scenario_id}/promote": "scheduler",
    "DELETE /v1/scenarios/{scenario_id}": "scheduler",
    "GET /v1/usage/settlements/{station_id}/{month}": "viewer",
    "POST /v1/usage/settlements/{station_id}/{month}": "admin",
    "POST /v1/plans/{plan_id}/limiting-resource": "operator",
    "GET /v1/plans/{plan_id}/limiting-resource": "viewer",
    "POST /v1/element-sets": "operator",
    "POST /v1/element-sets/{element_set_id}/accept": "scheduler",
    "POST /v1/element-sets/{element_set_id}/reject": "scheduler",
    "POST /v1/sources/{source}/acknowledge": "operator",
    "GET /v1/contacts": "viewer",
    "GET /v1/contacts/{contact_id}": "viewer",
    "GET /v1/contacts/{contact_id}/events": "viewer",
    "GET /v1/configurations/{digest}": "operator",
    "GET /v1/contacts/{contact_id}/execution": "viewer",
    "POST /v1/contacts/{contact_id}/execution": "operator",
    "POST /v1/executions": "operator",
    "GET /v1/executions/timing": "viewer",
    "GET /v1/availability": "viewer",
    "GET /v1/lockouts": "viewer",
    "POST /v1/lockouts": "operator",
    "POST /v1/lockouts/end": "operator",
    "POST /v1/contacts/{contact_id}/cancel": "operator",
    "POST /v1/contacts/assess": "operator",
    "GET /v1/available-passes": "viewer",
    "POST /v1/contacts": "operator",
    "POST /v1/contacts/{contact_id}/move": "operator",
    "POST /v1/contacts/{contact_id}/pin": "operator",
    "POST /v1/blocks": "operator",
    "POST /v1/blocks/{block_id}/lift": "operator",
    "GET /v1/plans/{plan_id}/export": "viewer",
    "GET /v1/contacts/export": "viewer",
    "GET /v1/events": "viewer",
    "POST /v1/imports": "operator",
    "POST /v1/webhooks": "scheduler",
    "GET /v1/webhooks": "scheduler",
    "GET /v1/webhooks/{webhook_id}": "scheduler",
    "DELETE /v1/webhooks/{webhook_id}": "scheduler",
    "POST /v1/webhooks/{webhook_id}/state": "scheduler",
    "POST /v1/webhooks/{webhook_id}/test": "scheduler",
    "POST /v1/webhooks/{webhook_id}/replay": "scheduler",
    "GET /v1/webhooks/{webhook_id}/deliveries": "scheduler",
    "POST /v1/feeds": "viewer",
    "GET /v1/feeds": "viewer",
    "DELETE /v1/feeds/{feed_id}": "viewer",
    "GET /v1/keys": "admin",
    "POST /v1/keys": "admin",
    "POST /v1/keys/{key_id}/revoke": "admin",
}
# Geometry, element sets and health: nobody needs a key, and a wrong one does no harm.
PUBLIC = (
    "GET /healthz",
    "GET /metrics",
    "GET /readyz",
    "GET /v1/alerts",
    "GET /v1/element-sets",
    "GET /v1/element-sets/{element_set_id}",
    "GET /v1/feeds/{token}/calendar.ics",  # its token is the key
    "GET /v1/passes",
    "GET /v1/passes/{pass_id}/export",
    "GET /v1/passes/{pass_id}/track",
    "GET /v1/satellites",
    "GET /v1/satellites/{satellite_id}",
    "GET /v1/satellites/{satellite_id}/element-sets",
    "GET /v1/satellites/{satellite_id}/ground-track",
    "GET /v1/sources",
    "GET /v1/stations",
    "GET /v1/stations/{station_id}",
    "GET /v1/stations/{station_id}/daylight",
    "GET /v1/stations/{station_id}/sky",
)
BODIES = {
    "POST /v1/scenarios": {"name": "x", "changes": {}},
    "POST /v1/plans": {"satellite": ["unknown"]},
    "POST /v1/contacts": {"token": "none"},
    "POST /v1/contacts/{contact_id}/move": {"token": "none"},
    "POST /v1/contacts/{contact_id}/advance": {"verb": "start"},
    "POST /v1/blocks": {"station": "x", "antenna": "y", "start": "no", "end": "no"},
    "POST /v1/keys": {"name": "", "role": "viewer"},
}


def list_operations(client):
    document = client.get("/openapi.json").json()
    return [
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
    ]


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    """Give a service with one key a role, a key of another owner, an expired and a revoked one."""
    from datetime import UTC, datetime, timedelta

    from starlette.testclient import TestClient

    from app.application import open_application
    from app.main import create_app
    from app.settings import Settings

    now = datetime(2026, 9, 6, 12, tzinfo=UTC)
    url = f"sqlite:///{tmp_path_factory.mktemp('access') / 'a.sqlite3'}"
    settings = Settings(database_url=url, first_plan_days=0, admin_key=ADMIN_KEY)
    application = open_application(settings, clock=lambda: now)
    keys = {"none": None, "wrong": "aspan_wrong"}
    for role in KEY_ROLES:
        keys[role], kept = make_key(role, role, "", now_utc=now, expires_utc=None)
        application.store.api_keys.add(kept, who="test")
    keys["expired"], kept = make_key(
        "old", "admin", "", now_utc=now - timedelta(days=9), expires_utc=now - timedelta(days=1)
    )
    application.store.api_keys.add(kept, who="test")
    keys["revoked"], kept = make_key("gone", "admin", "", now_utc=now, expires_utc=None)
    application.store.api_keys.add(kept, who="test")
    application.store.api_keys.revoke(kept.key_id, who="test", now_utc=now)
    with TestClient(
        create_app(application), base_url="http://127.0.0.1:8000", raise_server_exceptions=False
    ) as client:
        yield client, keys
    application.store.close()


def ask(client, operation: str, key: str | None) -> int:
    method, path = operation.split(" ", 1)
    for part in re.findall(r"{(\w+)}", path):
        path = path.replace("{" + part + "}", "unknown")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body = BODIES.get(operation, {}) if method == "POST" else None
    return client.request(method, path, headers=headers, json=body).status_code


def test_every_operation_has_its_row(keyed):
    # Bite: a new route without a row here fails.
    assert sorted(list_operations(keyed[0])) == sorted([*LEAST_ROLE, *PUBLIC])


@pytest.mark.parametrize("operation", PUBLIC)
def test_what_is_public_asks_nobody_for_a_key(keyed, operation):
    client, keys = keyed

    statuses = {name: ask(client, operation, key) for name, key in keys.items()}

    assert {name for name, status in statuses.items() if status in (401, 403)} == set()


@pytest.fixture(scope="module")
def owned(keyed):
    """Give keys of two owners, each with every role, and a contact of the first."""
    from app.store.reservation_rows import draft_of
    from tests.app.builders import make_contact

    client, _ = keyed
    application = client.app.state.application
    keys = {}
    for owner in ("kaznu", "hainan"):
        for role in KEY_ROLES:
            keys[owner, role], kept = make_key(
                f"{owner} {role}", role, owner, now_utc=application.clock(), expires_utc=None
            )
            application.store.api_keys.add(kept, who="test")
    (booked,) = application.store.reservations.book(
        [draft_of(make_contact(30, satellite_id="secret-sat", pass_id="secret-pass"))],
        who="kaznu operator",
        why="secret",
        now_utc=application.clock(),
        gap_rule=lambda first, second: 0.0,
    )
    return client, keys, booked


@pytest.mark.parametrize("role", KEY_ROLES)
def test_no_operation_gives_or_changes_a_contact_of_another_owner(owned, role):
    # Bite: without require_own in any of these routes its answer is not 403 any more.
    client, keys, booked = owned
    operations = [name for name in LEAST_ROLE if "{contact_id}" in name]
    headers = {"Authorization": f"Bearer {keys['hainan', role]}"}

    for operation in operations:
        method, path = operation.split(" ", 1)
        body = BODIES.get(operation, {}) if method == "POST" else None
        path = path.replace("{contact_id}", booked.reservation_id)
        answer = client.request(method, path, headers=headers, json=body)
        assert "secret" not in answer.text, operation
        assert answer.status_code == (200 if path.count("/") == 3 else 403), operation
    assert client.app.state.application.store.reservations.read(booked.reservation_id) == booked


@pytest.mark.parametrize("role", KEY_ROLES)
def test_no_list_names_a_contact_of_another_owner_and_its_own_list_does(owned, role):
    client, keys, _ = owned
    paths = ["/v1/contacts", "/v1/notices", "/v1/contacts/export?format=json", "/v1/events?after=0"]
    if role == "admin":
        paths.append("/v1/audit")

    for path in paths:
        answers = {
            owner: client.get(path, headers={"Authorization": f"Bearer {keys[owner, role]}"})
            for owner in ("kaznu", "hainan")
        }
        assert {answer.status_code for answer in answers.values()} == {200}, path
        assert "secret" not in answers["hainan"].text, path
    assert (
        "secret-sat"
        in client.get(
            "/v1/contacts", headers={"Authorization": f"Bearer {keys['kaznu', role]}"}
        ).text
    )


def test_an_antenna_is_blocked_for_all_only_by_keys_of_no_owner(owned):
    """Bite: with OperatorDep at the two routes, or no look in the import, one owner blocks all."""
    client, keys, _ = owned
    application = client.app.state.application
    free, kept = make_key("desk", "operator", "", now_utc=application.clock(), expires_utc=None)
    application.store.api_keys.add(kept, who="test")
    span = {"start": "2026-09-20T00:00:00Z", "end": "2026-09-20T01:00:00Z"}
    block = {"station": "kaznu", "antenna": "antenna-1", **span}
    place = {"station": "kaznu", "antenna": "antenna-1"}
    text = "uid,start,end\na,2026-09-21T03:00:00Z,2026-09-21T04:00:00Z\n"
    order = {"text": text, "kind": "blocks", **place}

    def post(key, path, body):
        headers = {"Authorization": f"Bearer {key}"}
        return client.post(path, json=body, headers=headers)

    made = post(free, "/v1/blocks", block)
    lift = f"/v1/blocks/{made.json()['reservation_id']}/lift"
    bound = keys["kaznu", "operator"]
    tries = (("/v1/blocks", block), (lift, {}), ("/v1/imports", order))
    refused = [post(bound, path, body) for path, body in tries]

    assert [each.status_code for each in refused] == [403, 403, 403]
    assert "the key is bound to kaznu" in refused[0].json()["detail"]
    assert post(free, "/v1/imports", order).json()["booked"]
    assert post(free, lift, {}).json()["state"] == "lifted"


@pytest.mark.parametrize("operation", LEAST_ROLE)
def test_a_role_reaches_what_it_should_and_nothing_above(keyed, operation):
    # Bite: removing the role from any of these routes turns its 401 and 403 into something else.
    client, keys = keyed
    order = ["none", *KEY_ROLES]
    least = order.index(LEAST_ROLE[operation])

    for at, name in enumerate(order):
        status = ask(client, operation, keys[name])
        if at >= least:
            assert status not in (401, 403), name
        else:
            assert status == (401 if name == "none" else 403), name
    for name in ("wrong", "expired", "revoked"):
        assert ask(client, operation, keys[name]) == 401, name
    assert ask(client, operation, ADMIN_KEY) not in (401, 403)


def test_a_key_is_shown_once_and_kept_as_a_digest(keyed):
    client, keys = keyed
    headers = {"Authorization": f"Bearer {keys['admin']}"}
    order = {"name": "Ankara desk", "role": "viewer", "owner": "turkiye"}

    made = client.post("/v1/keys", json=order, headers=headers).json()
    listed = client.get("/v1/keys", headers=headers).text

    assert made["key"].startswith("aspan_")
    assert made["key"] not in listed
    assert made["key_id"] in listed


def test_an_admin_of_one_owner_makes_lists_and_revokes_keys_of_that_owner_alone(keyed):
    """Bite: without the look at principal.owner it makes itself a key that sees everything."""
    client, keys = keyed

    def ask(key, method, path, **order):
        headers = {"Authorization": f"Bearer {key}"}
        return client.request(method, path, headers=headers, json=order or None)

    order = {"name": "Ankara", "role": "admin", "owner": "turkiye"}
    bound = ask(keys["admin"], "POST", "/v1/keys", **order).json()["key"]
    other = ask(keys["admin"], "POST", "/v1/keys", **order | {"owner": "hainan"}).json()

    own = ask(bound, "POST", "/v1/keys", **order | {"name": "Izmir"})
    wider = [ask(bound, "POST", "/v1/keys", **order | {"owner": o}) for o in ("", "hainan")]
    listed = ask(bound, "GET", "/v1/keys").json()["keys"]

    assert own.status_code == 201
    assert [each.status_code for each in wider] == [403, 403]
    assert {each["owner"] for each in listed} == {"turkiye"}
    assert ask(bound, "POST", f"/v1/keys/{other['key_id']}/revoke").status_code == 404
    mine = f"/v1/keys/{own.json()['key_id']}/revoke"
    assert ask(bound, "POST", mine).status_code == 200


def test_a_key_of_an_owner_that_is_not_configured_is_refused_by_name(keyed):
    # Bite: without check_owners a key for "hainn" is made, and it never shows anything.
    client, keys = keyed
    headers = {"Authorization": f"Bearer {keys['admin']}"}

    refused = client.post(
        "/v1/keys", json={"name": "desk", "role": "viewer", "owner": "hainn"}, headers=headers
    )

    assert refused.status_code == 404
    assert "owner: 'hainn' is not configured" in refused.json()["detail"]
    assert "hainan" in refused.json()["detail"]
