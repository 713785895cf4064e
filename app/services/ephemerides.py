"""What may serve a satellite: element sets and ephemerides on the terms of their sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from scheduler.prediction.passes import TrackedObject
from scheduler.satellites import Satellite
from tle.catalogue import select_for
from tle.elements import ElementSet
from tle.oem import Oem
from tle.offers import (
    DEFAULT_TERMS,
    OEM_TERMS,
    Offer,
    SourceTerms,
    name_source,
    rank_usable,
    serve,
)
from tle.timebase import to_unix_s

if TYPE_CHECKING:
    from app.store.ephemerides import KeptEphemeris

EPHEMERIS_REACH = timedelta(days=31)  # how far back of the serving instant a span may begin


def list_offers(
    satellite: Satellite,
    sets: Sequence[ElementSet],
    kept: Sequence[KeptEphemeris],
    at_utc: datetime,
) -> tuple[Offer, ...]:
    """List what the sources offer: of sets on equal terms the one that serves the instant."""
    terms = satellite.element_sources
    equal: dict[SourceTerms, list[ElementSet]] = defaultdict(list)
    for elements in sets:
        equal[terms.get(name_source(elements.source), DEFAULT_TERMS)].append(elements)
    offers = [
        Offer(chosen, each)
        for each, group in equal.items()
        if (chosen := select_for(group, at_utc)) is not None
    ]
    offers += [
        Offer(
            each.message,
            terms.get(name_source(each.message.source), OEM_TERMS),
            satellite.name,
            satellite.norad_cat_id,
        )
        for each in kept
        if (
            is_of(each.message, satellite)
            if each.satellite_id is None
            else each.satellite_id == satellite.id
        )
    ]
    return tuple(offers)


def track_offers(
    satellite: Satellite, offers: Sequence[Offer], at_utc: datetime, now_utc: datetime
) -> TrackedObject | None:
    """Track the best offer, each instant by the best that is valid then; None of none usable."""
    ranked = rank_usable(offers, now_utc)
    if not ranked:
        return None
    if not ranked[0].is_bounded:
        return TrackedObject(satellite.id, satellite.name, ranked[0].orbit)
    endless = next((at for at, offer in enumerate(ranked) if not offer.is_bounded), len(ranked))
    served = serve(ranked[: endless + 1])
    rank = served.find_rank(np.array([to_unix_s(at_utc)]))[0]
    return TrackedObject(satellite.id, satellite.name, served.orbits[rank], served)


def is_of(message: Oem, satellite: Satellite) -> bool:
    """Match an ephemeris that was given to nobody: by designator, else by name."""
    if message.object_id and satellite.object_id:
        return message.object_id == satellite.object_id
    names = {name.casefold() for name in (satellite.id, satellite.name, *satellite.other_names)}
    return message.object_name.casefold() in names
