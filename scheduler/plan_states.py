"""The life of a plan version: a draft until it is published; then replaced, or withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from scheduler.errors import IllegalTransitionError

PlanState = Literal["draft", "published", "superseded", "withdrawn"]
PLAN_STATES: tuple[PlanState, ...] = get_args(PlanState)


@dataclass(frozen=True, slots=True)
class PlanTransition:
    """One legal change of a plan's state, the verb that names it, and when it happens."""

    source: PlanState
    target: PlanState
    verb: str
    when: str


PLAN_TRANSITIONS: tuple[PlanTransition, ...] = (
    PlanTransition("draft", "published", "publish", "its contacts are booked"),
    PlanTransition("published", "published", "publish", "it is published again, after a change"),
    PlanTransition("superseded", "published", "publish", "people go back to it"),
    PlanTransition("published", "superseded", "supersede", "a later plan covers all of its rest"),
    PlanTransition("draft", "withdrawn", "withdraw", "nobody wants it published"),
    PlanTransition("published", "withdrawn", "withdraw", "its contacts are given back"),
    PlanTransition("superseded", "withdrawn", "withdraw", "what is left of it is given back"),
)

_LEGAL = {(each.source, each.target) for each in PLAN_TRANSITIONS}


@dataclass(frozen=True, slots=True)
class PlanExtent:
    """Where and when a plan says what is done: its stations and its span in Unix seconds."""

    station_ids: frozenset[str]
    start_unix_s: float
    end_unix_s: float


def require_plan_transition(source: PlanState, target: PlanState) -> None:
    """Raise IllegalTransitionError, naming what is possible, unless the table has the change."""
    if (source, target) not in _LEGAL:
        possible = tuple(item.target for item in PLAN_TRANSITIONS if item.source == source)
        raise IllegalTransitionError(source, f"become {target!r}", possible, thing="plan")


def supersedes(newer: PlanExtent, older: PlanExtent, now_unix_s: float) -> bool:
    """Tell whether a published plan leaves nothing of an older one in force.

    It has to cover all of its stations, and its span from now on.
    """
    return (
        older.station_ids <= newer.station_ids
        and newer.start_unix_s <= max(older.start_unix_s, now_unix_s)
        and newer.end_unix_s >= older.end_unix_s
    )
