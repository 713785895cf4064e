"""What people ask of a plan beyond the best value: goals, what stays, what a change costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scheduler.goals import Goal, read_standing_goals
from scheduler.plan import Contact, ContactPlan
from scheduler.satellites import Satellite


@dataclass(frozen=True, slots=True)
class PlanDemands:
    """The demands on one plan.

    ``pins`` and ``forbids`` name passes, candidates or contacts. Contacts of ``previous`` reserved
    from before the span, within ``freeze_s`` or within their service's command lead are held, and
    every other change against it costs ``change_price``, in the unit of the plan's value.
    """

    goals: tuple[Goal, ...] = ()
    pins: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    previous: ContactPlan | None = None
    freeze_s: float = 0.0
    change_price: float = 0.0

    @property
    def booked(self) -> tuple[Contact, ...]:
        """The contacts of the plan that the new one replaces."""
        return () if self.previous is None else self.previous.contacts

    def with_standing_goals(self, satellites: Sequence[Satellite]) -> PlanDemands:
        """Put the standing requests of the served satellites before the goals."""
        standing = (
            goal
            for satellite in satellites
            if satellite.served
            for goal in read_standing_goals(satellite)
        )
        return replace(self, goals=(*standing, *self.goals))


NO_DEMANDS = PlanDemands()
