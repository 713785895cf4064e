"""Which of the unassigned objects of a launch is ours: likelihoods from where it was expected.

Each object is judged at its own epoch. Every dispersed orbit of every hypothesis is carried there
by SGP4, and both sides are compared in osculating equinoctial elements, in which the spread of an
injection stays nearly normal for days while positions bend into an arc. The spread, the noise of
first public elements and the drag that they claim (a plan does not know it, and a first public
drag is a guess) give a multivariate Student density; its tails allow for the limited number of
samples. Longitude is left out of a comparison once its spread passes half a radian: the satellite
may then be anywhere along its orbit, and only plane, size and shape can tell.

Probabilities are among the objects given and say nothing if ours is not listed; ``chance`` does:
the share of our own dispersed orbits, blurred by that noise, that lie farther out than the object.
A chance near 0 means that the object is not ours, or that the injection went worse than its
covariance promised.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tle.elements import ElementSet
from tle.equinoctial import EARTH_MU_KM3_S2, from_states
from tle.errors import ElementRangeError
from tle.launch import Hypothesis
from tle.propagation import build_array, build_record, propagate, propagate_many
from tle.timebase import DAY_S, FloatArray, to_unix_s

WIDEST_LONGITUDE_RAD = 0.5
_LEAST_SAMPLES = 20


@dataclass(frozen=True, slots=True)
class ElementNoise:
    """How far first public elements may be from the truth, one sigma each (assumption)."""

    mean_motion_ratio: float = 2e-5
    eccentricity: float = 1e-4
    plane_deg: float = 0.01
    longitude_deg: float = 0.05


@dataclass(frozen=True, slots=True)
class Match:
    """How well one object fits, over all hypotheses; ``hypothesis`` is the one it fits best."""

    elements: ElementSet
    probability: float  # among the objects given
    log_likelihood: float
    hypothesis: str
    chance: float  # share of our dispersed orbits farther out, in its best hypothesis
    miss_along_deg: float  # object minus nominal, in mean longitude
    miss_altitude_km: float  # object minus nominal, in semi-major axis
    miss_plane_deg: float


def identify(
    hypotheses: Sequence[Hypothesis],
    objects: Iterable[ElementSet],
    *,
    noise: ElementNoise | None = None,
) -> tuple[Match, ...]:
    """Rank the objects, best first; probabilities add up to 1 (an empty list gives none).

    Objects that SGP4 cannot place at their own epoch, and those of an epoch before separation,
    are left out. Raises ElementRangeError when a hypothesis has fewer than 20 samples.
    """
    for hypothesis in hypotheses:
        if len(hypothesis.samples) < _LEAST_SAMPLES:
            raise ElementRangeError(
                f"hypothesis {hypothesis.name!r} has {len(hypothesis.samples)} dispersed orbits; "
                f"give at least {_LEAST_SAMPLES}",
                field="samples",
            )
    clouds = [_Cloud(hypothesis, noise or ElementNoise()) for hypothesis in hypotheses]
    found = [best for elements in objects if (best := _judge(clouds, elements)) is not None]
    if not found:
        return ()
    peak = max(match.log_likelihood for match in found)
    total = sum(math.exp(match.log_likelihood - peak) for match in found)
    ranked = sorted(found, key=lambda match: (-match.log_likelihood, match.elements.fingerprint))
    return tuple(
        replace(match, probability=math.exp(match.log_likelihood - peak) / total)
        for match in ranked
    )


def of_launch(sets: Iterable[ElementSet], designator: str) -> tuple[ElementSet, ...]:
    """Keep the sets of one launch, given as 2026-123, in their order."""
    return tuple(
        elements
        for elements in sets
        if elements.object_id.startswith(designator) and not elements.object_id[8:9].isdigit()
    )


class _Cloud:
    """The dispersed orbits of one hypothesis, ready to be carried to any instant."""

    def __init__(self, hypothesis: Hypothesis, noise: ElementNoise) -> None:
        self.name = hypothesis.name
        self.log_weight = math.log(hypothesis.weight) if hypothesis.weight else -math.inf
        self.first_unix_s = to_unix_s(hypothesis.nominal.epoch_utc)
        self._elements = hypothesis.nominal
        self._nominal = build_record(hypothesis.nominal)
        self._samples = build_array(hypothesis.samples)
        plane = math.radians(noise.plane_deg) / 2.0  # p and q are tangents of half an angle
        sigmas = [noise.mean_motion_ratio, noise.eccentricity, noise.eccentricity, plane, plane]
        self._noise = np.diag(np.square([*sigmas, math.radians(noise.longitude_deg)]))

    def judge(
        self, there: FloatArray, unix_s: float, bstar: float
    ) -> tuple[float, float, FloatArray] | None:
        """Return log density, chance and miss of equinoctial elements ``there`` at an instant.

        ``bstar`` is what the object's set claims of its drag.
        """
        at = np.array([unix_s])
        r_km, v_km_s, error = propagate(self._nominal, at)
        many_r_km, many_v_km_s, many_error = propagate_many(self._samples, at)
        alive = many_error[:, 0] == 0
        if error[0] or np.count_nonzero(alive) < _LEAST_SAMPLES:
            return None
        centre = from_states(r_km, v_km_s)[0]
        spread = from_states(many_r_km[alive, 0], many_v_km_s[alive, 0]) - centre
        miss = there - centre
        spread[:, 5], miss[5] = _wrap(spread[:, 5]), float(_wrap(miss[5]))
        drag = self._drag(centre, unix_s, bstar)
        noise = self._noise + np.outer(drag, drag)
        used = 6 if spread[:, 5].std() < WIDEST_LONGITUDE_RAD else 5
        log_density, distance, distances = _student(
            spread[:, :used], miss[:used], noise[:used, :used]
        )
        if used == 5:
            log_density -= math.log(2.0 * math.pi)  # anywhere along the orbit
        return log_density, float(np.mean(distances >= distance)), miss

    def _drag(self, centre: FloatArray, unix_s: float, bstar: float) -> FloatArray:
        """Return what a drag would have changed since separation, in equinoctial elements."""
        dragged = build_record(replace(self._elements, bstar=bstar))
        r_km, v_km_s, error = propagate(dragged, np.array([unix_s]))
        if error[0]:
            return np.zeros(6)
        change = from_states(r_km, v_km_s)[0] - centre
        change[5] = float(_wrap(change[5]))
        return np.where(np.isfinite(change), change, 0.0)


def _judge(clouds: Sequence[_Cloud], elements: ElementSet) -> Match | None:
    unix_s = to_unix_s(elements.epoch_utc)
    r_km, v_km_s, error = propagate(build_record(elements), np.array([unix_s]))
    if error[0]:
        return None
    there = from_states(r_km, v_km_s)[0]
    if not np.isfinite(there).all():
        return None
    scores: list[tuple[float, str, float, FloatArray]] = []
    for cloud in clouds:
        if unix_s >= cloud.first_unix_s and (judged := cloud.judge(there, unix_s, elements.bstar)):
            log_density, chance, miss = judged
            scores.append((cloud.log_weight + log_density, cloud.name, chance, miss))
    if not scores:
        return None
    best, name, chance, miss = max(scores, key=lambda score: score[0])
    rate_rad_s = math.exp(there[0]) * 2.0 * math.pi / DAY_S
    axis_km = (EARTH_MU_KM3_S2 / rate_rad_s**2) ** (1.0 / 3.0)
    return Match(
        elements=elements,
        probability=0.0,
        log_likelihood=best + math.log(sum(math.exp(score[0] - best) for score in scores)),
        hypothesis=name,
        chance=chance,
        miss_along_deg=math.degrees(miss[5]),
        miss_altitude_km=-2.0 / 3.0 * float(miss[0]) * axis_km,
        miss_plane_deg=math.degrees(2.0 * math.hypot(miss[3], miss[4])),
    )


def _student(
    spread: FloatArray, miss: FloatArray, noise: FloatArray
) -> tuple[float, float, FloatArray]:
    """Return the log predictive density of ``miss``, its squared distance, and the samples'.

    The samples are blurred by the noise, as the object is; the blur is always the same.
    """
    count, size = spread.shape
    freedom = count - size
    mean = spread.mean(axis=0)
    covariance = np.cov(spread.T) * (1.0 + 1.0 / count) + noise
    scale = covariance * (count - 1) / freedom
    factor = np.linalg.cholesky(scale)
    blur = np.random.default_rng(0).multivariate_normal(np.zeros(size), noise, size=count)
    away = np.linalg.solve(factor, np.column_stack([miss - mean, (spread - mean + blur).T]))
    distances = np.sum(away**2, axis=0)
    log_density = (
        math.lgamma((freedom + size) / 2.0)
        - math.lgamma(freedom / 2.0)
        - size / 2.0 * math.log(freedom * math.pi)
        - float(np.sum(np.log(np.diag(factor))))
        - (freedom + size) / 2.0 * math.log1p(float(distances[0]) / freedom)
    )
    return log_density, float(distances[0]), distances[1:]


def _wrap(angle_rad: FloatArray) -> FloatArray:
    return np.asarray((angle_rad + np.pi) % (2.0 * np.pi) - np.pi)
