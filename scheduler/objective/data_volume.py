"""Value for data: so much per unit of volume, where the rate is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scheduler.objective.base import Terms
from scheduler.problem.model import Opportunity


def value_data_volume(members: Sequence[Opportunity], *, value_per_volume: float) -> Terms:
    """Add a value per unit of volume to the members (eq 1); unknown rates add nothing."""
    return Terms(
        tuple(
            replace(item, value_per_volume=item.value_per_volume + value_per_volume)
            for item in members
        )
    )
