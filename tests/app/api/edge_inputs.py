"""Edge inputs for every parameter and every field of a body that an OpenAPI document describes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

# As a query or path has them, and as JSON: numbers without a value or a place in 64 bits, bytes
# that a database or UTF-8 refuses, instants at and beyond the ends of the calendar, text that is
# too long, a span of a billion days, a number longer than Python converts, and wrong kinds.
EDGES: tuple[tuple[str, str], ...] = (
    ("nan", "NaN"),
    ("-inf", "-Infinity"),
    ("1e400", "1e400"),
    (str(2**63), str(2**63)),
    (str(-(2**63) - 1), str(-(2**63) - 1)),
    ("1000000000", "1e9"),
    ("9" * 5_000, "9" * 5_000),
    ("-0.0", "-0.0"),
    ("a%00b", r'"a\u0000b"'),
    ("%ED%A0%80", r'"a\ud800b"'),
    ("0001-01-01T00:00:00Z", '"0001-01-01T00:00:00Z"'),
    ("0001-01-01T00:00:00%2B14:00", '"0001-01-01T00:00:00+14:00"'),
    ("9999-12-31T23:59:59.999999Z", '"9999-12-31T23:59:59.999999Z"'),
    ("9999-12-31T23:59:59-14:00", '"9999-12-31T23:59:59-14:00"'),
    ("x" * 20_000, json.dumps("x" * 20_000)),
    ("", '""'),
    ("null", "null"),
)
_HOLE = "\x01"


@dataclass(frozen=True)
class Probe:
    """One request: an operation with one edge in one place, all else as it should be."""

    method: str
    url: str
    place: str
    edge: str
    body: bytes | None = None
    headers: Mapping[str, str | bytes] = field(default_factory=dict)


def list_probes(document: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Probe]:
    """Put every edge in every place of every operation.

    ``known`` gives good values: by name for what is required, by path for what else is sent along.
    """
    for path, verbs in document["paths"].items():
        for method, operation in verbs.items():
            good = {**known, **known.get(path, {})}
            parameters = operation.get("parameters", [])
            properties, required = _find_body(document, operation)
            body = {name: good[name] for name in (*required, *known.get(path, ()))}
            body = {name: value for name, value in body.items() if name in properties}
            sent = body if "requestBody" in operation else None
            asked = [each["name"] for each in parameters if each["required"]]
            values = {name: good[name] for name in (*asked, *known.get(path, ()))}
            for probed in parameters:
                for text, _ in EDGES:
                    yield _fill(method, path, parameters, values, probed["name"], text, sent)
            base = _fill(method, path, parameters, values, "", "", None)
            for name in properties:
                for _, value in EDGES:
                    holed = {**body, name: [_HOLE] if _is_list(properties[name]) else _HOLE}
                    written = json.dumps(holed).replace(json.dumps(_HOLE), value).encode()
                    yield Probe(base.method, base.url, f"body {name}", value[:40], written)


def _find_body(
    document: Mapping[str, Any], operation: Mapping[str, Any]
) -> tuple[Mapping[str, Any], list[str]]:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema.get("properties", {}), schema.get("required", [])


def _is_list(schema: Mapping[str, Any]) -> bool:
    return any(each.get("type") == "array" for each in (schema, *schema.get("anyOf", ())))


def _fill(
    method: str,
    path: str,
    parameters: list[Mapping[str, Any]],
    known: Mapping[str, Any],
    probed: str,
    text: str,
    body: Mapping[str, Any] | None,
) -> Probe:
    query, headers = [], {}
    for each in parameters:
        name, is_probed = each["name"], each["name"] == probed
        good = known.get(name)
        if each["in"] == "path":
            path = path.replace(f"{{{name}}}", text if is_probed else quote(str(good)))
        elif is_probed and each["in"] == "header":
            headers[name] = text[:5_000].encode()
        elif is_probed:
            query.append(f"{name}={text}")
        elif good is not None and each["in"] == "query":
            query.append(urlencode({name: good}))
    url = path + ("?" + "&".join(query) if query else "")
    content = None if body is None else json.dumps(body).encode()
    return Probe(method, url, probed, text[:40], content, headers)


def find_faults(client: Any, probes: Sequence[Probe]) -> tuple[Counter[int], list[str]]:
    """Send them all; return the answers by status, and what was answered with 5xx."""
    answers, faults = Counter[int](), []
    for probe in probes:
        answer = client.request(
            probe.method.upper(),
            probe.url,
            content=probe.body,
            headers={"Content-Type": "application/json", **probe.headers},
        )
        answers[answer.status_code] += 1
        if answer.status_code >= 500:
            said = answer.text[:200]
            faults.append(f"{probe.method} {probe.url[:90]}, {probe.place} = {probe.edge}: {said}")
    return answers, faults
