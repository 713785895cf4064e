"""A page without a plan says why: none was ordered yet, or the order failed."""

from datetime import timedelta

import pytest

from tests.app.conftest import NOW_UTC

PERSON = {"Accept": "text/html", "Accept-Language": "ru"}
DETAIL = "elements: none is known of the 31 served satellites; refresh"


@pytest.mark.parametrize("path", ["/", "/plan"])
def test_a_page_without_a_plan_says_that_its_order_failed(make_client, path):
    """Bite: a page that says the first plan is computed at the start, whatever became of it."""
    client = make_client()
    jobs = client.app.state.application.store.jobs
    jobs.add("job-1", "plan", {}, runner="r", now_utc=NOW_UTC)
    waiting = client.get(path, headers=PERSON).text
    jobs.fail("job-1", {"reason": "bad_input", "detail": DETAIL}, now_utc=NOW_UTC)
    failed = client.get(path, headers=PERSON).text
    jobs.add("job-2", "plan", {}, runner="r", now_utc=NOW_UTC + timedelta(minutes=1))
    ordered_again = client.get(path, headers=PERSON).text

    assert "рассчитывается при запуске" in waiting
    assert "План не удалось рассчитать" in failed
    assert DETAIL in failed
    assert "рассчитывается при запуске" not in failed
    assert DETAIL not in ordered_again
