"""The cause of every change between two plans: the input that changed, and who passed it on."""

from dataclasses import replace

import pytest

from scheduler.comparison.diff import diff_plans
from scheduler.problem.model import AntennaResource, Forbid, GroupTerm, Pin
from tests.app.builders import make_contact, make_plan
from tests.scheduler.problem_builders import problem_of, whole, window

ANTENNAS = ("kaznu/a",)


def offer(name, start_s, end_s, **more):
    return window(name, start_s, end_s, antenna_sets=(ANTENNAS,), **more)


ONE, TWO, FAR = offer("one", 1000, 1600), offer("two", 1400, 2000), offer("far", 6000, 6600)


def book(opportunity):
    return make_contact(
        contact_id=f"{opportunity.id}@a", pass_id=opportunity.id,
        satellite_id=opportunity.satellite_id, antenna_id="a",
        reserved_start_unix_s=opportunity.start_s - 10, start_unix_s=opportunity.start_s,
        end_unix_s=opportunity.end_s, reserved_end_unix_s=opportunity.end_s + 5,
        aos_unix_s=opportunity.start_s, los_unix_s=opportunity.end_s,
    )  # fmt: skip


def plan_of(*opportunities, fingerprints="f"):
    plan = make_plan(contacts=0, losers=0, start_unix_s=0.0, end_unix_s=10_000.0)
    sets = [
        {"satellite_id": item.satellite_id, "fingerprint": fingerprints} for item in (ONE, TWO, FAR)
    ]
    return replace(
        plan,
        contacts=tuple(book(item) for item in opportunities),
        provenance={"element_sets": sets},
    )


def problem(offers=(ONE, TWO, FAR), downtimes=(), **more):
    antenna = AntennaResource(ANTENNAS[0], "kaznu", 10.0, 5.0, downtimes=downtimes)
    return problem_of(list(offers), antennas=(antenna,), **more)


def causes(old, new, before, after):
    diff = diff_plans(old, new, before, after)
    return {
        (change.old_contact_id or change.new_contact_id)[:3]: (change.cause, change.through)
        for change in diff.changes
        if change.kind != "kept"
    }


DEAR = tuple(replace(item, value_per_s=9.0) if item is TWO else item for item in (ONE, TWO, FAR))
GOAL = GroupTerm("g.1", "satisfaction", "count", ("two",), target=1.0, request_id="g")


@pytest.mark.parametrize(
    ("after", "cause"),
    [
        (problem(DEAR), "priority_changed"),
        (problem(group_terms=(GOAL,)), "new_request"),
        (problem(pins=(Pin(whole(TWO, "kaznu/a")),)), "pinned"),
    ],
)
def test_dropped_contact_names_the_cause_of_the_one_that_took_its_place(after, cause):
    """Bite: without the walk over neighbours the dropped contact says only ``beaten_by``."""
    found = causes(plan_of(ONE, FAR), plan_of(TWO, FAR), problem(), after)

    assert found == {"two": (cause, ""), "one": (cause, "two@a")}


def test_outage_is_the_cause_of_what_it_drops_and_of_what_moves_in():
    hit = problem(downtimes=((900.0, 1200.0),))

    assert causes(plan_of(ONE), plan_of(TWO), problem(), hit) == {
        "one": ("outage", ""),
        "two": ("outage", "one@a"),
    }
    assert causes(plan_of(TWO), plan_of(ONE), hit, problem())["one"] == ("outage_lifted", "")


def test_forbidden_contact_says_so_and_a_withdrawn_satellite_too():
    barred = problem(forbids=(Forbid("one"),))
    fewer = problem((TWO, FAR))

    assert causes(plan_of(ONE), plan_of(TWO), problem(), barred)["one"] == ("forbidden", "")
    assert causes(plan_of(ONE), plan_of(TWO), problem(), fewer)["one"] == ("satellite_removed", "")


def test_new_elements_explain_only_what_nothing_else_does():
    new = plan_of(TWO, FAR, fingerprints="g")
    later = replace(new, contacts=(new.contacts[0], replace(new.contacts[1], start_unix_s=6010.0)))

    found = causes(plan_of(ONE, FAR), later, problem(), problem(DEAR))

    assert found["far"] == ("new_elements", "")
    assert found["one"] == ("priority_changed", "two@a")
