"""The life of a contact: one table of states and transitions, and the conditions beside them.

A state says what has been done with a contact; a condition says what is the matter with it. Every
state change in Aspan goes through ``require_transition``.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Literal, get_args

from scheduler.errors import IllegalTransitionError

ContactState = Literal[
    "planned",
    "reserved",
    "preparing",
    "executing",
    "post_pass",
    "completed",
    "failed",
    "missed",
    "cancelled",
]
Condition = Literal["drifted", "conflicting", "provisional", "tentative"]

STATES: tuple[ContactState, ...] = get_args(ContactState)
CONDITIONS: tuple[Condition, ...] = get_args(Condition)


@dataclass(frozen=True, slots=True)
class Transition:
    """One legal change of state, the verb that names it, and when it happens."""

    source: ContactState
    target: ContactState
    verb: str
    when: str


TRANSITIONS: tuple[Transition, ...] = (
    Transition("planned", "reserved", "reserve", "a person books it, or its plan is published"),
    Transition("planned", "cancelled", "withdraw", "its plan is withdrawn before publishing"),
    Transition("reserved", "preparing", "prepare", "setup starts"),
    Transition("reserved", "cancelled", "cancel", "a person or a re-plan gives the time back"),
    Transition("reserved", "missed", "miss", "setup should have started and nobody did"),
    Transition("preparing", "executing", "start", "the antenna follows the satellite"),
    Transition("preparing", "cancelled", "cancel", "a person stops it during setup"),
    Transition("preparing", "missed", "miss", "the contact ended before tracking began"),
    Transition("preparing", "failed", "fail", "setup broke down"),
    Transition("executing", "post_pass", "stop", "tracking ended, teardown runs"),
    Transition("executing", "failed", "fail", "tracking broke down"),
    Transition("post_pass", "completed", "complete", "teardown ended"),
    Transition("post_pass", "failed", "fail", "the contact turned out useless"),
)

TERMINAL_STATES: tuple[ContactState, ...] = ("completed", "failed", "missed", "cancelled")
BOOKED_STATES: tuple[ContactState, ...] = ("reserved", "preparing", "executing", "post_pass")

_LEGAL = {(transition.source, transition.target) for transition in TRANSITIONS}


def is_terminal(state: ContactState) -> bool:
    """Tell whether a contact in this state can never change again."""
    return state in TERMINAL_STATES


def occupies_antenna(state: ContactState) -> bool:
    """Tell whether a contact in this state keeps its antenna for its whole reserved window."""
    return state in BOOKED_STATES


def require_state(state: str, allowed: Container[str], verb: str) -> None:
    """Raise IllegalTransitionError, naming what is possible, unless a verb fits the state."""
    if state not in allowed:
        possible = tuple(item.verb for item in TRANSITIONS if item.source == state)
        raise IllegalTransitionError(state, f"be changed by {verb!r}", possible)


def require_transition(source: ContactState, target: ContactState) -> None:
    """Raise IllegalTransitionError, naming what is possible, unless the table has the change."""
    if (source, target) not in _LEGAL:
        possible = tuple(item.target for item in TRANSITIONS if item.source == source)
        raise IllegalTransitionError(source, f"become {target!r}", possible)
