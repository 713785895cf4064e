"""The questions that CelesTrak is asked, and what its answers mean."""

from dataclasses import dataclass, field

import pytest

from tests.tle.element_builders import csv_text
from tle.sources.base import Query
from tle.sources.celestrak import CelestrakSource
from tle.sources.transport import HttpAnswer


@dataclass
class FakeTransport:
    status: int = 200
    body: bytes = b""
    urls: list[str] = field(default_factory=list)

    def get(self, url, *, headers=None):
        self.urls.append(url)
        return HttpAnswer(self.status, self.body)


@pytest.mark.parametrize(
    ("query", "tail"),
    [
        (Query("number", "25994"), "?CATNR=25994&FORMAT=CSV"),
        (Query("group", "weather"), "?GROUP=weather&FORMAT=CSV"),
    ],
)
def test_the_format_is_always_named(query, tail):
    transport = FakeTransport(body=csv_text().encode())

    CelestrakSource(transport).fetch(query)

    assert transport.urls == ["https://celestrak.org/NORAD/elements/gp.php" + tail]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, csv_text().encode(), "data"),
        (403, b"GP data has not updated since your last successful\ndownload", "not_modified"),
        (403, b"Forbidden", "refused"),
        (200, b"No GP data found", "no_data"),
        (404, b"No GP data found", "no_data"),
        (404, b"<html>404</html>", "refused"),
        (301, b"", "refused"),
        (429, b"", "refused"),
        (500, b"No GP data found", "refused"),
        (204, b"", "refused"),
    ],
)
def test_answers_are_judged_by_status_and_content(status, body, expected):
    answer = CelestrakSource(FakeTransport(status, body)).fetch(Query("group", "weather"))

    assert answer.status == expected
    assert answer.http_status == status


@pytest.mark.parametrize(
    "query",
    [Query("name", "x"), Query("number", "0"), Query("number", "A0000"), Query("group", "a&b=c"),
     Query("group", ""), Query("number", "1234567890"), Query("group", "x\nHost: y")],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_before_the_network(query):
    transport = FakeTransport()

    with pytest.raises(ValueError, match="is not group=NAME"):
        CelestrakSource(transport).fetch(query)

    assert transport.urls == []
