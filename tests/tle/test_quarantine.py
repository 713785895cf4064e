"""Jumps that only another object explains, manoeuvres, and identities.

Bite: with the limits at infinity every injected jump is accepted.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.tle.element_builders import EPOCH, RECEIVED, make_elements
from tle.comparison import compare, node_rate_deg_day
from tle.propagation import build_record
from tle.quarantine import judge
from tle.timebase import DAY_S

DAY = timedelta(days=1)


def carry(elements, days, **changes):
    """Make the honest next set: mean elements carried by the secular rates of SGP4."""
    record = build_record(elements)
    minutes = days * 1440.0
    degrees = 180.0 / 3.141592653589793
    motion = record.nodedot * 0 + elements.mean_motion_rev_day
    mean = elements.mean_anomaly_deg + record.mdot * minutes * degrees
    mean += 360.0 * elements.mean_motion_dot * days**2
    return replace(
        elements,
        epoch_utc=elements.epoch_utc + timedelta(days=days),
        received_utc=elements.received_utc + timedelta(days=days),
        raan_deg=(elements.raan_deg + record.nodedot * minutes * degrees) % 360.0,
        arg_perigee_deg=(elements.arg_perigee_deg + record.argpdot * minutes * degrees) % 360.0,
        mean_anomaly_deg=mean % 360.0,
        mean_motion_rev_day=motion + 2.0 * elements.mean_motion_dot * days,
        **changes,
    )


def random_orbit(rng):
    return make_elements(
        mean_motion_rev_day=rng.uniform(13.5, 15.4),
        eccentricity=rng.uniform(1e-4, 2e-3),
        inclination_deg=rng.uniform(40.0, 100.0),
        raan_deg=rng.uniform(0.0, 360.0),
        arg_perigee_deg=rng.uniform(0.0, 360.0),
        mean_anomaly_deg=rng.uniform(0.0, 360.0),
        bstar=rng.uniform(0.0, 2e-4),
        mean_motion_dot=0.0,
    )


def disturb(elements, rng):
    """Add the noise of orbit determination, as large as the histories of real sets show it."""
    return replace(
        elements,
        mean_motion_rev_day=elements.mean_motion_rev_day * (1.0 + rng.gauss(0.0, 2e-6)),
        inclination_deg=elements.inclination_deg + rng.gauss(0.0, 3e-4),
        raan_deg=(elements.raan_deg + rng.gauss(0.0, 1.5e-3)) % 360.0,
        eccentricity=abs(elements.eccentricity + rng.gauss(0.0, 8e-6)),
    )


def flip(rng):
    return rng.choice((-1.0, 1.0))


INJECTED = {
    "mean motion by 5e-3": lambda e, rng: replace(
        e, mean_motion_rev_day=e.mean_motion_rev_day * (1.0 + flip(rng) * 5e-3)
    ),
    "inclination by 0.05 deg": lambda e, rng: replace(
        e, inclination_deg=e.inclination_deg + flip(rng) * 0.05
    ),
    "node by 1 deg": lambda e, rng: replace(e, raan_deg=(e.raan_deg + flip(rng)) % 360.0),
    "eccentricity by 0.005": lambda e, rng: replace(e, eccentricity=e.eccentricity + 5e-3),
    "a neighbour in the same plane": lambda e, rng: replace(
        e, mean_anomaly_deg=(e.mean_anomaly_deg + flip(rng) * rng.uniform(10.0, 180.0)) % 360.0
    ),
}


@pytest.mark.parametrize("kind", INJECTED)
def test_at_least_99_percent_of_injected_jumps_are_quarantined(kind):
    rng = random.Random(5)
    verdicts = Counter()
    for _ in range(400):
        known = random_orbit(rng)
        newer = INJECTED[kind](disturb(carry(known, rng.uniform(0.3, 2.0)), rng), rng)
        verdicts[judge(newer, [known]).verdict] += 1

    assert verdicts["quarantined"] >= 396


def test_at_most_half_a_percent_of_honest_sets_are_quarantined():
    rng = random.Random(6)
    verdicts = Counter()
    for _ in range(10_000):
        known = random_orbit(rng)
        verdicts[judge(disturb(carry(known, rng.uniform(0.1, 3.0)), rng), [known]).verdict] += 1

    assert verdicts["quarantined"] <= 50
    assert verdicts["flagged"] <= 500


def test_a_reboost_is_accepted_and_flagged():
    """1.2 km higher within a day, as DEAR-5 in March 2026: the new set is the right one."""
    known = make_elements()
    raised = carry(known, 1.0, mean_motion_ddot=0.0)
    raised = replace(raised, mean_motion_rev_day=raised.mean_motion_rev_day * (1.0 - 2.6e-4))

    judged = judge(raised, [known])

    assert (judged.verdict, set(judged.reasons)) == ("flagged", {"manoeuvred"})
    assert "ppm" in judged.text


def test_the_nearest_known_epoch_is_the_judge_and_order_of_arrival_does_not_matter():
    known = [make_elements(), carry(make_elements(), 10.0)]
    late = carry(make_elements(), 9.0)

    assert judge(late, known).verdict == "accepted"
    assert judge(known[0], [late]).verdict == "accepted"


def test_a_set_of_another_launch_is_quarantined():
    known = make_elements()
    other = carry(known, 1.0, object_id="2016-073A")

    assert judge(other, [known]).reasons == ("other_launch",)
    assert judge(other, [], expected_object_id="2014-024A").reasons == ("other_launch",)
    assert judge(other, [], expected_object_id="2016-073B").verdict == "accepted"


def test_impossible_dates_are_quarantined():
    unborn = make_elements(object_id="2027-001A")
    future = make_elements(epoch_utc=RECEIVED + 8 * DAY)

    assert judge(unborn, []).reasons == ("epoch_before_launch",)
    assert judge(future, []).reasons == ("epoch_in_future",)
    assert judge(make_elements(epoch_utc=RECEIVED + DAY), []).verdict == "accepted"


def test_the_first_set_and_the_same_set_again_are_accepted():
    assert judge(make_elements(), []).verdict == "accepted"
    assert judge(make_elements(), [make_elements()]).verdict == "accepted"


def test_a_node_means_nothing_on_an_equatorial_orbit():
    known = make_elements(mean_motion_rev_day=1.0027, inclination_deg=0.02, object_id="")
    turned = replace(
        known, epoch_utc=EPOCH + DAY, raan_deg=(known.raan_deg + 20.0) % 360.0,
        arg_perigee_deg=(known.arg_perigee_deg - 20.0) % 360.0,
        mean_anomaly_deg=(known.mean_anomaly_deg + 360.0 * 0.0027) % 360.0,
    )  # fmt: skip

    assert "plane_jump" not in judge(turned, [known]).reasons


def test_an_object_ten_seconds_late_shows_ten_seconds():
    """Bite: the sign of the timing error turns when guess and truth are swapped."""
    known = make_elements(mean_motion_dot=0.0, bstar=0.0)
    late_deg = 360.0 * known.mean_motion_rev_day * 10.0 / DAY_S
    late = replace(known, mean_anomaly_deg=known.mean_anomaly_deg - late_deg)

    jump = compare(known, late)

    assert jump.timing_s == pytest.approx(10.0, abs=0.05)
    assert abs(jump.cross_track_km) < 0.1
    assert node_rate_deg_day(known) == pytest.approx(0.9856, abs=0.03)  # sun-synchronous
