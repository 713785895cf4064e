"""Judge a new element set against what is known of its object, before it may be flown.

A jump that only another object explains is quarantined: it waits for a person. A jump of the size
of a manoeuvre is accepted and flagged, because after a manoeuvre the old set is the wrong one.
The limits were set on consecutive daily sets of ten satellites (1,319 pairs with manoeuvres, a
re-boost and a decay among them): docs/element-sets.md gives the largest honest jumps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from tle.comparison import Jump, compare
from tle.elements import ElementSet
from tle.reading_result import split_designator
from tle.timebase import DAY_S

Verdict = Literal["accepted", "flagged", "quarantined"]

MAX_FUTURE = timedelta(days=7)
DEEP_SPACE_REV_DAY = 6.4  # periods of 225 min and more: the Moon and Sun move these orbits
# What no daily manoeuvre reaches, for gaps up to 3 days; each grows with the gap beyond.
PLANE_LIMIT_DEG = 0.048
MOTION_LIMIT = 3.0e-3
ECCENTRICITY_LIMIT = 1.0e-3
TIMING_LIMIT_S = 60.0
# What no orbit does by itself: beyond is a manoeuvre.
PLANE_FLAG_DEG = 0.025
MOTION_FLAG = 1.5e-5
TIMING_FLAG_S = 5.0


@dataclass(frozen=True, slots=True)
class Judged:
    """A set with its verdict; ``reasons`` are stable tags, ``text`` says them in a sentence."""

    elements: ElementSet
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    text: str = ""


def judge(
    elements: ElementSet, recent: Sequence[ElementSet], *, expected_object_id: str = ""
) -> Judged:
    """Judge one set against the accepted sets of its object, of which the nearest epoch counts.

    ``expected_object_id`` is the designator that the operator gave for the satellite. A first set
    has only its identity to be judged by.
    """
    problems = _check_identity(elements, recent, expected_object_id)
    flags: list[tuple[str, str]] = []
    nearest = min(
        recent, key=lambda e: (abs(e.epoch_utc - elements.epoch_utc), e.fingerprint), default=None
    )
    if nearest is not None and nearest.fingerprint != elements.fingerprint:
        in_order = nearest.epoch_utc <= elements.epoch_utc
        jump = compare(nearest, elements) if in_order else compare(elements, nearest)
        problems += _find_impossible(jump, elements)
        flags = _list_manoeuvre_signs(jump, elements)
    found = problems or flags
    verdict: Verdict = "quarantined" if problems else "flagged" if flags else "accepted"
    return Judged(
        elements, verdict, tuple(tag for tag, _ in found), "; ".join(text for _, text in found)
    )


def _check_identity(
    elements: ElementSet, recent: Sequence[ElementSet], expected_object_id: str
) -> list[tuple[str, str]]:
    problems = []
    own = split_designator(elements.object_id)
    if own and own[0] > elements.epoch_utc.year:
        problems.append(
            ("epoch_before_launch", f"epoch {elements.epoch_utc:%Y}, launched in {own[0]}")
        )
    if elements.epoch_utc > elements.received_utc + MAX_FUTURE:
        problems.append(("epoch_in_future", "the epoch lies more than 7 days after its arrival"))
    known = [expected_object_id, *(e.object_id for e in recent[-1:])]
    for other in filter(None, map(split_designator, known)):
        if own and other[:2] != own[:2]:
            text = f"launch {own[0]}-{own[1]:03d}, known as launch {other[0]}-{other[1]:03d}"
            problems.append(("other_launch", text))
            break
    return problems


def _find_impossible(jump: Jump, elements: ElementSet) -> list[tuple[str, str]]:
    """List the changes that only another object explains."""
    days = abs(jump.gap_s) / DAY_S
    stretch = max(1.0, days / 3.0)
    deep = 3.0 if elements.mean_motion_rev_day < DEEP_SPACE_REV_DAY else 1.0
    found = []
    if jump.plane_deg > PLANE_LIMIT_DEG * stretch * deep:
        found.append(("plane_jump", f"the orbital plane moved by {jump.plane_deg:.3f} deg"))
    drag = abs(elements.mean_motion_dot) * 2.0 * days / elements.mean_motion_rev_day
    if abs(jump.motion_share) > MOTION_LIMIT * stretch + drag:
        found.append(("motion_jump", f"mean motion changed by {jump.motion_share:.2%}"))
    if abs(jump.eccentricity) > ECCENTRICITY_LIMIT * stretch * deep**2:
        found.append(("eccentricity_jump", f"eccentricity changed by {jump.eccentricity:+.5f}"))
    drift_s = (abs(jump.motion_share) * 1.5 + drag) * abs(jump.gap_s)
    if abs(jump.timing_s) > TIMING_LIMIT_S * deep * stretch**2 + drift_s:
        found.append(("timing_jump", f"{jump.timing_s:+.0f} s along its track, beyond any drift"))
    return found


def find_manoeuvre(older: ElementSet, newer: ElementSet) -> list[tuple[str, str]]:
    """List the changes between two sets that a manoeuvre explains and free flight does not."""
    return _list_manoeuvre_signs(compare(older, newer), newer)


def _list_manoeuvre_signs(jump: Jump, elements: ElementSet) -> list[tuple[str, str]]:
    days = abs(jump.gap_s) / DAY_S
    stretch = max(1.0, days)
    deep = 5.0 if elements.mean_motion_rev_day < DEEP_SPACE_REV_DAY else 1.0
    drag = 0.5 * abs(elements.mean_motion_dot) * days / elements.mean_motion_rev_day
    found = []
    if abs(jump.motion_share) > MOTION_FLAG * stretch * deep + drag:
        found.append(("manoeuvred", f"mean motion changed by {jump.motion_share * 1e6:+.0f} ppm"))
    if jump.plane_deg > PLANE_FLAG_DEG * stretch * deep:
        found.append(("manoeuvred", f"the orbital plane moved by {jump.plane_deg:.3f} deg"))
    drift_s = drag * abs(jump.gap_s)
    if not math.isfinite(jump.timing_s):
        found.append(("unpredictable", "the older set cannot be propagated to the newer epoch"))
    elif abs(jump.timing_s) > TIMING_FLAG_S * stretch**2 * deep + drift_s:
        found.append(("manoeuvred", f"{jump.timing_s:+.1f} s along its track"))
    return found
