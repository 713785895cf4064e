"""The records of a comparison of two plans: what became of each contact, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ChangeKind = Literal["kept", "moved", "added", "dropped"]
KINDS: tuple[ChangeKind, ...] = ("kept", "moved", "added", "dropped")
SAME_S = 1.0  # contacts whose ends move less than this are the same


@dataclass(frozen=True, slots=True)
class Change:
    """One contact in both plans, or in one of them.

    ``cause`` is a stable tag. Where the inputs of both plans are known it names the input that
    changed (``comparison.causes``), and ``through`` the contact that passed it on, empty when
    the cause lies in the contact itself. Else: ``new_elements``, ``antenna_changed`` or
    ``chosen_otherwise`` for a move; for an added or dropped contact the reason that the other plan
    gives for its pass, or ``no_such_pass`` when it has none.
    """

    kind: ChangeKind
    satellite_id: str
    station_id: str
    start_unix_s: float
    old_contact_id: str | None
    new_contact_id: str | None
    start_shift_s: float | None = None
    end_shift_s: float | None = None
    cause: str = ""
    through: str = ""


@dataclass(frozen=True, slots=True)
class PlanDiff:
    """All changes between two plans, in order of time."""

    old_plan_id: str
    new_plan_id: str
    changes: tuple[Change, ...]

    @property
    def counts(self) -> dict[ChangeKind, int]:
        """Count the changes of each kind."""
        return {kind: sum(change.kind == kind for change in self.changes) for kind in KINDS}
