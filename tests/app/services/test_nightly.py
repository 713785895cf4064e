"""The nightly job: once a night, however many start it, and behind a dead run's steps."""

import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from app.application import open_application
from app.commands.nightly import describe_step
from app.errors import InputError
from app.services.nightly import NightlyJob, NightlyReport
from app.settings import Settings
from app.store.reservation_rows import draft_of
from tests.app.builders import make_contact

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)


class CountingRefresh:
    """A refresh that asks nobody and counts how often it is called."""

    def __init__(self, faults=()):
        self.calls = 0
        self.faults = faults

    def refresh_served(self):
        self.calls += 1
        return [
            SimpleNamespace(
                new_count=0, status="failed", source="s", query=SimpleNamespace(key="q"), reason=why
            )
            for why in self.faults
        ]


@pytest.fixture
def application(database_url):
    settings = Settings(database_url=database_url, first_plan_days=0, freeze_s=0)
    opened = open_application(settings, clock=lambda: NOW)
    yield opened
    opened.store.close()


def make_job(application, refresh):
    return NightlyJob(
        application.settings,
        application.store,
        refresh,
        application.planning,
        application.contacts,
        application.drift_watch,
        application.clock,
    )


def run(application, refresh, **more):
    how = {"policy": "propose", "days": 0.2, "on_step": lambda name, figures: None} | more
    return make_job(application, refresh).run(**how)


def test_eight_starts_at_once_do_the_work_once(application):
    # Bite: a claim without the row's lock and unique night lets several threads refresh.
    refresh = CountingRefresh()
    verdicts = []
    start = threading.Barrier(8)

    def begin():
        start.wait()
        verdicts.append(run(application, refresh).verdict)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refresh.calls == 1
    assert verdicts.count("done") == 1
    assert set(verdicts) <= {"done", "running_elsewhere", "already_done"}
    assert application.store.plans.list(limit=10)[1] == 1


def test_a_dead_run_is_taken_over_behind_its_last_step(application):
    runs = application.store.nightly_runs
    night = NOW.date().isoformat()
    runs.claim(night, "dead", now_utc=NOW - timedelta(seconds=61))
    runs.report(night, "dead", {"refresh": {"asked": 3}}, now_utc=NOW - timedelta(seconds=61))
    refresh = CountingRefresh()

    report = run(application, refresh)

    assert (refresh.calls, report.verdict) == (0, "done")
    assert report.steps["refresh"] == {"asked": 3}
    assert report.steps["plan"]["contacts"] > 0


def test_a_living_run_is_left_alone(application):
    application.store.nightly_runs.claim(NOW.date().isoformat(), "other", now_utc=NOW)

    assert run(application, CountingRefresh()).verdict == "running_elsewhere"


def test_publishing_by_policy_reserves_the_plan(application):
    report = run(application, CountingRefresh(), policy="publish")

    assert report.steps["publish"]["published"] is True
    assert report.steps["publish"]["booked"] == report.steps["plan"]["contacts"]
    assert application.store.plan_states.list_published() == (report.steps["plan"]["plan_id"],)
    assert not report.needs_attention


def test_a_proposal_says_what_it_would_change_and_books_nothing(application):
    report = run(application, CountingRefresh())

    assert report.steps["publish"]["published"] is False
    assert report.steps["publish"]["booked"] == report.steps["plan"]["contacts"] > 0
    assert application.store.reservations.list()[1] == 0


def test_a_run_that_died_after_storing_its_plan_leaves_one_plan_for_the_night(application):
    # Bite: a plan id that is drawn anew by each run leaves two plans.
    first = run(application, CountingRefresh())
    with application.store._engine.begin() as connection:
        connection.execute(text("UPDATE nightly_run SET finished_utc = NULL, steps = '{}'"))
        connection.execute(text("UPDATE nightly_run SET heartbeat_utc = '2026-09-06 11:00:00'"))

    second = run(application, CountingRefresh())

    assert second.verdict == "done"
    assert second.steps["plan"] == first.steps["plan"]
    assert application.store.plans.list(limit=10)[1] == 1


def test_a_fault_of_a_source_asks_for_a_person_but_stops_nothing(application):
    report = run(application, CountingRefresh(faults=("down",)))

    assert report.needs_attention
    assert report.steps["refresh"]["faults"] == ["s q: down"]
    assert "plan_id" in report.steps["plan"]


def test_a_night_without_a_plan_asks_for_a_person_and_publishes_nothing(application, monkeypatch):
    """Bite: where ``_plan_again`` let the error through, or ``_publish`` took a plan for granted,
    the night ended with it.
    """

    def refuse(task, on_progress):
        raise InputError("pins", "no plan: pinned a and pinned b exclude each other")

    monkeypatch.setattr("app.services.nightly.compute_plan", refuse)
    report = run(application, CountingRefresh(), policy="publish")

    assert report.needs_attention
    assert "exclude each other" in report.steps["plan"]["fault"]
    assert report.steps["publish"] == {"published": False, "why": "there is no plan"}


def test_what_nobody_reported_within_a_day_was_missed(application):
    old, recent = make_contact(-30), make_contact(-10)
    booked = application.store.reservations.book(
        [draft_of(old), draft_of(recent)],
        who="a",
        why="",
        now_utc=NOW - timedelta(days=3),
        gap_rule=lambda first, second: 0.0,
    )

    report = run(application, CountingRefresh())

    states = {
        item.contact.contact_id: application.store.reservations.read(item.reservation_id).state
        for item in booked
    }
    assert report.steps["missed"] == {"missed": 1}
    assert states == {old.contact_id: "missed", recent.contact_id: "reserved"}


def test_a_plan_left_undone_for_its_provisional_contacts_asks_for_a_person(database_url):
    """Bite: without ``why`` in needs_attention the exit code is 0 and nothing is published."""
    settings = Settings(database_url=database_url, first_plan_days=0, freeze_s=0)
    late = NOW + timedelta(days=30)  # the bundled elements have expired
    opened = open_application(settings, clock=lambda: late)

    report = run(opened, CountingRefresh(), policy="publish")
    opened.store.close()

    assert report.steps["publish"]["published"] is False
    assert "expired elements" in report.steps["publish"]["why"]
    assert report.needs_attention


def test_a_step_that_fails_leaves_the_night_to_the_next_run_at_once(application):
    """Bite: without let_go the second run is told for a minute that another one is at it."""

    class BrokenRefresh:
        def refresh_served(self):
            raise InputError("element_urls", "wrong")

    with pytest.raises(InputError, match="element_urls"):
        run(application, BrokenRefresh())

    assert run(application, CountingRefresh()).verdict == "done"


def test_a_plan_that_a_person_withdrew_is_not_published_by_the_night(application):
    """Bite: without the look at its state IllegalTransitionError ends every run of that night."""
    made = run(application, CountingRefresh()).steps["plan"]["plan_id"]
    application.contacts.withdraw(made, who="dana", why="wrong week")
    with application.store._engine.begin() as connection:
        connection.execute(text("UPDATE nightly_run SET finished_utc = NULL, steps = '{}'"))
        connection.execute(text("UPDATE nightly_run SET heartbeat_utc = '2026-09-06 11:00:00'"))

    report = run(application, CountingRefresh(), policy="publish")

    assert report.steps["publish"] == {"published": False, "why": "a person withdrew it"}
    assert report.needs_attention


def test_what_a_publication_mended_needs_nobody(application):
    """Bite: with the drift step alone a night that moved all drifted contacts ends with code 1."""
    drift = {"assessed": 2, "drifted": ["a", "b"], "conflicting": []}
    mended = {"published": True, "left": {"assessed": 2, "drifted": [], "conflicting": []}}

    proposed, published = (
        NightlyReport("2026-09-06", "done", {"drift": drift, "publish": publish})
        for publish in ({"published": False}, mended)
    )
    real = run(application, CountingRefresh(), policy="publish").steps["publish"]

    assert (proposed.needs_attention, published.needs_attention) == (True, False)
    assert proposed.disturbed["drifted"] == ("a", "b")
    assert real["left"]["assessed"] == real["booked"]


def test_each_step_is_one_line_without_a_word_twice(application):
    lines = {}
    run(
        application,
        CountingRefresh(faults=("down",)),
        on_step=lambda name, figures: lines.update({name: describe_step(name, figures)}),
    )

    assert lines["refresh"] == "0 new element sets from 1 questions, 1 failed; 0 open alerts"
    assert lines["missed"] == "0 contacts closed that nobody reported"
    assert lines["drift"].endswith(": 0 drifted, 0 conflicting")
    assert lines["plan"].startswith("plan-")
    assert lines["publish"].startswith("left to a person; it would mean: ")
    assert "None" not in "".join(lines.values())
