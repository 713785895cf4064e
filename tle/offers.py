"""Which ephemeris serves a satellite when: sources have priority, validity and expiry.

An offer is an element set or an OEM with the terms of its source for one satellite. The highest
priority that is enabled, unexpired and valid at the instant wins; of equal priority the newest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from tle.elements import ElementSet
from tle.interpolation import NOT_COVERED, OemEphemeris
from tle.oem import Oem
from tle.propagation import Ephemeris, ErrorArray, Sgp4Ephemeris
from tle.timebase import FloatArray, to_unix_s


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """The terms on which a source may serve one satellite.

    A higher ``priority`` wins. ``expires_after_s`` counts from the epoch (of an OEM: from its
    creation); beyond, the offer is not used. None never expires.
    """

    priority: int = 0
    enabled: bool = True
    expires_after_s: float | None = None


DEFAULT_TERMS = SourceTerms()


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """An element set or an OEM, with the terms of its source."""

    content: ElementSet | Oem
    terms: SourceTerms = DEFAULT_TERMS

    @property
    def valid_from_unix_s(self) -> float:
        return self.content.valid_from_unix_s if isinstance(self.content, Oem) else -float("inf")

    @property
    def valid_to_unix_s(self) -> float:
        return self.content.valid_to_unix_s if isinstance(self.content, Oem) else float("inf")

    @property
    def reference_utc(self) -> datetime:
        """Give the instant that says how new the offer is: epoch, or creation of the message."""
        content = self.content
        return content.creation_utc if isinstance(content, Oem) else content.epoch_utc

    def build_ephemeris(self) -> Ephemeris:
        """Build the ephemeris that the passes are found with."""
        content = self.content
        return OemEphemeris(content) if isinstance(content, Oem) else Sgp4Ephemeris(content)


@dataclass(frozen=True, slots=True, eq=False)
class ServedSpan:
    """A span [from, to) in Unix seconds that one offer serves."""

    from_unix_s: float
    to_unix_s: float
    offer: Offer


@dataclass(frozen=True, slots=True)
class ServedEphemeris:
    """Ephemerides in the order of their rank: the first that covers an instant serves it."""

    ranked: tuple[Ephemeris, ...]

    @property
    def valid_from_unix_s(self) -> float:
        return min(ephemeris.valid_from_unix_s for ephemeris in self.ranked)

    @property
    def valid_to_unix_s(self) -> float:
        return max(ephemeris.valid_to_unix_s for ephemeris in self.ranked)

    def position_velocity(self, unix_s: FloatArray) -> tuple[FloatArray, FloatArray, ErrorArray]:
        """Return TEME positions in km (n, 3), velocities in km/s (n, 3) and error codes (n,)."""
        instants = np.atleast_1d(np.asarray(unix_s, dtype=np.float64))
        r_km = np.full((len(instants), 3), np.nan)
        v_km_s = np.full((len(instants), 3), np.nan)
        error = np.full(len(instants), NOT_COVERED, dtype=np.uint8)
        for ephemeris in self.ranked:
            left = (error == NOT_COVERED) & (instants >= ephemeris.valid_from_unix_s)
            left &= instants <= ephemeris.valid_to_unix_s
            if left.any():
                r_km[left], v_km_s[left], error[left] = ephemeris.position_velocity(instants[left])
        return r_km, v_km_s, error


def serve(offers: Sequence[Offer], now_utc: datetime) -> ServedEphemeris | None:
    """Combine the offers that may serve, each where no better one is valid; None of none."""
    usable = [o for o in offers if o.terms.enabled and not _is_expired(o, now_utc)]
    ranked = tuple(o.build_ephemeris() for o in sorted(usable, key=_rank, reverse=True))
    return ServedEphemeris(ranked) if ranked else None


def select_offer(offers: Sequence[Offer], at_unix_s: float, now_utc: datetime) -> Offer | None:
    """Choose the offer that serves an instant, as known now; None when none may."""
    usable = [
        offer
        for offer in offers
        if offer.terms.enabled
        and not _is_expired(offer, now_utc)
        and offer.valid_from_unix_s <= at_unix_s <= offer.valid_to_unix_s
    ]
    return max(usable, key=_rank, default=None)


def divide_span(
    offers: Sequence[Offer], from_unix_s: float, to_unix_s: float, now_utc: datetime
) -> tuple[ServedSpan, ...]:
    """Divide a span among the offers; what no offer covers is left out."""
    bounds = {from_unix_s, to_unix_s}
    for offer in offers:
        for bound in (offer.valid_from_unix_s, offer.valid_to_unix_s):
            if from_unix_s < bound < to_unix_s:
                bounds.add(bound)
    edges = sorted(bounds)
    spans: list[ServedSpan] = []
    for start, end in pairwise(edges):
        chosen = select_offer(offers, 0.5 * (start + end), now_utc)
        if chosen is None:
            continue
        if spans and spans[-1].offer is chosen and spans[-1].to_unix_s == start:
            spans[-1] = ServedSpan(spans[-1].from_unix_s, end, chosen)
        else:
            spans.append(ServedSpan(start, end, chosen))
    return tuple(spans)


def _is_expired(offer: Offer, now_utc: datetime) -> bool:
    limit_s = offer.terms.expires_after_s
    return limit_s is not None and (now_utc - offer.reference_utc).total_seconds() > limit_s


def _rank(offer: Offer) -> tuple[int, datetime, float, str]:
    content = offer.content
    arrival_s = to_unix_s(content.received_utc)
    return (offer.terms.priority, offer.reference_utc, arrival_s, content.fingerprint)
