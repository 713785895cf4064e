"""Errors of the package ``app``.

InputError (ValueError)       something a caller gave is wrong: command line exit 2, HTTP 422
├── NotFoundError             names a thing that does not exist: HTTP 404
├── UnusableElementsError     element sets of which none can be used
├── LimitError                asks for more than the service answers at once
├── ConflictError             does not fit the present state of a thing: HTTP 409
└── BusyError                 may be asked again later: HTTP 429
SettingsError (ValueError)    environment, settings file or configuration files are wrong
StoreError (RuntimeError)     the database cannot be used as it stands
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class InputError(ValueError):
    """Name the field, the value and what to do about it."""

    def __init__(self, field: str, reason: str, *, value: object = None, unit: str = "") -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.value = value
        self.unit = unit

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes with everything it says."""
        return (_rebuild, (type(self), self.field, self.reason, self.value, self.unit))


def _rebuild(
    kind: type[InputError], field: str, reason: str, value: object, unit: str
) -> InputError:
    return kind(field, reason, value=value, unit=unit)


class NotFoundError(InputError):
    """The named station, satellite, plan or job does not exist."""


class UnusableElementsError(InputError):
    """Nothing of the given element sets can be used; ``refused`` says why, one by one."""

    def __init__(self, refused: Sequence[Mapping[str, Any]]) -> None:
        reasons = "; ".join(str(each["reason"]) for each in refused[:3]) or "no element sets"
        super().__init__("text", f"nothing usable: {reasons}")
        self.refused = tuple(refused)


class LimitError(InputError):
    """The request is larger than the service answers at once."""


class ConflictError(InputError):
    """The thing is not in a state that allows this."""


class BusyError(InputError):
    """Too much is waiting already; the same request may succeed later."""


class CollisionError(InputError):
    """The antenna is taken, or cannot get from one contact to the next in time: HTTP 409.

    ``kind`` is ``overlap`` or ``changeover``; ``others`` describe what is in the way.
    """

    def __init__(self, kind: str, others: Sequence[Mapping[str, Any]]) -> None:
        names = ", ".join(str(each.get("reservation_id", "another booking")) for each in others)
        reason = {
            "overlap": f"the antenna is already reserved then ({names})",
            "changeover": f"the antenna cannot get there in time from or to {names}",
        }[kind]
        super().__init__("reserved_window", reason)
        self.kind = kind
        self.others = tuple(others)
        self.alternative: Mapping[str, Any] | None = None  # the nearest that is still free


class StaleVersionError(InputError):
    """Somebody changed the contact in the meantime: HTTP 409; read it again."""

    def __init__(self, reservation_id: str, version: int) -> None:
        super().__init__(
            "version", f"{reservation_id} is not at version {version} any more; read it again"
        )


class SettingsError(ValueError):
    """The environment, the settings file or a configuration file is wrong."""


class StoreError(RuntimeError):
    """The database cannot be reached, or was made by a newer Aspan."""
