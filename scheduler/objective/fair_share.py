"""Shares of a common antenna: reserved time of an owner against what was agreed."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.objective.base import Terms
from scheduler.problem.model import GroupTerm, Opportunity

NAME = "fair_share"


def value_fair_share(
    members: Sequence[Opportunity],
    *,
    id: str,
    promised_s: float,
    hard: bool,
    price_per_s: float = 0.0,
    starts_within: tuple[float, float] | None = None,
    owner: str = "",
) -> Terms:
    """Limit an owner's reserved time to ``promised_s`` (hard), or charge the excess (eq 2)."""
    if not hard and price_per_s <= 0:
        return Terms()
    return Terms(
        group_terms=(
            GroupTerm(
                id=id,
                name=NAME,
                quantity="reserved_s",
                members=tuple(item.id for item in members),
                lines=() if hard else ((0.0, 0.0), (-price_per_s, price_per_s * promised_s)),
                at_most=promised_s if hard else None,
                starts_within=starts_within,
                target=promised_s,
                owner=owner,
            ),
        )
    )
