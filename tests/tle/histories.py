"""Made-up histories: a satellite whose published sets wander as real ones do."""

import math
import random
from dataclasses import replace
from datetime import timedelta

from tests.tle.element_builders import EPOCH, make_elements
from tle.propagation import build_record
from tle.timebase import DAY_S

LATENCY = timedelta(hours=8)


def make_history(days, *, seed=1, drag_noise=2e-6, manoeuvres=(), base=None):
    """Make one set a day of a satellite with an uncertain drag.

    The true mean motion wanders by drag that no set knows; each set shows the truth of its epoch.
    ``manoeuvres`` are (day, relative change of mean motion).
    """
    rng = random.Random(seed)
    elements = base or make_elements(bstar=0.0, mean_motion_dot=0.0, eccentricity=0.001)
    jumps = dict(manoeuvres)
    motion, phase_deg, drag = elements.mean_motion_rev_day, elements.mean_anomaly_deg, 0.0
    record_rates = _secular_rates(elements)
    sets = []
    for day in range(days):
        moment = elements.epoch_utc + timedelta(days=day)
        sets.append(
            replace(
                elements,
                epoch_utc=moment,
                received_utc=moment + LATENCY,
                mean_motion_rev_day=motion,
                mean_anomaly_deg=phase_deg % 360.0,
                raan_deg=(elements.raan_deg + record_rates[0] * day) % 360.0,
                arg_perigee_deg=(elements.arg_perigee_deg + record_rates[1] * day) % 360.0,
            )
        )
        drag = 0.9 * drag + rng.gauss(0.0, drag_noise)
        motion *= 1.0 + jumps.get(day, 0.0)
        phase_deg += _mean_anomaly_rate(elements, motion) + 180.0 * drag
        motion += drag
    return sets


def make_decay(days, *, lifetime_days):
    """Make one set a day of a satellite whose fall grows e-fold every 40 km until it is over."""
    mu = 398_600.8
    axis_km, phase_deg, node_deg, perigee_deg, sets = 6378.135 + 320.0, 0.0, 0.0, 0.0, []
    base = make_elements(bstar=0.0, eccentricity=0.001)
    for day in range(days):
        moment = EPOCH + timedelta(days=day)
        motion = math.sqrt(mu / axis_km**3) * DAY_S / (2.0 * math.pi)
        left = lifetime_days - day
        fall_km_day = 40.0 / left
        sets.append(
            replace(
                base,
                epoch_utc=moment,
                received_utc=moment + LATENCY,
                mean_motion_rev_day=motion,
                mean_motion_dot=0.75 * motion * fall_km_day / axis_km,
                mean_anomaly_deg=phase_deg % 360.0,
                raan_deg=node_deg % 360.0,
                arg_perigee_deg=perigee_deg % 360.0,
            )
        )
        node_rate, perigee_rate = _secular_rates(sets[-1])
        node_deg, perigee_deg = node_deg + node_rate, perigee_deg + perigee_rate
        phase_deg += _mean_anomaly_rate(sets[-1], motion) + 360.0 * sets[-1].mean_motion_dot
        axis_km -= fall_km_day
    return sets


def _secular_rates(elements):
    """Node and perigee drift in deg/day, from SGP4's own initialisation."""
    record = build_record(elements)
    degrees = 180.0 / math.pi
    return record.nodedot * 1440.0 * degrees, record.argpdot * 1440.0 * degrees


def _mean_anomaly_rate(elements, motion):
    record = build_record(replace(elements, mean_motion_rev_day=motion))
    return record.mdot * 1440.0 * 180.0 / math.pi
