"""Owners' shares of a station as terms: reserved time of an owner per day, ISO week or month.

What an owner cannot use, or has not booked when its period is about to end, is released: the other
owners' limits rise by it, in proportion to their shares. Who used released time borrowed it; the
accounts (``scheduler.shares``) say from whom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scheduler.intervals import Span
from scheduler.objective import value_fair_share
from scheduler.plan import Contact
from scheduler.problem.model import GroupTerm, Opportunity
from scheduler.shares import ReservedTime, available_antenna_s, measure_inside, split_into_periods
from scheduler.stations import OwnerShare, Station

ReleaseRule = Literal["no_demand", "not_booked"]
_NO_DEMAND: ReleaseRule = "no_demand"
_NOT_BOOKED: ReleaseRule = "not_booked"


@dataclass(frozen=True, slots=True)
class Release:
    """Promised time that an owner leaves to the others in one period, and by which rule.

    ``no_demand``: the windows of its satellites cannot use it; ``not_booked``: the period ends
    within the owner's ``release_s`` and no contact is booked in it.
    """

    station_id: str
    owner: str
    start_unix_s: float
    end_unix_s: float
    promised_s: float
    kept_s: float
    rule: ReleaseRule

    @property
    def released_s(self) -> float:
        return self.promised_s - self.kept_s


def find_releases(
    stations: Sequence[Station],
    opportunities: Sequence[Opportunity],
    owner_of: Mapping[str, str],
    span: Span,
    *,
    now_s: float = 0.0,
    booked: Sequence[Contact] = (),
) -> list[Release]:
    """Find what every owner releases in each of its periods; nothing where it keeps its promise.

    ``owner_of`` maps satellites to owners; ``booked`` are contacts that are promised already.
    """
    found = []
    for station in stations:
        here = _list_demand(station, opportunities, owner_of)
        held = [reserve(item) for item in booked if item.station_id == station.id]
        for share in station.owners:
            for period in split_into_periods(span, share.period):
                promised_s = share.share * available_antenna_s(station, period)
                demand_s = sum(
                    measure_inside(item, period) for item in here if item.owner == share.owner
                )
                kept_s, rule = min(promised_s, demand_s), _NO_DEMAND
                if period.end_unix_s - now_s <= share.release_s:
                    booked_s = sum(
                        measure_inside(item, period) for item in held if item.owner == share.owner
                    )
                    if booked_s < kept_s:
                        kept_s, rule = booked_s, _NOT_BOOKED
                if kept_s < promised_s:
                    found.append(
                        Release(
                            station.id, share.owner, period.start_unix_s, period.end_unix_s,
                            promised_s, kept_s, rule,
                        )
                    )  # fmt: skip
    return found


def build_share_terms(
    stations: Sequence[Station],
    opportunities: Sequence[Opportunity],
    owner_of: Mapping[str, str],
    span: Span,
    *,
    releases: Sequence[Release] = (),
) -> Iterator[GroupTerm]:
    """Build the terms of all owners whose share is hard or has a price (eqs 2 and 8).

    ``owner_of`` maps satellites to owners. The promise of a period is the share of the antenna
    time in it that lies in the plan's span and in no downtime; what others release comes on top.
    """
    for station in stations:
        own = f"{station.id}/"
        here = [item for item in opportunities if item.antenna_sets[0][0].startswith(own)]
        for share in station.owners:
            members = [item for item in here if owner_of.get(item.satellite_id) == share.owner]
            if not members or not (share.hard or share.price > 0):
                continue
            for period in split_into_periods(span, share.period):
                low_s, high_s = period.start_unix_s, period.end_unix_s
                inside = [item for item in members if item.start_s < high_s and item.end_s > low_s]
                terms = value_fair_share(
                    inside,
                    id=f"{station.id}.{share.owner}.{round(low_s)}",
                    promised_s=share.share * available_antenna_s(station, period)
                    + _take_part(station, share, period, releases),
                    hard=share.hard,
                    price_per_s=share.price / 60.0,
                    starts_within=(low_s, high_s),
                    owner=share.owner,
                )
                yield from terms.group_terms


def reserve(contact: Contact) -> ReservedTime:
    """Return the antenna time that a contact takes."""
    return ReservedTime(
        contact.owner,
        contact.satellite_id,
        contact.antenna_id,
        contact.reserved_start_unix_s,
        contact.reserved_end_unix_s,
    )


def _take_part(
    station: Station, share: OwnerShare, period: Span, releases: Sequence[Release]
) -> float:
    """Sum an owner's part of what the others release, spread evenly over the lender's period."""
    total_s = 0.0
    for item in releases:
        if item.station_id != station.id or item.owner == share.owner:
            continue
        others = sum(other.share for other in station.owners if other.owner != item.owner)
        overlap_s = min(item.end_unix_s, period.end_unix_s) - max(
            item.start_unix_s, period.start_unix_s
        )
        if overlap_s > 0 and others > 0:
            part = overlap_s / (item.end_unix_s - item.start_unix_s)
            total_s += item.released_s * part * share.share / others
    return total_s


def _list_demand(
    station: Station, opportunities: Sequence[Opportunity], owner_of: Mapping[str, str]
) -> list[ReservedTime]:
    """List the time that the windows over a station could take, one per window."""
    antennas = {f"{station.id}/{antenna.id}": antenna for antenna in station.antennas}
    return [
        ReservedTime(
            owner_of.get(item.satellite_id, ""),
            item.satellite_id,
            antenna.id,
            item.start_s - antenna.setup_s,
            item.end_s + antenna.teardown_s,
        )
        for item in opportunities
        if (antenna := antennas.get(item.antenna_sets[0][0])) is not None
    ]
