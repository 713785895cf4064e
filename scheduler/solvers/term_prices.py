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


def find_top(term: GroupTerm) -> float:
    """Return the largest value a term can have, whatever the sum; inf when it has none."""
    slopes = [slope for slope, _ in term.lines]
    signed = any(weight < 0 for weight in term.weights)
    if min(slopes) > 0 or (max(slopes) < 0 and signed):
        return np.inf
    crossings = [
        (b2 - b1) / (a1 - a2) for a1, b1 in term.lines for a2, b2 in term.lines if a1 != a2
    ]
    return max(value_sum(term, total) for total in [0.0, *crossings])


def conjugate(term: GroupTerm, price: float) -> float:
    """Return the most that value minus price times sum can be, over sums from 0 on."""
    return max(value_sum(term, total) - price * total for total in list_corners(term))


def argmax_sum(term: GroupTerm, price: float) -> float:
    """Return the sum at which value minus price times sum is greatest."""
    return max(list_corners(term), key=lambda total: value_sum(term, total) - price * total)
