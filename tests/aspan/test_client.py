"""The client against a running service and against the service's own OpenAPI document."""

import inspect
import re
from pathlib import Path
from typing import get_args

import httpx2
import pytest
from anyio.from_thread import start_blocking_portal
from pydantic import BaseModel

from app.api.schemas import PlanOrder
from app.api.schemas_executions import ExecutionReport
from app.application import open_application
from app.log import configure_log
from app.main import create_app
from aspan.client import AspanError, AsyncClient, Client, calls
from aspan.client.clients import AsyncMethod, SyncMethod
from tests.app.conftest import NOW_UTC, make_settings
from tests.app.serving import serve

ROOT = Path(__file__).parents[2]
ADMIN_KEY = "client-" + "k" * 40
PLACES = {
    "contact_id": "contact-1",
    "plan_id": "plan-1",
    "job_id": "job-1",
    "token": "t",
    "format": "csv",
    "report": ExecutionReport(state="completed"),
    "order": PlanOrder(days=1),
}


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    configure_log("critical")
    url = f"sqlite:///{tmp_path_factory.mktemp('client') / 'c.sqlite3'}"
    opened = open_application(make_settings(url), clock=lambda: NOW_UTC)
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def address(application):
    with serve(create_app(application)) as address:
        yield address


@pytest.fixture(scope="module")
def document(application):
    return create_app(application).openapi()


def sample(build):
    """A call with every argument given."""
    given = dict(PLACES)
    for name, parameter in inspect.signature(build).parameters.items():
        if name not in given:
            plain = {"int": 1, "float": 1.0, "bool": True, "Names": ("a",)}
            kind = str(parameter.annotation).replace("'", "").split(" ")[0]
            given[name] = plain.get(kind, "2026-09-06T12:00:00Z")
    names = inspect.signature(build).parameters
    return build(**{name: given[name] for name in names})


BUILDERS = [
    build
    for name, build in vars(calls).items()
    if inspect.isfunction(build) and build.__module__ == calls.__name__ and name[0] != "_"
]


def find_operation(document, call):
    """The operation of the document whose path a call's path fits; exact paths before others."""
    found = [
        path
        for path in document["paths"]
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), call.path)
        and call.method.lower() in document["paths"][path]
    ]
    assert found, f"{call.method} {call.path} is not in the document"
    return document["paths"][min(found, key=lambda path: path.count("{"))][call.method.lower()]


def answer_schema(operation):
    answers = {code: body for code, body in operation["responses"].items() if code[0] == "2"}
    (answer,) = answers.values()
    return answer["content"]


def faults_of(document, call):
    """What a call says that the document does not."""
    operation = find_operation(document, call)
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    faults = [f"parameter {name}" for name in call.params if name not in known]
    if issubclass(call.answer, BaseModel):
        reference = answer_schema(operation).get("application/json", {})["schema"].get("$ref", "")
        if reference.rpartition("/")[2] != call.answer.__name__:
            faults.append(f"answer {reference}")
    if call.body is not None:
        body = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        if body.rpartition("/")[2] != type(call.body).__name__:
            faults.append(f"body {body}")
    return faults


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_every_call_is_what_the_openapi_document_says(document, build):
    call = sample(build)

    assert faults_of(document, call) == []
    for name in call.params:  # every parameter of the call is reached by an argument
        assert name in inspect.signature(build).parameters


def test_the_check_sees_a_call_that_is_not_in_the_document(document):
    """Bite: a wrong parameter, a wrong answer, a wrong path."""
    wrong = calls.Call("GET", "/v1/contacts", calls.schemas.Stations, {"colour": "red"})

    assert faults_of(document, wrong) == [
        "parameter colour",
        "answer #/components/schemas/Reservations",
    ]
    with pytest.raises(AssertionError, match="not in the document"):
        faults_of(document, calls.Call("GET", "/v1/contact", str))


def test_both_clients_have_every_call():
    names = {build.__name__ for build in BUILDERS}
    waiting = {name for name, item in vars(Client).items() if isinstance(item, SyncMethod)}
    awaited = {name for name, item in vars(AsyncClient).items() if isinstance(item, AsyncMethod)}

    assert waiting == awaited == names
    assert get_args(calls.Instant)


class EnoughError(Exception):
    """Ends the example, which follows events for ever."""


def test_the_ten_lines_of_the_readme_run_as_they_stand(application, address):
    # Bite: a renamed method or field stops the example with an error.
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(from aspan\.client.*?)```", text, re.S)
    lines = [line for line in code.splitlines() if line]
    said = []

    def hear(*words):
        said.append(" ".join(str(word) for word in words))
        if sum(" contact " in line for line in said) == 2:  # booked and cancelled
            raise EnoughError

    with pytest.raises(EnoughError):
        exec(code.replace("http://127.0.0.1:8000", address), {"print": hear})
    (contact,) = application.store.reservations.list()[0]

    assert len(lines) <= 11  # the import and ten lines
    assert contact.state == "cancelled"
    assert said[0].startswith(f"{contact.reservation_id} 2026-")


def test_the_awaiting_client_does_the_same(address):
    async def use():
        async with AsyncClient(address) as client:
            free = (await client.available(satellite=["terra"])).available
            booked = await client.book(free[-1].token)
            again = await client.contact(booked.reservation_id)
            table = await client.export("csv", contact=[booked.reservation_id])
            async for event in client.events(kind=["contact"], after=0):
                if event.subject == booked.reservation_id:
                    break
            await client.cancel(booked.reservation_id)
            return booked, again, table, event

    with start_blocking_portal() as portal:  # a thread whose loop is its own
        booked, again, table, event = portal.call(use)

    assert again.reservation_id == booked.reservation_id
    assert booked.reservation_id in table
    assert (event.kind, event.subject) == ("contact", booked.reservation_id)


def test_a_booking_repeated_under_its_key_books_once(address):
    with Client(address) as client:
        token = client.available(satellite=["kazeosat-1"]).available[-1].token
        first = client.book(token, key="booking-one")
        second = client.book(token, key="booking-one")
        client.cancel(first.reservation_id)

    assert first.reservation_id == second.reservation_id


def test_a_refusal_is_an_error_with_its_problem(address):
    with Client(address) as client:
        with pytest.raises(AspanError, match="not known") as refused:
            client.contact("contact-none")
        with pytest.raises(AspanError) as unread:
            client.book("no token")

    assert (refused.value.status, refused.value.kind) == (404, "not-found")
    assert unread.value.problem["field"] == "token"


def test_a_stream_that_breaks_is_resumed_behind_the_last_event():
    # Bite: asking again without Last-Event-ID doubles the first event.
    asked = []

    def answer(request):
        asked.append(request.headers.get("last-event-id"))
        number = len(asked)
        event = (
            f'{{"event_id": {number}, "at_utc": "2026-09-06T12:00:00Z", "kind": "drift",'
            ' "subject": "c", "station_id": null, "antenna_id": null, "satellite_id": null,'
            ' "owner": "", "data": {}, "new_field": 1}'
        )
        text = f"retry: 10\n\n: nothing new\n\nid: {number}\ndata: {event}\n\n"
        return httpx2.Response(200, text=text, headers={"content-type": "text/event-stream"})

    with Client("http://aspan", transport=httpx2.MockTransport(answer), retry_s=0.0) as client:
        events = client.events()
        seen = [next(events).event_id for _ in range(3)]

    assert seen == [1, 2, 3]
    assert asked == [None, "1", "2"]


def test_a_stream_that_is_refused_is_not_asked_for_again():
    answer = httpx2.MockTransport(lambda request: httpx2.Response(401, json={"detail": "a key"}))

    with Client("http://aspan", transport=answer) as client, pytest.raises(AspanError, match="401"):
        next(client.events())


def test_the_key_is_sent_and_never_shown():
    sent = []

    def answer(request):
        sent.append(request.headers["authorization"])
        return httpx2.Response(500, text="<html>no")

    with Client("http://aspan", key=ADMIN_KEY, transport=httpx2.MockTransport(answer)) as client:
        with pytest.raises(AspanError) as refused:
            client.plans()
        shown = repr(client) + str(refused.value) + repr(client.plans)

    assert sent == [f"Bearer {ADMIN_KEY}"]
    assert ADMIN_KEY not in shown


def test_a_naive_instant_is_refused_before_it_is_sent():
    with pytest.raises(ValueError, match="no UTC offset"):
        calls.passes(start=NOW_UTC.replace(tzinfo=None))
