"""The element sets that come with the product, so that a first plan needs no network.

The figures of 44 satellites as CelesTrak published them in its groups "resource" and "weather",
epochs of 2026-09-05 and 06, in ``starter.csv``. They are old on the day anyone runs them: every
answer shows their age, and a refresh replaces them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources

from tle.elements import ElementSet
from tle.errors import ElementFormatError
from tle.reading import read_elements

STARTER_SOURCE = "starter"
STARTER_TAKEN_UTC = datetime(2026, 9, 6, 12, tzinfo=UTC)


def load_starter() -> tuple[ElementSet, ...]:
    """Read the bundled sets; their arrival is the day on which they were taken."""
    data = resources.files("tle").joinpath("starter.csv").read_bytes()
    result = read_elements(data, source=STARTER_SOURCE, received_utc=STARTER_TAKEN_UTC)
    if result.refused:
        raise ElementFormatError(f"starter.csv is damaged: {result.refused[0]}")
    return result.sets
