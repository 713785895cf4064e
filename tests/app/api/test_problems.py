"""Every error is a problem document; no input brings the service down."""

import json
import math

import pytest

EDGES = [
    "",
    " ",
    "NaN",
    "inf",
    "-1",
    "1e308",
    str(2**63),
    str(-(2**63) - 1),
    "\x00",
    "\ud800",
    "a" * 20_000,
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-09-06T12:00:00",
    "2026-09-06T23:59:60Z",
    "2026-02-30T00:00:00Z",
    "'; DROP TABLE plan; --",
]
PASS_QUERY = (
    *("station", "satellite", "start", "end", "days"),
    *("min_elevation", "no_mask", "limit", "offset"),
)
LISTS = ("/v1/plans", "/v1/jobs", "/v1/stations", "/v1/satellites")
QUERIES = [("/v1/passes", name) for name in PASS_QUERY]
QUERIES += [(path, name) for path in LISTS for name in ("limit", "offset")]
PATHS = [
    *("/v1/plans/{}", "/v1/plans/{}/contacts", "/v1/jobs/{}"),
    *("/v1/stations/{}", "/v1/satellites/{}"),
]
ORDER = {"station": [], "satellite": [], "start": None, "end": None, "days": None}
ORDER |= {"min_elevation": None, "no_mask": False, "solver": "ilp", "time_limit": 5, "seed": 1}


def is_problem(response):
    if not 400 <= response.status_code < 500:
        return False
    if response.headers["content-type"] != "application/problem+json":
        return False
    body = response.json()
    return body["status"] == response.status_code and body["type"].startswith("urn:aspan:problem:")


@pytest.mark.parametrize(("path", "name"), QUERIES)
def test_edge_values_of_query_parameters_never_break_the_service(client, path, name):
    """Bite: the planted division in test_the_fuzzer_finds_a_planted_fault."""
    for edge in EDGES:
        query = {"satellite": "39731"} if path == "/v1/passes" else {}
        query[name] = edge.encode("utf-8", "surrogatepass")
        response = client.get(path, params=query)

        assert response.status_code == 200 or is_problem(response), (edge[:40], response.text[:300])


@pytest.mark.parametrize("path", PATHS)
def test_edge_values_in_paths_are_not_found(client, path):
    for edge in EDGES:
        text = "".join(f"%{byte:02X}" for byte in edge[:200].encode("utf-8", "surrogatepass"))
        response = client.get(path.format(text))

        assert response.status_code == 200 or is_problem(response), (edge[:40], response.text[:300])


@pytest.mark.parametrize("name", sorted(ORDER))
def test_edge_values_in_an_order_are_refused_or_taken(client, name):
    extra = [math.nan, 2**63, -1, [], {}, True, None, 1e308, [["deep"]]]
    unknown = {"station": ["unknown"]} if name == "satellite" else {"satellite": ["unknown"]}
    for edge in [*EDGES, *extra]:
        body = json.dumps(ORDER | unknown | {name: edge})
        response = client.post(
            "/v1/plans", content=body, headers={"Content-Type": "application/json"}
        )

        assert is_problem(response), (name, str(edge)[:40], response.text[:300])


def test_deep_and_broken_json_is_refused(client):
    for body in (b"[" * 100_000, b'{"station":', b"\xff\xfe", b"null", b'{"a":' * 5000 + b"1"):
        response = client.post(
            "/v1/plans", content=body, headers={"Content-Type": "application/json"}
        )

        assert is_problem(response), response.text[:300]


def test_a_path_that_does_not_exist_is_a_problem_document(client):
    assert is_problem(client.get("/nowhere"))
    assert client.get("/nowhere").json()["status"] == 404
    assert is_problem(client.delete("/v1/stations"))


def test_an_unexpected_error_is_a_problem_document_without_details(client):
    client.app.state.application = "not an application"
    response = client.get("/v1/stations")

    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "attribute" not in response.text
    assert "frame-ancestors" in response.headers["content-security-policy"]


def test_a_body_over_the_limit_is_refused(make_client):
    client = make_client(body_limit_bytes=1_000)
    known = client.post("/v1/plans", content=b"x" * 2_000)
    streamed = client.post("/v1/plans", content=iter([b"x" * 600, b"x" * 600]))

    assert known.status_code == streamed.status_code == 413
    assert is_problem(known)
    assert is_problem(streamed)
