"""Random requests made from the interface's own description: no 5xx, no undescribed answer."""

import os
from typing import Annotated

import pytest
import schemathesis
from fastapi import FastAPI, Query
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.api.errors import add_error_handlers
from app.application import open_application
from app.log import configure_log
from app.main import create_app
from tests.app.conftest import NOW_UTC, make_settings
from tests.app.serving import serve

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))  # for each operation; a night takes 1,000
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """Describe a running service that plans little and refuses much."""
    configure_log("critical")
    url = f"sqlite:///{tmp_path_factory.mktemp('fuzz') / 'fuzz.sqlite3'}"
    limits = {"span_limit_days": 1, "waiting_jobs_limit": 1, "satellite_days_limit": 10}
    application = open_application(make_settings(url, **limits), clock=lambda: NOW_UTC)
    with serve(create_app(application)) as address:
        yield schemathesis.openapi.from_url(f"{address}/openapi.json")
    application.store.close()


def fuzz(operation, examples, checks):
    """Send random requests of one operation; return what went wrong, or nothing."""

    @settings(BOUNDED, max_examples=examples)
    @given(case=operation.as_strategy())
    def probe(case):
        case.call_and_validate(checks=checks)

    try:
        probe()
    except BaseException as fault:  # a group of failures is no Exception everywhere
        return f"{operation.method.upper()} {operation.path}: {fault}"
    return None


def test_no_request_breaks_the_service_or_its_description(described):
    """Bite: test_the_fuzzer_finds_a_planted_fault."""
    operations = [found.ok() for found in described.get_all_operations()]
    faults = [fault for each in operations if (fault := fuzz(each, EXAMPLES, CHECKS))]

    assert len(operations) > 20
    assert faults == []


def test_the_fuzzer_finds_a_planted_fault():
    app = FastAPI()
    add_error_handlers(app)

    @app.get("/quotient")
    def divide(n: Annotated[int, Query(ge=0, le=1_000)]) -> float:
        return 1 / (n - 13)

    with serve(app) as address:
        planted = schemathesis.openapi.from_url(f"{address}/openapi.json")

        fault = fuzz(planted["/quotient"]["GET"], 3_000, [not_a_server_error])

    assert "Server error" in str(fault)
