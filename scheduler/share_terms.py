"""Owners' shares of a station as terms: reserved time of an owner per day, ISO week or month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scheduler.intervals import Span
from scheduler.objective import value_fair_share
from scheduler.problem.model import GroupTerm, Opportunity
from scheduler.shares import available_antenna_s, split_into_periods
from scheduler.stations import Station


def build_share_terms(
    stations: Sequence[Station],
    opportunities: Sequence[Opportunity],
    owner_of: Mapping[str, str],
    span: Span,
) -> Iterator[GroupTerm]:
    """Build the terms of all owners whose share is hard or has a price (eqs 2 and 8).

    ``owner_of`` maps satellites to owners. The promise of a period is the share of the antenna
    time in it that lies in the plan's span and in no downtime.
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
                    promised_s=share.share * available_antenna_s(station, period),
                    hard=share.hard,
                    price_per_s=share.price / 60.0,
                    starts_within=(low_s, high_s),
                    owner=share.owner,
                )
                yield from terms.group_terms
