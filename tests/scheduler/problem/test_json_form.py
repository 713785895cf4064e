"""A problem walks through JSON unchanged; what is not a problem is refused by its place."""

import json

import pytest

from scheduler.errors import ProblemError
from scheduler.problem.json_form import read_problem, write_problem
from scheduler.problem.model import (
    AntennaResource,
    AxisRates,
    Choice,
    Forbid,
    GapTerm,
    GroupTerm,
    Opportunity,
    Pin,
    PlanningProblem,
    Request,
    SatelliteResource,
)


def full_problem() -> PlanningProblem:
    """Use every field of every record once."""
    choice = Choice("o1", ("a", "b"), 10.0, 0.1 + 0.2 + 400)
    return PlanningProblem(
        start_s=0.0,
        end_s=1e5,
        antennas=(
            AntennaResource(
                "a", "s", 1.5, 2.5, 3.5, "additive", AxisRates(1.0, 2.0, 3.0, 4.0, True)
            ),
            AntennaResource("b", pair_slew_s={"x|x": 7.0}, downtimes=((1.0, 2.0),)),
        ),
        satellites=(SatelliteResource("x", "owner", 60.0),),
        opportunities=(
            Opportunity(
                id="o1",
                satellite_id="x",
                antenna_sets=(("a",), ("a", "b")),
                start_s=10.0,
                end_s=1000.0,
                trim="both",
                min_s=180.0,
                max_s=900.0,
                setup_s=5.0,
                teardown_s=6.0,
                lock_s=7.0,
                interruptions=((20.0, 30.0),),
                rate=((10.0, 1.0), (500.0, 1 / 3)),
                value_per_contact=1.0,
                value_per_s=2.0,
                value_per_volume=3.0,
                pointing=((10.0, 370.0, 5.0), (1000.0, 20.0, 5.0)),
                pass_id="p",
            ),
            Opportunity("o2", "x", (("b",),), 2000.0, 2400.0, volume=5.0),
        ),
        requests=(Request("r", ("o1", "o2"), "owner", 1, 180.0, 800.0),),
        group_terms=(
            GroupTerm(
                id="g",
                name="satisfaction",
                quantity="volume",
                members=("o1",),
                weights=(0.5,),
                lines=((1.0, -4.0), (0.0, 0.0)),
                at_least=0.0,
                at_most=9.0,
                starts_within=(0.0, 86400.0),
                target=4.0,
                request_id="r",
                owner="owner",
            ),
        ),
        gap_terms=(GapTerm("m", "revisit_gap", ("o1", "o2"), 0.0, 1e5, 3e4, 0.01, "r", "owner"),),
        pins=(Pin(choice, "frozen"),),
        forbids=(Forbid("o2", "why"),),
        previous=(choice,),
        change_price=2.0,
        time_step_s=0.5,
        value_unit="minutes",
    )


def test_problem_reads_back_exactly_as_written() -> None:
    problem = full_problem()

    assert read_problem(write_problem(problem)) == problem


@pytest.mark.parametrize(
    ("place", "spoil"),
    [
        ("opportunities[0].start_s", lambda d: d["opportunities"][0].update(start_s="noon")),
        ("opportunities[0].start_s", lambda d: d["opportunities"][0].update(start_s=10**400)),
        (
            "opportunities[0].value_per_s: 1e+300 is not",
            lambda d: d["opportunities"][0].update(value_per_s=1e300),
        ),
        ("time_step_s: 1e-09 s cuts the span", lambda d: d.update(time_step_s=1e-9)),
        (
            "requests.r.max_contacts: -1 is negative",
            lambda d: d["requests"][0].update(max_contacts=-1),
        ),
        ("requests.r.min_total_s: -1.0 s", lambda d: d["requests"][0].update(min_total_s=-1)),
        ("requests.r.max_total_s: 5.0 s is less", lambda d: d["requests"][0].update(max_total_s=5)),
        ("opportunities[0].trim", lambda d: d["opportunities"][0].update(trim="all")),
        (
            "opportunities[1].satellite_id: missing",
            lambda d: d["opportunities"][1].pop("satellite_id"),
        ),
        ("antennas[0].dish", lambda d: d["antennas"][0].update(dish=7)),
        (
            "opportunities.o1.antenna_sets",
            lambda d: d["opportunities"][0].update(antenna_sets=[["z"]]),
        ),
        ("requests.r.members", lambda d: d["requests"][0].update(members=["nobody"])),
        ("opportunities: the id 'o1'", lambda d: d["opportunities"][1].update(id="o1")),
        ("end_s", lambda d: d.update(end_s=-1.0)),
        ("format", lambda d: d.update(format="other")),
        ("pins[0].choice.start_s", lambda d: d["pins"][0]["choice"].update(start_s=True)),
    ],
)
def test_broken_problem_is_refused_with_its_place(place, spoil) -> None:
    """Bite: reading without the check of unknown fields let ``antennas[0].dish`` through."""
    document = json.loads(write_problem(full_problem()))
    spoil(document)

    with pytest.raises(ProblemError) as refused:
        read_problem(json.dumps(document))
    assert place in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "<html>", "[]", '{"format": "aspan-problem/1", "end_s": NaN}']
)
def test_text_that_is_no_problem_is_refused(text) -> None:
    with pytest.raises(ProblemError):
        read_problem(text)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ProblemError) as refused:
        PlanningProblem(
            5.0, 1.0, (), (), (Opportunity("o", "nobody", (("none",),), 9.0, 3.0, min_s=-1.0),)
        )

    assert len(refused.value.faults) == 4
