"""Priority times usable minutes: the value of a contact unless something else is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scheduler.objective.base import Terms
from scheduler.problem.model import Opportunity


def value_priority(members: Sequence[Opportunity], *, priority: float = 1.0) -> Terms:
    """Give every usable minute of the members the value ``priority`` (eq 1)."""
    return Terms(tuple(replace(item, value_per_s=priority / 60.0) for item in members))
