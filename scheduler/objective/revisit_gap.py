"""Goals on the time between contacts: no gap longer than so much."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.objective.base import Terms
from scheduler.problem.model import GapTerm, Opportunity


def value_revisit_gap(
    members: Sequence[Opportunity],
    *,
    id: str,
    start_s: float,
    end_s: float,
    max_gap_s: float,
    price_per_s: float,
    request_id: str = "",
    owner: str = "",
) -> Terms:
    """Charge every second by which a gap exceeds ``max_gap_s`` (eq 3)."""
    return Terms(
        gap_terms=(
            GapTerm(
                id=id,
                name="revisit_gap",
                members=tuple(item.id for item in members),
                start_s=start_s,
                end_s=end_s,
                max_gap_s=max_gap_s,
                price_per_s=price_per_s,
                request_id=request_id,
                owner=owner,
            ),
        )
    )
