"""``aspan publish``, ``withdraw`` and ``plans`` on a stored plan."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.commands.plan import print_goals
from app.commands.plans import run_diff
from app.commands.publishing import (
    run_list_plans,
    run_publish,
    run_show_history,
    run_withdraw,
)
from app.errors import InputError
from app.settings import Settings
from app.store import open_store
from tests.app.builders import START_UNIX_S, make_contact, make_plan
from tle.timebase import to_unix_s

WORDS = {"why": "week 37", "override": "", "confirmation": "", "is_trial": False}


@pytest.fixture
def settings(tmp_path):
    """Settings of a store with one plan of three contacts that begin tomorrow."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/p.sqlite3", first_plan_days=0)
    later_s = to_unix_s(datetime.now(UTC) + timedelta(days=1)) - START_UNIX_S
    names = ("reserved_start", "start", "end", "reserved_end", "aos", "los")

    def delay(contact):
        fields = [f"{name}_unix_s" for name in names]
        return replace(contact, **{name: getattr(contact, name) + later_s for name in fields})

    plan = make_plan(contacts=0, losers=0)
    plan = replace(
        plan,
        start_unix_s=plan.start_unix_s + later_s,
        end_unix_s=plan.end_unix_s + later_s,
        contacts=tuple(delay(make_contact(at)) for at in range(3)),
    )
    store = open_store(settings.effective_database_url)
    store.plans.add(plan, created_utc=datetime.now(UTC))
    store.close()
    return settings


def test_a_plan_is_tried_published_and_taken_back_with_its_history(settings, capsys):
    # Bite: a dry run that books leaves "0 booked" for the second command.
    run_publish(settings, "plan-1", **WORDS | {"is_trial": True})
    run_publish(settings, "plan-1", **WORDS)
    run_withdraw(settings, "plan-1", why="wrong week")
    run_list_plans(settings, limit=5)
    run_show_history(settings, "plan-1", limit=5)

    said = capsys.readouterr().out
    assert "plan-1 would be published: 3 booked, 0 kept" in said
    assert "plan-1 is published: 3 booked, 0 kept" in said
    assert "plan-1 was published and is withdrawn; 3 contacts given back" in said
    assert "plan-1  withdrawn" in said
    assert "week 37" in said
    assert said.count("not_booked_before") == 6


def test_the_newest_plan_goes_by_that_name(settings, capsys):
    """Bite: only ``explain`` knew it; ``--base newest`` was "no such plan"."""
    store = open_store(settings.effective_database_url)
    later = datetime.now(UTC) + timedelta(minutes=1)
    store.plans.add(make_plan("plan-2", contacts=1, losers=0), created_utc=later)
    store.close()

    run_diff(settings, "plan-1", "newest")

    assert "added" in capsys.readouterr().out


def test_a_plan_whose_demands_contradict_each_other_releases_nothing(settings, capsys):
    # Bite: published, a plan without contacts gave back every contact that was booked.
    run_publish(settings, "plan-1", **WORDS)
    store = open_store(settings.effective_database_url)
    empty = replace(store.plans.read("plan-1"), plan_id="plan-2", status="infeasible", contacts=())
    store.plans.add(empty, created_utc=datetime.now(UTC))
    store.close()

    with pytest.raises(InputError, match=r"contradict each other.*release what is booked"):
        run_publish(settings, "plan-2", **WORDS)


def test_goals_are_printed_in_units_that_people_read(capsys):
    # Bite: without QUANTITIES the gap is "3.6e+04 of at most 2.88e+04", of no unit.
    goals = [
        {"term_id": "g.max_gap", "quantity": "gap_s", "given": 36_000.0, "asked": 28_800.0,
         "shortfall": 9_000.0, "reason": "beaten_by"},
        {"term_id": "g.volume", "quantity": "volume", "given": 2e9, "asked": 1e9,
         "shortfall": 0.0, "reason": ""},
    ]  # fmt: skip
    print_goals(replace(make_plan(), provenance={"goals": goals}))

    said = capsys.readouterr().out
    assert "goal g.max_gap: 10 of at most 8 h (short by 2.5 h: beaten_by)" in said
    assert "goal g.volume: 2 of 1 GB (met)" in said
