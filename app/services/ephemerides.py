"""Ephemerides (OEM) in a choice of objects: inside its validity an OEM goes before element sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from app.services.object_choice import ObjectChoice
from scheduler.prediction.passes import TrackedObject
from scheduler.satellites import Satellite
from tle.elements import ElementSet
from tle.interpolation import OemEphemeris
from tle.mean_elements import fit_mean_elements
from tle.oem import Oem
from tle.offers import Offer, SourceTerms, serve
from tle.timebase import from_unix_s

if TYPE_CHECKING:
    from app.store.ephemerides import KeptEphemeris

EPHEMERIS_REACH = timedelta(days=31)  # how far back of the serving instant a span may begin
OPERATOR_TERMS = SourceTerms(priority=10)


def add_ephemerides(
    choice: ObjectChoice, kept: Sequence[KeptEphemeris], now_utc: datetime
) -> ObjectChoice:
    """Let the ephemerides of each satellite serve inside their validity, its element set outside.

    A satellite that has an ephemeris and no element set is predicted inside the validity only.
    """
    known = {tracked.satellite_id: tracked for tracked in choice.objects}
    limits = dict(zip(known, choice.limits, strict=True))
    for satellite in choice.satellites:
        messages = [each.message for each in kept if _is_of(each, satellite)]
        if not messages:
            continue
        offers = [Offer(message, OPERATOR_TERMS) for message in messages]
        tracked = known.get(satellite.id)
        if tracked is None:
            elements = describe_orbit(messages[-1], satellite)
            tracked = TrackedObject(satellite.id, satellite.name, elements)
        else:
            offers.append(Offer(tracked.elements))
        known[satellite.id] = replace(tracked, ephemeris=serve(offers, now_utc))
        limits[satellite.id] = satellite.element_limits
    ordered = [s.id for s in choice.satellites if s.id in known]
    return replace(
        choice,
        objects=tuple(known[name] for name in ordered),
        limits=tuple(limits[name] for name in ordered),
        missing=tuple(each for each in choice.missing if each.satellite_id not in known),
    )


def describe_orbit(message: Oem, satellite: Satellite) -> ElementSet:
    """Fit mean elements to the first state of an OEM: they name its orbit and its age."""
    start = np.array([message.valid_from_unix_s])
    r_km, v_km_s, _ = OemEphemeris(message).position_velocity(start)
    fit = fit_mean_elements(
        from_unix_s(float(start[0])),
        start,
        r_km,
        v_km_s,
        name=satellite.name,
        source=f"OEM {message.fingerprint[:16]} {message.source}",
    )
    return replace(
        fit.elements,
        norad_cat_id=satellite.norad_cat_id,
        object_id=message.object_id,
        received_utc=message.received_utc,
    )


def _is_of(kept: KeptEphemeris, satellite: Satellite) -> bool:
    """Match by the satellite it was given to, else by designator, else by name."""
    if kept.satellite_id is not None:
        return kept.satellite_id == satellite.id
    if kept.message.object_id and satellite.object_id:
        return kept.message.object_id == satellite.object_id
    names = {name.casefold() for name in (satellite.id, satellite.name, *satellite.other_names)}
    return kept.message.object_name.casefold() in names
