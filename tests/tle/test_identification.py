"""Finding our satellite among the first public objects of a launch."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.tle.launch_builders import launch
from tle.errors import ElementRangeError
from tle.identification import identify, of_launch
from tle.launch import build_hypotheses, disperse, slip_elements
from tle.mean_elements import fit_mean_elements
from tle.propagation import build_record, propagate
from tle.timebase import to_unix_s

SLIPS = [("on time", 0.0, 2.0), ("+1 h", 3_600.0, 1.0), ("+1 day", 86_400.0, 1.0)]


def published(elements, name, after_s):
    """The elements a catalogue would give of an object so long after its separation."""
    epoch = elements.epoch_utc + timedelta(seconds=after_s)
    r, v, _ = propagate(build_record(elements), [to_unix_s(epoch)])
    fit = fit_mean_elements(
        epoch, to_unix_s(epoch), r, v, name=name, bstar=elements.bstar, source="public"
    )
    return fit.elements


def dispersed(count, *, seed, times=1.0):
    """Orbits that an injection ``times`` as bad as promised would leave."""
    covariance = tuple(tuple(times**2 * x for x in row) for row in launch().separation.covariance)
    return disperse(launch(covariance=covariance), samples=count, seed=seed)


@pytest.fixture(scope="module")
def hypotheses():
    return build_hypotheses(launch(), SLIPS, samples=100, seed=3)


@pytest.mark.parametrize(("after_s", "times", "least"), [(2e4, 4.0, 26), (1e5, 2.0, 14)])
def test_ours_is_found_among_companions_as_often_as_it_says(hypotheses, after_s, times, least):
    """30 launches, each with 5 companions spread some times wider than ours; chance would find 5.
    Seen at 6 h: 30 found at 4 times wider, where the probabilities of the first add up to 29.3;
    at 30 h and 2 times wider 20 where they add up to 20.6.
    Bite: a spread taken ten times too small is sure and wrong."""
    ours = dispersed(30, seed=8)
    others = dispersed(150, seed=9, times=times)
    hits, sure = 0, 0.0
    for k, mine in enumerate(ours):
        group = [*others[5 * k : 5 * k + 5], mine]
        ranked = identify(hypotheses, [published(e, str(j), after_s) for j, e in enumerate(group)])
        hits += ranked[0].elements.name == "5"
        sure += ranked[0].probability

    assert hits >= least
    assert abs(hits - sure) < 6


def test_slip_that_really_happened_is_told_by_the_plane(hypotheses):
    flown = slip_elements(disperse(launch(), samples=1, seed=8)[0], 3_600.0)
    ranked = identify(hypotheses, [published(flown, "OURS", 40_000.0)])

    assert ranked[0].hypothesis == "+1 h"
    assert ranked[0].miss_plane_deg < 0.1


def test_objects_alike_share_the_probability(hypotheses):
    """30 launches with four objects drawn alike: nobody may be sure which is ours, and the first
    in the list is ours in about one of four. Bite: a density that is too sharp is sure."""
    drawn = dispersed(120, seed=77)
    sure, hits = [], 0
    for start in range(0, 120, 4):
        group = [published(e, str(k), 20_000.0) for k, e in enumerate(drawn[start : start + 4])]
        ranked = identify(hypotheses, group)
        assert sum(match.probability for match in ranked) == pytest.approx(1.0)
        sure.append(ranked[0].probability)
        hits += ranked[0].elements.name == "0"

    assert sum(sure) / 30 < 0.85
    assert 1 < hits < 17


def test_stranger_alone_gets_no_chance(hypotheses):
    """Bite: without ``chance`` an only object has probability 1 whatever it is."""
    stranger = published(disperse(launch(altitude_km=560.0), samples=1, seed=1)[0], "S", 3e4)
    (only,) = identify(hypotheses, [stranger])

    assert only.probability == pytest.approx(1.0)
    assert only.chance == 0.0
    assert only.miss_altitude_km == pytest.approx(60.0, abs=15.0)


def test_chance_of_our_own_orbits_is_even(hypotheses):
    """Twenty truths: their chances spread over 0 to 1, none of them absurd."""
    truths = [published(e, "X", 30_000.0) for e in disperse(launch(), samples=20, seed=4)]
    chances = sorted(match.chance for match in identify(hypotheses, truths))

    assert chances[2] < 0.4
    assert chances[-3] > 0.6
    assert chances[1] > 0.005


def test_objects_before_separation_and_beyond_sgp4_are_left_out(hypotheses):
    before = replace(hypotheses[0].nominal, epoch_utc=launch().liftoff_utc, name="EARLY")
    broken = replace(hypotheses[0].nominal, mean_motion_rev_day=40.0, name="BROKEN")

    assert identify(hypotheses, [before, broken]) == ()


def test_few_samples_are_refused():
    with pytest.raises(ElementRangeError, match="at least 20"):
        identify(build_hypotheses(launch(), SLIPS[:1], samples=5), [])


def test_launch_is_told_by_its_whole_number(hypotheses):
    names = ["2026-012A", "2026-012AB", "2026-0123", "2026-120A", ""]
    sets = [replace(hypotheses[0].nominal, object_id=name) for name in names]

    assert [e.object_id for e in of_launch(sets, "2026-012")] == ["2026-012A", "2026-012AB"]


def test_nearer_in_time_speaks_louder(hypotheses):
    """The same fit counts for more while the cloud is small than when it has spread.
    Bite: a density without its determinant makes both alike."""
    nominal = hypotheses[0].nominal
    soon, late = (published(nominal, str(h), h * 3_600.0) for h in (2, 60))
    ranked = identify(hypotheses[:1], [late, soon])

    assert [match.elements.name for match in ranked] == ["2", "60"]
    assert ranked[0].log_likelihood - ranked[1].log_likelihood > 1.0
