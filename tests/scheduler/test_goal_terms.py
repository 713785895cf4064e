"""Goals on two days of nine satellites: which contacts count, what is asked, what is missing."""

from collections import Counter

import pytest

from scheduler.goals import read_goal
from scheduler.plan_demands import PlanDemands
from tests.scheduler.plan_builders import OPEN, plan_two_days
from tle.revolutions import count_revolution
from tle.starter import load_starter


def plan_goal(*, service=OPEN, **wishes):
    """Plan one goal for "sat0" that outweighs all rivals; return plan and its goal reports."""
    table = {"id": "wish", "satellites": ["sat0"], "priority": 100} | wishes
    goal = read_goal(table, place="request")
    plan = plan_two_days(service=service, demands=PlanDemands(goals=(goal,)))
    return plan, plan.provenance["goals"]


def own(plan):
    return [contact for contact in plan.contacts if contact.satellite_id == "sat0"]


def test_daily_goal_brings_contacts_of_a_poor_satellite_and_reports_what_is_missing() -> None:
    """The goal's price, 20 minutes of its priority a contact, outweighs the rivals' minutes."""
    free = plan_two_days()

    plan, reports = plan_goal(contacts_per_day=50)

    assert len(own(plan)) >= len(own(free))
    whole_day = next(report for report in reports if report["asked"] == 50.0)
    assert whole_day["reason"] == "no_window"
    assert whole_day["shortfall"] == 50.0 - whole_day["given"]


def test_part_of_a_day_asks_for_its_part() -> None:
    """Bite: only days that lie whole in the span were asked, a plan from noon to noon for none."""
    _, reports = plan_goal(contacts_per_day=4)

    assert len(reports) == 3
    assert sum(report["asked"] for report in reports) == pytest.approx(2 * 4)


def test_each_revolution_with_a_window_has_its_contact_and_the_rest_is_counted() -> None:
    """Bite: as a mean over the span two contacts of one revolution stood for those of another."""
    plan, reports = plan_goal(contacts_per_orbit=1)

    elements = {item.element_set_id: item for item in load_starter()}
    revolutions = Counter(
        count_revolution(elements[contact.element_set_id], contact.aos_unix_s)
        for contact in own(plan)
    )
    met = [report for report in reports if not report["reason"]]
    assert len(met) >= 5
    assert len(revolutions) >= len(met)
    (rest,) = [report for report in reports if report["term_id"].endswith("without_window")]
    period_s = 86_400.0 / elements[own(plan)[0].element_set_id].mean_motion_rev_day
    assert len(reports) - 1 + rest["asked"] == pytest.approx(2 * 86_400 / period_s, abs=2)
    assert rest["reason"] == "no_window"


def test_a_goal_that_cannot_be_split_leaves_the_other_contacts_alone() -> None:
    """Bite: as a hard limit of one contact it threw all others of its satellite out."""
    free = plan_two_days()

    plan, (report,) = plan_goal(minutes=4, splittable=False)

    assert len(own(plan)) >= len(own(free)) > 1
    assert (report["asked"], report["reason"]) == (1, "")
    assert max(c.end_unix_s - c.start_unix_s for c in own(plan)) >= 240.0


def test_a_contact_that_no_pass_is_long_enough_for_is_missing_for_want_of_windows() -> None:
    _, (report,) = plan_goal(minutes=60, splittable=False)

    assert (report["given"], report["reason"]) == (0, "no_window")


@pytest.mark.parametrize("wishes", [{"min_contact_s": 600}, {"max_contact_s": 300}])
def test_two_goals_with_lengths_that_exclude_each_other_are_both_planned(wishes) -> None:
    """Bite: max_contact_s of the first and min_contact_s of the second made the problem refuse."""
    both = [
        read_goal({"id": f"g{at}", "satellites": ["sat0"], "contacts": 1} | wish, place="request")
        for at, wish in enumerate(({"max_contact_s": 300}, {"min_contact_s": 600}, wishes))
    ]
    service = OPEN.__class__("x", "X", access="open", rate_bps=8e6, trim="both")

    plan = plan_two_days(service=service, demands=PlanDemands(goals=tuple(both)))

    assert plan.status in ("optimal", "feasible")
