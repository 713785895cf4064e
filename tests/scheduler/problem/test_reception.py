"""The rate by elevation, and what is lost of a window."""

import numpy as np
import pytest

from scheduler.goals import read_goal
from scheduler.plan_demands import PlanDemands
from scheduler.problem.candidate_track import Track
from scheduler.problem.reception import find_reception
from scheduler.satellites import Service
from scheduler.window_table import Interruption, VisibilityWindow
from tests.scheduler.plan_builders import OPEN, plan_two_days

RISE_S, TOP_DEG = 300.0, 60.0


def arc_deg(unix_s):
    """An elevation that rises to 60 deg in 300 s and sets again."""
    return TOP_DEG * np.sin(0.5 * np.pi * np.asarray(unix_s) / RISE_S)


def receive(service, *losses):
    sampled_s = np.linspace(0.0, 2 * RISE_S, 22)
    window = VisibilityWindow(
        "a1", 0.0, 2 * RISE_S, tuple(Interruption("x", None, "", *loss) for loss in losses)
    )
    track = Track(sampled_s, np.zeros(22), arc_deg(sampled_s))
    return find_reception(window, 0.0, 2 * RISE_S, service, track)


def test_a_rate_changes_where_the_elevation_is_reached_and_promises_no_bit_too_many() -> None:
    """Steps are at most 2 s late on the way up and as much early on the way down."""
    service = Service("x", "X", rate_by_elevation=((10.0, 8e6), (40.0, 16e6)))

    lost, rate = receive(service)

    reached_s = [2 / np.pi * RISE_S * np.arcsin(level / TOP_DEG) for level in (10.0, 40.0)]
    expected = [
        (0.0, 0.0), (reached_s[0], 1e6), (reached_s[1], 2e6),
        (600.0 - reached_s[1], 1e6), (600.0 - reached_s[0], 0.0), (600.0, 0.0),
    ]  # fmt: skip
    assert [per_s for _, per_s in rate] == [per_s for _, per_s in expected][: len(rate)]
    for (instant_s, _), (true_s, _) in zip(rate, expected, strict=False):
        late_s = instant_s - true_s if true_s < RISE_S else true_s - instant_s
        assert -0.1 <= late_s <= 2.1
    assert [edge for span in lost for edge in span] == pytest.approx(
        [0.0, reached_s[0], 600.0 - reached_s[0], 600.0], abs=2.1
    )


def test_losses_for_two_reasons_at_once_are_one() -> None:
    """Bite: given on as they were, a keyhole within the Sun's guard made the problem invalid."""
    lost, rate = receive(OPEN, (100.0, 200.0), (150.0, 180.0), (190.0, 230.0), (590.0, 640.0))

    assert lost == ((100.0, 230.0), (590.0, 600.0))
    assert rate == ((0.0, 1e6),)


@pytest.mark.parametrize("solver", ["greedy", "ilp", "large"])
def test_variable_coding_brings_what_the_rate_gives_in_the_contact(solver) -> None:
    service = Service(
        "x", "X", access="open", trim="both", lock_s=20.0,
        rate_by_elevation=((10.0, 8e6), (30.0, 40e6)),
    )  # fmt: skip
    goal = read_goal(
        {"id": "bytes", "satellites": ["sat0"], "volume_bytes": 1e10, "priority": 100},
        place="request",
    )

    plan = plan_two_days(service=service, solver=solver, demands=PlanDemands(goals=(goal,)))

    (report,) = plan.provenance["goals"]
    own = [contact for contact in plan.contacts if contact.satellite_id == "sat0"]
    assert report["given"] == pytest.approx(sum(contact.expected_bytes for contact in own))
    for contact in plan.contacts:
        usable_s = contact.end_unix_s - contact.start_unix_s - 20.0
        assert 0.0 < contact.expected_bytes <= 5e6 * usable_s
        if contact.max_elevation_deg < 30.0:
            assert contact.expected_bytes <= 1e6 * usable_s
