"""Errors of the package ``tle``.

ElementsError (ValueError)
├── ElementFormatError      text that is not the format it claims to be
├── ElementRangeError       a field outside its physical or legal range
└── IdentityError           elements of another object than the one asked for
TimeError (ValueError)      a naive, unreadable or unrepresentable instant
PropagationError (ArithmeticError)   SGP4 refuses, or the object has decayed
OutsideValidityError (LookupError)   an ephemeris asked outside its span
SourceError (OSError)       a source of element sets did not give a usable answer
└── SourceBlockedError      the source waits for a person, or for its interval
"""

from __future__ import annotations


class ElementsError(ValueError):
    """Say what is wrong with one element set, and where."""

    def __init__(self, reason: str, *, line: int | None = None, field: str | None = None) -> None:
        self.reason = reason
        self.line = line
        self.field = field
        place = "".join(
            [f"line {line}: " if line is not None else "", f"{field}: " if field else ""]
        )
        super().__init__(place + reason)


class ElementFormatError(ElementsError):
    """The text is not an element set of the format it claims to be."""


class ElementRangeError(ElementsError):
    """A field is outside its physical or legal range."""


class IdentityError(ElementsError):
    """The elements are of another object than the one asked for."""


class TimeError(ValueError):
    """An instant is naive, unreadable or outside the supported years."""


class PropagationError(ArithmeticError):
    """SGP4 refuses the elements, or the object has decayed."""


class OutsideValidityError(LookupError):
    """An ephemeris was asked for an instant outside its validity."""


class SourceError(OSError):
    """A source of element sets did not give a usable answer."""


class SourceBlockedError(SourceError):
    """The source may not be asked now: its interval runs, or a person must acknowledge a fault."""
