"""Errors of the package ``scheduler``.

ConfigurationError (ValueError)   a table of stations.toml or satellites.toml that cannot be used
IllegalTransitionError (ValueError)   a contact or plan is in a state that does not allow a change
ProblemError (ValueError)   a planning problem that is none
UnknownNamesError (LookupError)   pins and forbids that name nothing a plan could take
AuditError (RuntimeError)   a plan that the audit refuses
"""

from __future__ import annotations

from collections.abc import Mapping


class ConfigurationError(ValueError):
    """Say which file, table and key cannot be used, the value found, and what to do."""

    def __init__(
        self, reason: str, *, file: str, table: str = "", key: str = "", value: object = None
    ) -> None:
        self.reason = reason
        self.file = file
        self.table = table
        self.key = key
        self.value = value
        found = f" = {value!r}" if key and value is not None else ""
        place = ": ".join(part for part in (file, table, f"{key}{found}") if part)
        super().__init__(f"{place}: {reason}")


class IllegalTransitionError(ValueError):
    """Name the state, what was asked for ("become 'cancelled'", "move"), and what is possible."""

    def __init__(
        self, source: str, asked: str, possible: tuple[str, ...], *, thing: str = "contact"
    ) -> None:
        self.source = source
        self.asked = asked
        self.possible = possible
        choice = f"possible: {', '.join(possible)}" if possible else "it is a final state"
        super().__init__(f"state: a {thing} in {source!r} cannot {asked}; {choice}")


class ProblemError(ValueError):
    """Say everything that is wrong with the form of a planning problem, each with its place."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(faults))


class UnknownNamesError(LookupError):
    """Name the pins and forbids that mean no candidate, each with what is known of it."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.names = tuple(reasons)
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in reasons.items()))


class AuditError(RuntimeError):
    """Say why the independent audit refuses a plan: a fault of a solver, never of the input."""

    def __init__(self, violations: tuple[str, ...]) -> None:
        self.violations = violations
        super().__init__(
            f"the plan breaks {len(violations)} rules and is not kept: {'; '.join(violations[:5])}"
        )
