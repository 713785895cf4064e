"""Contradictions are found before solving: all at once, each with both sides."""

from scheduler.problem.contradictions import find_contradictions
from scheduler.problem.model import AntennaResource, Choice, Forbid, Pin, Request
from scheduler.solvers import solve
from tests.scheduler.problem_builders import problem_of, whole, window


def test_every_contradiction_is_named_with_both_sides() -> None:
    """Bite: returning at the first one hid the downtime behind the clash."""
    one, other = window("one", 100, 200), window("other", 210, 300)
    third = window("third", 1000, 1100)
    antenna = AntennaResource("a", "s", 10.0, 5.0, downtimes=((1050.0, 1200.0),))
    pins = (Pin(whole(one)), Pin(whole(other), "frozen"), Pin(whole(third)))
    problem = problem_of(
        [one, other, third], antennas=(antenna,), pins=pins, forbids=(Forbid("one"),)
    )

    found = {(item.kind, item.left, item.right) for item in find_contradictions(problem)}

    assert found == {
        ("pin_forbidden", "pinned one on a", "forbid one"),
        ("pin_in_downtime", "pinned third on a", "downtime a [1050, 1200) s"),
        ("pins_clash", "pinned one on a", "frozen other on a"),
    }


def test_pin_that_is_no_contact_of_its_window_is_named() -> None:
    one = window("one", 100, 200)
    pins = (Pin(Choice("one", ("a",), 110, 200)), Pin(Choice("gone", ("a",), 0, 10)))

    kinds = [item.kind for item in find_contradictions(problem_of([one], pins=pins))]

    assert sorted(kinds) == ["pin_outside_window", "pin_without_window"]


def test_more_pins_than_a_request_takes_are_named() -> None:
    one, other = window("one", 100, 200), window("other", 1000, 1100)
    problem = problem_of(
        [one, other],
        pins=(Pin(whole(one)), Pin(whole(other))),
        requests=(Request("r", ("one", "other"), max_contacts=1),),
    )

    (found,) = find_contradictions(problem)

    assert (found.kind, found.right) == ("pins_exceed_request", "request r")


def test_contradictory_problem_is_answered_without_a_plan() -> None:
    one, other = window("one", 100, 200), window("other", 210, 300)
    solution = solve(problem_of([one, other], pins=(Pin(whole(one)), Pin(whole(other)))))

    assert (solution.status, solution.choices) == ("infeasible", ())
    assert (
        "exclude each other (antenna_in_changeover): [100, 200) s and [210, 300) s"
        in solution.message
    )
