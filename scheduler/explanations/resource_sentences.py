"""What limits a plan, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scheduler.explanations.sentences import TEXTS

RESOURCE_TEXTS: Mapping[str, str] = {
    "none": "No resource limits the plan: all that can be seen is taken.",
    "antenna_hours": (
        "Antenna time limits the plan most, at {station} between {from_h} and {to_h} UTC. "
        "One more antenna hour there is worth {value} {unit} and {gigabytes} GB "
        "(solved again with a second antenna in these hours of each day, {hours} h in all: "
        "{gain} {unit}, {gain_gigabytes} GB)."
    ),
    "share": (
        "The share {place} limits the plan most. One more hour of it is worth {value} {unit} and "
        "{gigabytes} GB (solved again)."
    ),
}


def write_worth_sentence(
    worth: Mapping[str, Any] | None, translate: Callable[[str], str] = str
) -> str:
    """Say what limits a plan and what more of it is worth, and when that is not proven.

    ``worth`` is a record of ``app.exports.explanation_records.write_worth``.
    """
    if worth is None:
        return translate(RESOURCE_TEXTS["none"])
    scarcity = worth["scarcity"]
    hours = scarcity["hours_utc"] or (0.0, 0.0)
    sentence = translate(RESOURCE_TEXTS[scarcity["kind"]]).format(
        station=scarcity["place"],
        place=scarcity["place"],
        from_h=_clock(hours[0]),
        to_h=_clock(hours[1]),
        value=f"{worth['gain_per_unit']:.1f}",
        unit=translate(worth["value_unit"]),
        gigabytes=f"{worth['gain_bytes_per_unit'] / 1e9:.0f}",
        hours=f"{worth['added']:g}",
        gain=f"{worth['gain']:.1f}",
        gain_gigabytes=f"{worth['gain_bytes'] / 1e9:.0f}",
    )
    return sentence if worth["is_proven"] else f"{sentence} {translate(TEXTS['not_proven'])}"


def _clock(hours: float) -> str:
    return f"{int(hours):02d}:{round(hours % 1 * 60):02d}"
