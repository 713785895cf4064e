"""A plan is whole or absent, and comes back as it was."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from sqlalchemy import text

from app.store import DATABASE_ERRORS, open_store
from app.store.session import open_engine, reading
from tests.app.builders import START_UNIX_S, make_contact, make_plan
from tle.timebase import from_unix_s

NOW_UTC = from_unix_s(START_UNIX_S)


def test_a_plan_comes_back_as_it_was(store):
    made = make_plan()
    store.plans.add(made, created_utc=NOW_UTC)

    assert store.plans.read(made.plan_id) == made


def test_plans_are_listed_newest_first_in_pages(store):
    for at in range(5):
        store.plans.add(make_plan(f"plan-{at}"), created_utc=from_unix_s(START_UNIX_S + at))

    page, total = store.plans.list(limit=2, offset=1)

    assert [summary.plan_id for summary in page] == ["plan-3", "plan-2"]
    assert total == 5
    assert page[0].contact_count == 3


def test_a_plan_made_later_for_a_week_that_is_over_does_not_hide_the_current_one(store):
    # Bite: by creation alone the plan of the past week is the newest.
    past = replace(make_plan("past"), start_unix_s=START_UNIX_S - 9e5, end_unix_s=START_UNIX_S - 1)
    store.plans.add(make_plan("current"), created_utc=NOW_UTC)
    store.plans.add(past, created_utc=from_unix_s(START_UNIX_S + 1))
    long_after = from_unix_s(START_UNIX_S + 1e7)

    assert store.plans.newest_id("kaznu", NOW_UTC) == "current"
    assert store.plans.newest_id("kaznu", long_after) == "past"


def test_contacts_are_paged_in_order_of_time(store):
    made = make_plan(contacts=5)
    store.plans.add(made, created_utc=NOW_UTC)

    page, total = store.plans.contacts(made.plan_id, limit=2, offset=3)

    assert page == made.contacts[3:]
    assert total == 5


def test_a_plan_with_a_bad_contact_leaves_nothing_behind(store):
    """Bite: a commit between plan and contacts leaves the plan row."""
    twice = (make_contact(0), make_contact(0))

    with pytest.raises(DATABASE_ERRORS):
        store.plans.add(replace(make_plan(), contacts=twice), created_utc=NOW_UTC)

    assert store.plans.list(limit=10) == ((), 0)


_WRITER = """
import sys
from app.store import open_store
from tests.app.builders import START_UNIX_S, make_plan
from tle.timebase import from_unix_s
store = open_store(sys.argv[1])
print("ready", flush=True)
for at in range(100000):
    store.plans.add(
        make_plan(f"{sys.argv[2]}-{at}", contacts=40, losers=120),
        created_utc=from_unix_s(START_UNIX_S),
    )
"""
KILLS = 6


def count_half_plans(url):
    engine = open_engine(url)
    with reading(engine) as connection:
        half = connection.execute(
            text(
                "SELECT count(*) FROM plan p WHERE p.contact_count <> "
                "(SELECT count(*) FROM contact c WHERE c.plan_id = p.plan_id) "
                "OR p.not_taken_count <> "
                "(SELECT count(*) FROM not_taken n WHERE n.plan_id = p.plan_id)"
            )
        ).scalar_one()
        orphans = connection.execute(
            text("SELECT count(*) FROM contact WHERE plan_id NOT IN (SELECT plan_id FROM plan)")
        ).scalar_one()
        whole = connection.execute(text("SELECT count(*) FROM plan")).scalar_one()
    engine.dispose()
    return half, orphans, whole


def test_a_killed_writer_leaves_only_whole_plans(database_url):
    """Bite: with one commit a contact this found half plans in the first kills."""
    open_store(database_url).close()
    for kill in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, database_url, f"run{kill}"],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.getcwd()},
        )
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(0.05 + 0.037 * kill)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()

    half, orphans, whole = count_half_plans(database_url)

    assert (half, orphans) == (0, 0)
    assert whole > 0
