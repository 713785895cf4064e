"""Local files, named addresses, Space-Track."""

import pytest

from tests.tle.element_builders import csv_text
from tle.errors import SourceError
from tle.sources.base import Query
from tle.sources.http_url import HttpUrlSource
from tle.sources.local_file import LocalFileSource, list_file_queries
from tle.sources.spacetrack import SpaceTrackSource
from tle.sources.transport import HttpAnswer

SECRET = "canary-81c2"


class FakeTransport:
    def __init__(self, *answers):
        self.answers, self.calls = list(answers), []

    def get(self, url, *, headers=None):
        self.calls.append(("GET", url, dict(headers or {})))
        return self._next()

    def post(self, url, form, *, headers=None):
        self.calls.append(("POST", url, dict(form)))
        return self._next()

    def _next(self):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_folder_gives_its_visible_files_in_the_order_of_names(tmp_path):
    for name in ("b.csv", "a.tle", ".hidden"):
        (tmp_path / name).write_text(csv_text())
    (tmp_path / "sub").mkdir()

    queries = list_file_queries(tmp_path)

    assert [query.value for query in queries] == [str(tmp_path / n) for n in ("a.tle", "b.csv")]
    assert LocalFileSource().fetch(queries[0]).data == csv_text().encode()


def test_a_missing_or_huge_file_is_an_answer(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"x" * 11)

    assert "larger" in LocalFileSource(max_bytes=10).fetch(Query("file", str(path))).reason
    assert LocalFileSource().fetch(Query("file", str(tmp_path / "no"))).status == "failed"


def test_an_address_off_the_list_is_refused_when_configured():
    with pytest.raises(ValueError, match=r"evil\.example.*not on the list"):
        HttpUrlSource({"a": "https://evil.example/x"}, frozenset({"data.example"}))


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, "data"), (304, "not_modified"), (404, "refused"), (302, "refused")],
)
def test_a_named_address_is_asked_by_name_and_never_spelt(status, expected):
    transport = FakeTransport(HttpAnswer(status, b"x"))
    source = HttpUrlSource(
        {"ops": f"https://data.example/tle?key={SECRET}"}, frozenset({"data.example"}), transport
    )

    answer = source.fetch(Query("url", "ops"))

    assert answer.status == expected
    assert SECRET not in f"{source!r} {answer!r}"


def login(status=200, body=b'""', cookie="chocolatechip=abc; path=/; HttpOnly"):
    return HttpAnswer(status, body, {"set-cookie": cookie})


def ask_space_track(*answers):
    transport = FakeTransport(*answers)
    source = SpaceTrackSource("me", SECRET, transport)
    return source.fetch(Query("numbers", "25994,100000")), transport, source


def test_space_track_logs_in_and_asks_once_for_recent_sets():
    answer, transport, source = ask_space_track(login(), HttpAnswer(200, b'[{"EPOCH": ""}]'))

    assert answer.status == "data"
    assert [call[0] for call in transport.calls] == ["POST", "GET"]
    assert transport.calls[0][2] == {"identity": "me", "password": SECRET}
    assert "/NORAD_CAT_ID/25994,100000/decay_date/null-val/epoch/%3Enow-10" in transport.calls[1][1]
    assert transport.calls[1][2] == {"Cookie": "chocolatechip=abc"}
    assert SECRET not in f"{source!r} {answer!r}"


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([login(body=b'{"Login":"Failed"}')], "refused"),
        ([login(status=401)], "refused"),
        ([login(), HttpAnswer(500, b"")], "refused"),
        ([login(), HttpAnswer(200, b"[]")], "no_data"),
        ([SourceError("www.space-track.org: no connection")], "failed"),
    ],
)
def test_every_refusal_of_space_track_is_an_answer(answers, status):
    assert ask_space_track(*answers)[0].status == status


def test_space_track_takes_only_a_list_of_numbers():
    with pytest.raises(ValueError, match="is not numbers="):
        SpaceTrackSource("me", SECRET).fetch(Query("numbers", "1;drop"))
