"""Objective terms by name. The price of change (stability) is ``PlanningProblem.change_price``."""

from __future__ import annotations

from collections.abc import Callable

from scheduler.objective.base import Terms
from scheduler.objective.data_volume import value_data_volume
from scheduler.objective.fair_share import value_fair_share
from scheduler.objective.preferred_hours import value_preferred_hours
from scheduler.objective.priority import value_priority
from scheduler.objective.revisit_gap import value_revisit_gap
from scheduler.objective.satisfaction import value_satisfaction

OBJECTIVES: dict[str, Callable[..., Terms]] = {
    "priority": value_priority,
    "data_volume": value_data_volume,
    "satisfaction": value_satisfaction,
    "revisit_gap": value_revisit_gap,
    "fair_share": value_fair_share,
    "preferred_hours": value_preferred_hours,
}

__all__ = [
    "OBJECTIVES",
    "Terms",
    "value_data_volume",
    "value_fair_share",
    "value_preferred_hours",
    "value_priority",
    "value_revisit_gap",
    "value_satisfaction",
]
