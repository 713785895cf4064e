"""One suite for every source of element sets: whatever happens, the answer is an Answer.

Bite: a source that lets SourceError through fails the second test.
"""

from __future__ import annotations

from dataclasses import fields

import pytest

from tle.errors import SourceError
from tle.sources import SOURCES
from tle.sources.base import Answer, Politeness, Query

# How each source is made, and a question it understands.
NEEDS = {
    "celestrak": ({}, Query("group", "weather")),
    "file": ({}, Query("file", "/no/such/folder/x.tle")),
    "space-track": ({"identity": "me", "password": "canary-5e1d"}, Query("numbers", "25994")),
    "url": (
        {"urls": {"ops": "https://data.example/x"}, "allowed_hosts": frozenset({"data.example"})},
        Query("url", "ops"),
    ),
}
EVERY = pytest.mark.parametrize("name", SOURCES)


class BrokenTransport:
    """A network that is not there."""

    def get(self, url, *, headers=None):
        raise SourceError("data.example: no connection")

    def post(self, url, form, *, headers=None):
        raise SourceError("data.example: no connection")


def make_source(name):
    kind, (arguments, _) = SOURCES[name], NEEDS[name]
    if "transport" in {field.name for field in fields(kind)}:
        arguments = arguments | {"transport": BrokenTransport()}
    return kind(**arguments)


@EVERY
def test_a_source_names_itself_and_its_manners(name):
    source = make_source(name)

    assert source.name == name
    assert isinstance(source.politeness, Politeness)
    if name != "file":
        assert source.politeness.interval_s >= 3600.0


@EVERY
def test_a_fault_on_the_way_is_an_answer_that_says_what(name):
    answer = make_source(name).fetch(NEEDS[name][1])

    assert isinstance(answer, Answer)
    assert (answer.status, answer.data) == ("failed", b"")
    assert len(answer.reason) > 5


@EVERY
def test_a_question_of_another_kind_is_refused_before_the_network(name):
    with pytest.raises(ValueError, match=r"^query: "):
        make_source(name).fetch(Query("weather-report", "tomorrow"))


@EVERY
def test_a_source_never_shows_its_secrets(name):
    assert "canary-5e1d" not in repr(make_source(name))
