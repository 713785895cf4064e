"""What a group term is worth at a price per unit of its sum: a concave function's conjugate."""

from __future__ import annotations

import numpy as np

from scheduler.problem.measure import value_sum
from scheduler.problem.model import GroupTerm


def list_corners(term: GroupTerm) -> list[float]:
    """List the sums at which the lines of a term cross, from 0 on."""
    corners = {0.0}
    for slope, intercept in term.lines:
        for other_slope, other_intercept in term.lines:
            if slope != other_slope:
                corners.add((other_intercept - intercept) / (slope - other_slope))
    return sorted(corner for corner in corners if corner >= 0)


def find_top(term: GroupTerm, most: float = np.inf) -> float:
    """Return the largest value of a term, with sums from 0 to ``most``; inf when there is none.

    Where weights may be negative, whatever the sum.
    """
    if any(weight < 0 for weight in term.weights):
        slopes = [slope for slope, _ in term.lines]
        if min(slopes) > 0 or max(slopes) < 0:
            return np.inf
        crossings = [
            (b2 - b1) / (a1 - a2) for a1, b1 in term.lines for a2, b2 in term.lines if a1 != a2
        ]
        return max(value_sum(term, total) for total in [0.0, *crossings])
    if most == np.inf and min(slope for slope, _ in term.lines) > 0:
        return np.inf
    return conjugate(term, 0.0, most)


def conjugate(term: GroupTerm, price: float, most: float = np.inf) -> float:
    """Return the most that value minus price times sum can be, over sums from 0 to ``most``."""
    return max(value_sum(term, total) - price * total for total in _list_within(term, most))


def argmax_sum(term: GroupTerm, price: float, most: float = np.inf) -> float:
    """Return the sum up to ``most`` at which value minus price times sum is greatest."""
    return max(_list_within(term, most), key=lambda total: value_sum(term, total) - price * total)


def _list_within(term: GroupTerm, most: float) -> list[float]:
    within = [corner for corner in list_corners(term) if corner < most]
    return [*within, most] if np.isfinite(most) else within
