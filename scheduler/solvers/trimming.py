"""Trimmed contacts in a draft: fill the free rest of windows, then move starts and ends."""

from __future__ import annotations

from scheduler.solvers.base import Deadline
from scheduler.solvers.draft import Draft


def insert_trimmed(draft: Draft, deadline: Deadline) -> None:
    pass


def refine_trims(draft: Draft, deadline: Deadline) -> None:
    pass
