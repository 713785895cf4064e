"""Goals on the sum of a group: at least, or about, so many contacts, minutes or bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scheduler.objective.base import Terms
from scheduler.problem.model import GroupTerm, Opportunity, Quantity


def value_satisfaction(
    members: Sequence[Opportunity],
    *,
    id: str,
    quantity: Quantity,
    target: float,
    price: float,
    about: bool = False,
    starts_within: tuple[float, float] | None = None,
    request_id: str = "",
    owner: str = "",
) -> Terms:
    """Charge ``price`` per unit that the sum falls short of ``target`` (eq 2).

    ``about`` charges the excess too. Counts are whole: between the two next to a broken target
    runs a line of their own, so that bounds see no count between them.
    """
    lines = [(price, -price * target), (0.0, 0.0)]
    if about:
        lines[1] = (-price, price * target)
    if quantity == "count" and target % 1.0:
        below = math.floor(target)
        low, high = (min(a * count + b for a, b in lines) for count in (below, below + 1))
        lines.insert(1, (high - low, low - (high - low) * below))
    return Terms(
        group_terms=(
            GroupTerm(
                id=id,
                name="satisfaction",
                quantity=quantity,
                members=tuple(item.id for item in members),
                lines=tuple(lines),
                starts_within=starts_within,
                target=target,
                request_id=request_id,
                owner=owner,
            ),
        )
    )
