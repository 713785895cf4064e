"""Satellites we may serve, as configured: names, owner, priority, downlink services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scheduler.stations import Polarisation, Provenance
from tle.offers import SourceTerms

Access = Literal["open", "agreement", "none"]
Trim = Literal["none", "start", "stop", "both"]


@dataclass(frozen=True, slots=True)
class Service:
    """One downlink of one satellite.

    ``centre_hz`` and ``rate_bps`` are None when unknown (the provenance says so). The rate is
    constant, or by elevation: below the first of ``rate_by_elevation`` the link does not close,
    with several the coding is variable. ``access`` says
    who makes the satellite transmit: it always does (``open``), on its owner's command under an
    agreement with us (``agreement``), or without any agreement (``none``: contacts are tentative).
    """

    id: str
    name: str
    access: Access = "none"
    centre_hz: float | None = None
    bandwidth_hz: float | None = None
    symbol_rate_hz: float | None = None
    rate_bps: float | None = None
    rate_by_elevation: tuple[tuple[float, float], ...] = ()  # (from so many degrees on, bit/s)
    modulation: str = ""
    polarisation: Polarisation | None = None
    trim: Trim = "none"
    min_contact_s: float | None = None  # None: the antenna's
    lock_s: float = 0.0
    command_lead_s: float = 0.0
    agreement: str = ""  # which agreement; marked when it is an example
    provenance: Mapping[str, Provenance] = field(default_factory=dict)

    @property
    def top_rate_bps(self) -> float | None:
        """The greatest rate, None when unknown."""
        return max((bps for _, bps in self.rate_by_elevation), default=self.rate_bps)


@dataclass(frozen=True, slots=True)
class ElementLimits:
    """Ages of an element set, in seconds, at which its grade falls."""

    ageing_s: float = 1 * 86_400.0
    stale_s: float = 3 * 86_400.0
    expired_s: float = 14 * 86_400.0


@dataclass(frozen=True, slots=True)
class Satellite:
    """One satellite under our own id; the catalogue number is an attribute that may be missing.

    ``served`` False carries its reason in ``not_served_reason`` (a stable tag such as ``dead``,
    ``decayed``, ``no_radio_data``) and ``not_served_note`` (a sentence). A higher priority is more
    important. ``requests`` are the standing requests as read from TOML. ``element_sources`` are the
    terms on which sources of elements may serve it, by the name of the source.
    """

    id: str
    name: str
    norad_cat_id: int | None = None
    object_id: str = ""
    other_names: tuple[str, ...] = ()
    owner: str = ""
    country: str = ""
    operator: str = ""
    status: str = ""
    priority: float = 1.0
    served: bool = True
    not_served_reason: str = ""
    not_served_note: str = ""
    services: tuple[Service, ...] = ()
    element_limits: ElementLimits = ElementLimits()
    requests: tuple[Mapping[str, Any], ...] = ()
    element_sources: Mapping[str, SourceTerms] = field(default_factory=dict)
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
