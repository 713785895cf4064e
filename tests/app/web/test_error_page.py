"""Errors as pages: a person's browser gets a page in its language, a program its problem."""

from dataclasses import replace

import pytest

PERSON = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "kk"}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nowhere", 404), ("/?station=atlantis", 404), ("/elements/nobody", 404)],
)
def test_a_person_reads_an_error_as_a_page_in_the_own_language(client, path, status):
    # Bite: without show_errors_as_pages() it is JSON.
    answer = client.get(path, headers=PERSON)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert 'lang="kk"' in answer.text
    assert "Бұл мекенжайда ештеңе жоқ" in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_the_page_says_what_was_wrong(client):
    text = client.get("/?station=atlantis", headers=PERSON).text

    assert "atlantis" in text
    assert "<script>alert" not in client.get("/?station=<script>alert", headers=PERSON).text


@pytest.mark.parametrize(
    ("path", "accept"), [("/v1/satellites/nobody", "text/html"), ("/nowhere", "application/json")]
)
def test_programs_keep_their_problem_documents(client, path, accept):
    # Bite: _wants_page() that answers True to all.
    answer = client.get(path, headers={"Accept": accept})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_error_page_does_not_need_the_database(client):
    # Bite: a page that looks up who visits (_find_visitor in begin_as()) fails without the store.
    state = client.app.state
    state.application = replace(state.application, store=None)

    answer = client.get("/nowhere", headers=PERSON)

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
