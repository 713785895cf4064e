"""What callers send: a field that nobody knows is refused, not passed over."""

FREE_FORM = {"/v1/studies", "/v1/problems/solve"}  # documents with readers of their own


def list_bodies(document):
    """Every JSON body that the service takes: (path, schema)."""
    for path, operations in document["paths"].items():
        for operation in operations.values():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" not in content:
                continue
            schema = content["application/json"]["schema"]
            parts = [part for part in schema.get("anyOf", [schema]) if "$ref" in part]
            for part in parts:
                yield path, document["components"]["schemas"][part["$ref"].rpartition("/")[2]]


def test_every_body_refuses_unknown_fields(client):
    """Bite: an order derived from Wire itself."""
    bodies = list(list_bodies(client.app.openapi()))

    loose = [path for path, schema in bodies if schema.get("additionalProperties") is not False]
    assert set(loose) <= FREE_FORM
    assert len(bodies) > 20


def test_a_slip_in_a_body_is_named(client):
    span = {"start": "2026-09-07T00:00:00Z", "end": "2026-09-07T01:00:00Z"}
    body = {"station": "kaznu", "antenna": "antenna-1", **span, "note": "painting"}

    answer = client.post("/v1/blocks", json=body)

    assert answer.status_code == 422
    assert "note" in answer.text
    assert client.get("/v1/contacts").json()["total"] == 0
