"""Plans for notebooks: from passes to a contact plan, read as a table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from aspan.passes import Passes
from aspan.tables import Columns, Table, to_instants
from scheduler.plan import Contact, ContactPlan
from scheduler.planning import make_plan as plan_contacts
from scheduler.stations import Station

_PLAIN = (
    "satellite_id",
    "station_id",
    "antenna_id",
    "service",
    "max_elevation_deg",
    "expected_bytes",
    "tentative",
    "value",
)
_TIMES = ("reserved_start", "aos", "start", "end", "los", "reserved_end")


@dataclass(frozen=True, slots=True)
class Plan(Table):
    """A contact plan with the passes it was made from."""

    passes: Passes
    contact_plan: ContactPlan

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """The contacts, in order of start."""
        return self.contact_plan.contacts

    @property
    def stations(self) -> tuple[Station, ...]:
        """The stations that were planned."""
        return tuple(part.station for part in self.passes.parts)

    def count_reasons(self) -> dict[str, int]:
        """Count the passes that were not taken by their reason, the most frequent first."""
        return dict(Counter(item.reason for item in self.contact_plan.not_taken).most_common())

    def columns(self) -> Columns:
        """Return the contacts as columns of shape (n_contacts,), in order of start."""
        columns: dict[str, Any] = {
            name: [getattr(contact, name) for contact in self.contacts] for name in _PLAIN
        }
        for name in _TIMES:
            columns[f"{name}_utc"] = to_instants(
                [getattr(c, f"{name}_unix_s") for c in self.contacts]
            )
        columns["minutes"] = [(c.end_unix_s - c.start_unix_s) / 60.0 for c in self.contacts]
        return columns


def make_plan(
    passes: Passes, *, solver: str = "ilp", time_limit_s: float = 60.0, seed: int = 1
) -> Plan:
    """Plan contacts among passes; ``solver`` is ``greedy`` or ``ilp`` (proven optimum)."""
    grades = {
        tracked.satellite_id: grade
        for part in passes.parts
        for tracked, grade in zip(part.table.objects, part.grades, strict=True)
    }
    made = plan_contacts(
        [(part.station, part.table, part.windows) for part in passes.parts],
        passes.satellites,
        passes.span,
        grades=grades,
        now_utc=passes.now_utc,
        solver=solver,
        time_limit_s=time_limit_s,
        seed=seed,
    )
    return Plan(passes, made)
