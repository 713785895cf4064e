"""Sweeps put new contacts into a plan piece by piece."""

from scheduler.solvers.draft import start_draft
from scheduler.solvers.trimming import _replace_contacts
from tests.scheduler.problem_builders import problem_of, whole, window


def test_only_the_pieces_that_gain_are_replaced() -> None:
    """Bite: with the antenna as one piece the gain is refused together with the loss."""
    poor, good = window("poor", 0, 100, 1.0), window("good", 50, 150, 3.0)
    best, worse = window("best", 5000, 5100, 9.0), window("worse", 5050, 5150, 2.0)
    draft = start_draft(problem_of([poor, good, best, worse]), [whole(poor), whole(best)])
    _replace_contacts(draft, "a", [whole(good), whole(worse)])

    assert set(draft.taken) == {"good", "best"}
    assert draft.value == 12.0
