"""What is pinned, frozen or commanded stays, whatever became of its pass; or it is told why not."""

from dataclasses import replace

import pytest

from scheduler.goals import read_goal
from scheduler.plan_demands import PlanDemands
from scheduler.problem.commitments import clip_rate
from scheduler.stations import Antenna, Downtime
from tests.scheduler.plan_builders import OPEN, plan_two_days
from tle.timebase import format_utc, from_unix_s

SHORT = Antenna("a1", "A", min_contact_s=180.0)
STRICT = Antenna("a1", "A", min_contact_s=650.0)  # most passes are no candidates any more


@pytest.mark.parametrize("solver", ["greedy", "ilp", "large"])
@pytest.mark.parametrize("kind", ["pinned", "frozen", "commanded"])
def test_a_held_contact_stays_when_its_pass_is_no_candidate_any_more(kind, solver) -> None:
    """A window that new elements or limits made a second too short is booked all the same.

    Bite: without a candidate the contact was left out of the new plan, and nobody was told.
    """
    old = plan_two_days(antenna=SHORT)
    booked = min(old.contacts, key=lambda each: each.end_unix_s - each.start_unix_s)
    until_s = booked.reserved_start_unix_s - old.start_unix_s + 1.0
    demands = {
        "pinned": PlanDemands(previous=old, pins=(booked.contact_id,)),
        "frozen": PlanDemands(previous=old, freeze_s=until_s),
        "commanded": PlanDemands(previous=old),
    }[kind]
    service = replace(OPEN, command_lead_s=until_s) if kind == "commanded" else OPEN

    plan = plan_two_days(antenna=STRICT, service=service, solver=solver, demands=demands)

    assert booked in plan.contacts
    assert plan.contacts[-1].end_unix_s > booked.end_unix_s


def test_a_held_contact_in_maintenance_is_a_contradiction_with_both_sides() -> None:
    """Bite: its pass has no window any more, so the pin vanished without a word; told in seconds
    since 1970 the downtime was nobody's."""
    old = plan_two_days()
    booked = old.contacts[2]
    down = Downtime(from_unix_s(booked.aos_unix_s - 900), from_unix_s(booked.los_unix_s + 900))

    plan = plan_two_days(
        antenna=Antenna("a1", "A", downtimes=(down,)),
        demands=PlanDemands(previous=old, pins=(booked.contact_id,)),
    )

    assert (plan.status, plan.contacts) == ("infeasible", ())
    message = plan.provenance["solver_message"]
    assert booked.pass_id in message
    assert f"the downtime of st/a1 [{format_utc(down.start_utc)[:19]}Z, " in message


@pytest.mark.parametrize("trim", ["start", "stop", "both"])
def test_a_pinned_pass_keeps_the_longest_contact_that_a_goal_allows(trim) -> None:
    """Bite: pinned over its whole window, it contradicted the goal's max_contact_s."""
    free = plan_two_days()
    wanted = next(each for each in free.contacts if each.end_unix_s - each.start_unix_s > 400)
    goal = read_goal(
        {"id": "g", "satellites": [wanted.satellite_id], "contacts": 1, "max_contact_s": 240},
        place="request",
    )

    plan = plan_two_days(
        service=replace(OPEN, trim=trim),
        demands=PlanDemands(goals=(goal,), pins=(wanted.pass_id,)),
    )

    (held,) = [each for each in plan.contacts if each.pass_id == wanted.pass_id]
    assert held.end_unix_s - held.start_unix_s == 240.0


def test_what_was_booked_before_the_plan_began_is_not_its_business() -> None:
    """Bite: held for the reason "frozen", yesterday's contacts became contacts of today's plan."""
    old = plan_two_days()

    plan = plan_two_days(demands=PlanDemands(previous=old), begins_late_s=86_400.0)

    assert plan.contacts
    assert min(contact.reserved_end_unix_s for contact in plan.contacts) > plan.start_unix_s


def test_a_held_contact_keeps_the_steps_of_its_rate() -> None:
    rate = ((0.0, 1.0), (10.0, 2.0), (20.0, 3.0))

    assert clip_rate(rate, 5.0, 15.0) == ((5.0, 1.0), (10.0, 2.0))
    assert clip_rate(rate, -5.0, 5.0) == ((-5.0, 1.0),)
    assert clip_rate((), 0.0, 1.0) == ()
