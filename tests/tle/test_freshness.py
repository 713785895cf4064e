"""Ages and grades."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.tle.element_builders import EPOCH, make_elements
from tle.freshness import age_s, grade, worst_grade


@dataclass
class Limits:
    ageing_s: float = 100.0
    stale_s: float = 300.0
    expired_s: float = 1400.0


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-500, "fresh"), (0, "fresh"), (99, "fresh"), (100, "ageing"), (300, "stale"),
     (1399, "stale"), (1400, "expired")],
)  # fmt: skip
def test_the_grade_falls_at_the_limits_of_age(seconds, expected):
    now = EPOCH + timedelta(seconds=seconds)

    assert age_s(make_elements(), now) == seconds
    assert grade(make_elements(), now, Limits()) == expected


def test_the_worst_of_several_grades_counts():
    assert worst_grade(["fresh", "expired", "stale"]) == "expired"
    assert worst_grade([]) is None
