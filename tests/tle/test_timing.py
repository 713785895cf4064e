"""The timing model: causal, calibrated on histories it has not seen, honest without history.

Bite: with ``pairs.settled_unix_s <= now`` taken out of the replay the causality test fails; with
the correction switched off the pooled coverage leaves the 3 %.
"""

from datetime import timedelta

import numpy as np
import pytest

from tests.tle.element_builders import EPOCH, RECEIVED, make_elements
from tests.tle.histories import make_history
from tle.timebase import DAY_S, to_unix_s
from tle.timing import (
    collect_errors,
    growth_s,
    learn_timing,
    prior_score,
    replay_bounds,
)

DAY = timedelta(days=1)


def days_after(elements, *days):
    return to_unix_s(elements.epoch_utc) + np.array(days) * DAY_S


def test_the_bound_of_an_old_prediction_does_not_know_what_came_later():
    sets = make_history(60)
    early = replay_bounds(sets[:30])

    late = replay_bounds(sets)

    issued_early = late.pairs.settled_unix_s <= to_unix_s(sets[29].received_utc)
    assert np.array_equal(late.bound95_s[issued_early], early.bound95_s)


def test_a_model_knows_only_sets_that_had_arrived():
    sets = make_history(40)
    instant = sets[19].received_utc

    model = learn_timing(sets, instant)

    again = learn_timing(sets[:20], instant)
    at = days_after(sets[19], 1.0, 5.0)
    assert np.array_equal(model.bound95_s(sets[19], at), again.bound95_s(sets[19], at))
    assert model.pair_count == collect_errors(sets[:20]).age_days.size


@pytest.mark.parametrize("seed", range(3))
def test_95_percent_of_errors_lie_inside_the_bound_within_3_percent(seed):
    satellites = [make_history(130, seed=10 * seed + i, drag_noise=noise)
                  for i, noise in enumerate((3e-7, 2e-6, 1e-5))]  # fmt: skip

    replays = [replay_bounds(sets) for sets in satellites]

    inside = np.concatenate([r.inside[r.pairs.age_days >= 0.5] for r in replays])
    assert inside.size > 4_000
    assert abs(inside.mean() - 0.95) < 0.03


def test_manoeuvres_stay_in_the_tail():
    calm = make_history(60, drag_noise=3e-7)
    restless = make_history(60, drag_noise=3e-7, manoeuvres=[(d, 2e-5) for d in range(5, 60, 6)])
    at = days_after(calm[-1], 3.0)

    def bound(sets):
        return learn_timing(sets, sets[-1].received_utc).bound95_s(sets[-1], at)[0]

    assert bound(restless) > 5 * bound(calm)


def test_the_bound_grows_with_age_and_is_wider_than_sigma():
    sets = make_history(60)
    at = days_after(sets[-1], 0.1, 0.5, 1, 2, 4, 8, 14, 30)
    model = learn_timing(sets, sets[-1].received_utc)

    bound = model.bound95_s(sets[-1], at)

    assert (np.diff(bound) >= 0).all()
    assert (bound > model.sigma_s(sets[-1], at)).all()


def test_an_age_before_the_epoch_counts_like_one_after():
    elements = make_elements()
    model = learn_timing([elements], RECEIVED)

    before, after = model.bound95_s(elements, days_after(elements, -2.0, 2.0))

    assert before == after


def test_without_history_the_orbit_class_speaks():
    high, low = make_elements(), make_elements(mean_motion_rev_day=16.1, eccentricity=0.0005)
    at = days_after(high, 1.0)

    bounds = [learn_timing([e], RECEIVED).bound95_s(e, at)[0] for e in (high, low)]

    expected = [prior_score(e) * growth_s(np.array([1.0]))[0] for e in (high, low)]
    assert bounds == pytest.approx(expected, rel=0.1)
    assert bounds[1] > 10 * bounds[0]


def test_the_bound_never_exceeds_half_a_revolution():
    elements = make_elements(mean_motion_rev_day=16.1)

    bound = learn_timing([elements], RECEIVED).bound95_s(elements, days_after(elements, 400.0))

    assert bound[0] == pytest.approx(0.5 * DAY_S / 16.1)


def test_nothing_is_learnt_from_nothing():
    with pytest.raises(ValueError, match="no element set had arrived"):
        learn_timing([make_elements()], EPOCH - DAY)


def test_one_epoch_issued_twice_is_no_pair():
    sets = [make_elements(), make_elements(bstar=1e-4, received_utc=RECEIVED + DAY)]

    assert collect_errors(sets).age_days.size == 0
