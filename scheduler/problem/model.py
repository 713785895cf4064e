"""The planning problem: everything a solver, the audit and a researcher need, frozen.

All instants are float seconds on one time axis (``_s``): Unix seconds in problems that Aspan
builds, any origin in problems that people bring. Starts and ends that a solver chooses by itself
are multiples of ``time_step_s``; given ones are kept as they are. The equations are numbered in
``docs/planning-problem.md``.

Three shapes of objective and nothing else: coefficients on the opportunity (eq 1), a concave
function of a group's sum (``GroupTerm``, eq 2), a penalty on a group's gaps (``GapTerm``, eq 3);
the price of changes against the previous plan (eq 4) is a coefficient in disguise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from scheduler.problem.validation import check_problem

Trim = Literal["none", "start", "stop", "both"]
Quantity = Literal["count", "duration_s", "usable_s", "reserved_s", "volume"]
PinReason = Literal["pinned", "frozen", "commanded"]
AntennaSet = tuple[str, ...]  # antennas used at once; one, or several for an array


@dataclass(frozen=True, slots=True)
class AxisRates:
    """Slew limits of the two mount axes; an acceleration of 0 means it reaches its rate at once.

    ``azimuth_is_continuous``: no cable stops it, so it turns the shorter way round.
    """

    azimuth_rate_deg_s: float
    elevation_rate_deg_s: float
    azimuth_acceleration_deg_s2: float = 0.0
    elevation_acceleration_deg_s2: float = 0.0
    azimuth_is_continuous: bool = False


@dataclass(frozen=True, slots=True)
class AntennaResource:
    """One antenna. The gap it needs between two contacts is eq 6.

    ``parallel``: teardown + max(setup, slew + settle). ``additive``: teardown + setup + slew
    (+ settle), for files that say so. Slew is the larger of the two axes between the pointing at
    the first contact's end and at the second one's start (``axes`` with the opportunities'
    ``pointing``), and at least ``pair_slew_s["FROM|TO"]`` for a pair of satellite ids.
    """

    id: str
    station_id: str = ""
    setup_s: float = 0.0
    teardown_s: float = 0.0
    settle_s: float = 0.0
    changeover: Literal["parallel", "additive"] = "parallel"
    axes: AxisRates | None = None
    pair_slew_s: Mapping[str, float] = field(default_factory=dict)
    downtimes: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class SatelliteResource:
    """One satellite or mission: one contact at a time, ``recovery_s`` between two (eq 7)."""

    id: str
    owner: str = ""
    recovery_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A window in which one contact may be taken, at most once.

    ``antenna_sets`` are alternatives: a contact uses all antennas of exactly one of them.
    ``trim`` says which ends may move inside [start_s, end_s]; the contact lasts at least
    ``min_s`` and at most ``max_s``. ``setup_s`` and ``teardown_s`` replace the antenna's.
    Usable time is [start + lock_s, end) minus ``interruptions``. Volume is the integral of
    ``rate`` over the usable time, a step function of rows (instant, units per second), each
    valid to the next (0 before the first); or ``volume``, for the whole window, pro rata of the
    usable time; neither: unknown. ``pointing`` has rows (instant, azimuth, elevation) in degrees
    as mount angles (not wrapped), linear between; a variant with another wrap is another
    opportunity.
    """

    id: str
    satellite_id: str
    antenna_sets: tuple[AntennaSet, ...]
    start_s: float
    end_s: float
    trim: Trim = "none"
    min_s: float = 0.0
    max_s: float | None = None
    setup_s: float | None = None
    teardown_s: float | None = None
    lock_s: float = 0.0
    interruptions: tuple[tuple[float, float], ...] = ()
    volume: float | None = None
    rate: tuple[tuple[float, float], ...] = ()
    value_per_contact: float = 0.0
    value_per_s: float = 0.0  # of usable time
    value_per_volume: float = 0.0
    pointing: tuple[tuple[float, float, float], ...] = ()
    pass_id: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked for: which opportunities serve it, and its hard limits (eq 8).

    ``max_contacts`` 1 means not splittable. The members' durations sum to nothing or to at least
    ``min_total_s`` (no credit below), and to at most ``max_total_s``. Its soft goals are the
    terms that carry its id.
    """

    id: str
    members: tuple[str, ...]
    owner: str = ""
    max_contacts: int | None = None
    min_total_s: float = 0.0
    max_total_s: float | None = None


@dataclass(frozen=True, slots=True)
class GroupTerm:
    """A concave function of the weighted sum of one quantity over a group (eq 2).

    The value is the least of slope * sum + intercept over ``lines``. ``weights`` match
    ``members`` (empty: all 1). ``starts_within`` counts only contacts that start in that
    half-open span. ``at_least`` and ``at_most`` are hard limits of the sum. ``target`` is what
    was asked, for reports.
    """

    id: str
    name: str
    quantity: Quantity
    members: tuple[str, ...]
    weights: tuple[float, ...] = ()
    lines: tuple[tuple[float, float], ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    starts_within: tuple[float, float] | None = None
    target: float | None = None
    request_id: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class GapTerm:
    """A price on every second by which a gap of a group exceeds ``max_gap_s`` (eq 3).

    Gaps run from ``start_s`` to the first contact, between contacts, and to ``end_s``; outside
    there are none.
    """

    id: str
    name: str
    members: tuple[str, ...]
    start_s: float
    end_s: float
    max_gap_s: float
    price_per_s: float
    request_id: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One opportunity taken: on which antennas, from when to when."""

    opportunity_id: str
    antennas: AntennaSet
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Pin:
    """A contact that every plan holds, exactly so; ``reason`` says who holds it."""

    choice: Choice
    reason: PinReason = "pinned"


@dataclass(frozen=True, slots=True)
class Forbid:
    """An opportunity that no plan may take, with a stable reason tag."""

    opportunity_id: str
    reason: str = "forbidden"


@dataclass(frozen=True)
class PlanningProblem:
    """A whole problem. Contacts lie inside [start_s, end_s]; setup and teardown may reach out.

    ``change_price`` is paid for every contact dropped from ``previous`` and for every contact
    that is not in it, equal in opportunity, antennas, start and end (eq 4); with no previous
    contacts nothing is paid. Refuses, all at once, what cannot be a problem at all
    (``ProblemError``); contradictions between pins are results of ``contradictions``.
    """

    start_s: float
    end_s: float
    antennas: tuple[AntennaResource, ...]
    satellites: tuple[SatelliteResource, ...]
    opportunities: tuple[Opportunity, ...]
    requests: tuple[Request, ...] = ()
    group_terms: tuple[GroupTerm, ...] = ()
    gap_terms: tuple[GapTerm, ...] = ()
    pins: tuple[Pin, ...] = ()
    forbids: tuple[Forbid, ...] = ()
    previous: tuple[Choice, ...] = ()
    change_price: float = 0.0
    time_step_s: float = 1.0
    value_unit: str = ""

    def __post_init__(self) -> None:
        check_problem(self)

    @cached_property
    def opportunity_by_id(self) -> dict[str, Opportunity]:
        return {opportunity.id: opportunity for opportunity in self.opportunities}

    @cached_property
    def antenna_by_id(self) -> dict[str, AntennaResource]:
        return {antenna.id: antenna for antenna in self.antennas}

    @cached_property
    def satellite_by_id(self) -> dict[str, SatelliteResource]:
        return {satellite.id: satellite for satellite in self.satellites}
