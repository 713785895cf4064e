"""Configured figures as rows, and how far each may be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scheduler.stations import Antenna, Provenance, Station

_TRUSTED = ("sourced", "computed")


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One configured figure with its unit, and how far it may be trusted."""

    name: str
    value: str
    trust: str
    origin: str
    is_assumed: bool


def list_settings(
    subject: Station | Antenna,
    fields: Sequence[tuple[str, str, str]],
    confidence: Mapping[str, str],
    symbols: Mapping[str, str],
) -> list[SettingRow]:
    """List configured figures; ``fields`` are (attribute, name in words, unit).

    ``symbols`` are the units as the reader's language writes them.
    """
    rows = []
    for attribute, name, unit in fields:
        provenance = find_provenance(subject.provenance, attribute)
        rows.append(
            SettingRow(
                name=name,
                value=_write_value(getattr(subject, attribute), unit, symbols),
                trust=confidence[provenance.confidence] if provenance else "",
                origin="; ".join(filter(None, (provenance.source, provenance.note)))
                if provenance
                else "",
                is_assumed=is_assumed(provenance),
            )
        )
    return rows


def find_provenance(provenance: Mapping[str, Provenance], key: str) -> Provenance | None:
    """Find what is said of a figure: under its own key, or under one that holds for several."""
    return provenance.get(key)


def is_assumed(provenance: Provenance | None) -> bool:
    """Tell whether a figure has to be marked: neither sourced nor computed from what is."""
    return provenance is not None and provenance.confidence not in _TRUSTED


def _write_value(value: Any, unit: str, symbols: Mapping[str, str]) -> str:
    if value is None:
        return "–"
    if isinstance(value, tuple):
        return ", ".join(_write_value(item, unit, symbols) for item in value)
    scale, shown = (1e6, "MHz") if unit == "Hz" else (1.0, unit)
    number = f"{value / scale:.10g}" if isinstance(value, float) else str(value)
    return f"{number} {symbols.get(shown, shown)}".strip()
