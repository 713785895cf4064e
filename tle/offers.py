"""Which ephemeris serves a satellite when: sources have priority, validity and expiry.

An offer is an element set or an OEM with the terms of its source for one satellite. The highest
priority that is enabled, unexpired and valid at the instant wins; of equal priority the newest.
Whatever serves an instant is described by an element set: itself, or the orbit of the OEM.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from tle.elements import ElementSet
from tle.interpolation import NOT_COVERED, OemEphemeris
from tle.mean_elements import fit_mean_elements
from tle.oem import Oem
from tle.propagation import Ephemeris, ErrorArray, Sgp4Ephemeris
from tle.timebase import FloatArray, from_unix_s, to_unix_s


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """The terms on which a source may serve one satellite.

    A higher ``priority`` wins. ``expires_after_s`` counts from the epoch (of an OEM: from its
    creation); beyond, the offer is not used. None never expires. It serves no instant before
    ``valid_from_utc`` and none after ``valid_to_utc``.
    """

    priority: int = 0
    enabled: bool = True
    expires_after_s: float | None = None
    valid_from_utc: datetime | None = None
    valid_to_utc: datetime | None = None


DEFAULT_TERMS = SourceTerms()
OEM_TERMS = SourceTerms(priority=10)  # of an OEM whose source has no terms of its own
SOURCE_NAMES = ("celestrak", "space-track", "url", "file", "upload", "starter")


def name_source(source: str) -> str:
    """Return the one of ``SOURCE_NAMES`` that the source of a set or an OEM stands for."""
    return "upload" if source.startswith("by hand") else source.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class OemOrbit(ElementSet):
    """The orbit of an OEM as mean elements, under the fingerprint of the OEM.

    Its epoch is the creation of the message, within the states: ages count from there.
    """

    oem_fingerprint: str = ""

    @property
    def fingerprint(self) -> str:
        return self.oem_fingerprint


def describe_oem(message: Oem, *, name: str, norad_cat_id: int | None) -> OemOrbit:
    """Fit mean elements to the state of an OEM nearest to its creation."""
    at_unix_s = min(
        max(to_unix_s(message.creation_utc), message.valid_from_unix_s), message.valid_to_unix_s
    )
    instants = np.array([at_unix_s])
    r_km, v_km_s, _ = OemEphemeris(message).position_velocity(instants)
    fit = fit_mean_elements(from_unix_s(at_unix_s), instants, r_km, v_km_s, name=name).elements
    values = {f.name: getattr(fit, f.name) for f in fields(ElementSet) if f.init}
    values |= {
        "norad_cat_id": norad_cat_id,
        "object_id": message.object_id,
        "source": f"OEM, {message.source}",
        "received_utc": message.received_utc,
    }
    return OemOrbit(**values, oem_fingerprint=message.fingerprint)


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """An element set or an OEM, with the terms of its source.

    ``name`` and ``norad_cat_id`` are those of the satellite that an OEM was given to.
    """

    content: ElementSet | Oem
    terms: SourceTerms = DEFAULT_TERMS
    name: str = ""
    norad_cat_id: int | None = None

    @property
    def orbit(self) -> ElementSet:
        """Describe what is served: the element set itself, or the orbit of the OEM."""
        if isinstance(self.content, ElementSet):
            return self.content
        name = self.name or self.content.object_name
        return describe_oem(self.content, name=name, norad_cat_id=self.norad_cat_id)

    @property
    def valid_from_unix_s(self) -> float:
        own = self.content.valid_from_unix_s if isinstance(self.content, Oem) else -float("inf")
        start_utc = self.terms.valid_from_utc
        return own if start_utc is None else max(own, to_unix_s(start_utc))

    @property
    def valid_to_unix_s(self) -> float:
        own = self.content.valid_to_unix_s if isinstance(self.content, Oem) else float("inf")
        end_utc = self.terms.valid_to_utc
        return own if end_utc is None else min(own, to_unix_s(end_utc))

    @property
    def is_bounded(self) -> bool:
        """Tell whether it serves some instants only."""
        return self.valid_from_unix_s > -float("inf") or self.valid_to_unix_s < float("inf")

    @property
    def reference_utc(self) -> datetime:
        """Give the instant that says how new the offer is: epoch, or creation of the message."""
        content = self.content
        return content.creation_utc if isinstance(content, Oem) else content.epoch_utc

    def build_ephemeris(self) -> Ephemeris:
        """Build the ephemeris that the passes are found with."""
        content = self.content
        return OemEphemeris(content) if isinstance(content, Oem) else Sgp4Ephemeris(content)


@dataclass(frozen=True, slots=True)
class ServedEphemeris:
    """Offers in the order of their rank: the first that covers an instant serves it."""

    ranked: tuple[Offer, ...]
    orbits: tuple[ElementSet, ...]  # describes each offer
    ephemerides: tuple[Ephemeris, ...]

    @property
    def valid_from_unix_s(self) -> float:
        return min(offer.valid_from_unix_s for offer in self.ranked)

    @property
    def valid_to_unix_s(self) -> float:
        return max(offer.valid_to_unix_s for offer in self.ranked)

    def find_rank(self, unix_s: FloatArray) -> NDArray[np.int64]:
        """Return which offer serves each instant, shape (n,); the last where none does."""
        rank = np.full(len(unix_s), len(self.ranked) - 1, dtype=np.int64)
        for at in range(len(self.ranked) - 2, -1, -1):
            _, _, error = self._ask(at, unix_s)
            rank[error != NOT_COVERED] = at
        return rank

    def position_velocity(self, unix_s: FloatArray) -> tuple[FloatArray, FloatArray, ErrorArray]:
        """Return TEME positions in km (n, 3), velocities in km/s (n, 3) and error codes (n,)."""
        instants = np.atleast_1d(np.asarray(unix_s, dtype=np.float64))
        r_km = np.full((len(instants), 3), np.nan)
        v_km_s = np.full((len(instants), 3), np.nan)
        error = np.full(len(instants), NOT_COVERED, dtype=np.uint8)
        for at in range(len(self.ranked)):
            left = error == NOT_COVERED
            if left.any():
                r_km[left], v_km_s[left], error[left] = self._ask(at, instants[left])
        return r_km, v_km_s, error

    def _ask(self, at: int, unix_s: FloatArray) -> tuple[FloatArray, FloatArray, ErrorArray]:
        """Return the states of one offer, not covered outside its validity."""
        offer, unix_s = self.ranked[at], np.asarray(unix_s, dtype=np.float64)
        r_km, v_km_s, error = self.ephemerides[at].position_velocity(unix_s)
        outside = (unix_s < offer.valid_from_unix_s) | (unix_s > offer.valid_to_unix_s)
        return r_km, v_km_s, np.where(outside, np.uint8(NOT_COVERED), error)


def rank_usable(offers: Sequence[Offer], now_utc: datetime) -> tuple[Offer, ...]:
    """Return the offers that are enabled and not expired, best first."""
    usable = [o for o in offers if o.terms.enabled and not _is_expired(o, now_utc)]
    return tuple(sorted(usable, key=_rank, reverse=True))


def serve(ranked: Sequence[Offer]) -> ServedEphemeris:
    """Combine offers in the order of their rank, each where no better one is valid."""
    return ServedEphemeris(
        tuple(ranked),
        tuple(offer.orbit for offer in ranked),
        tuple(offer.build_ephemeris() for offer in ranked),
    )


def _is_expired(offer: Offer, now_utc: datetime) -> bool:
    limit_s = offer.terms.expires_after_s
    return limit_s is not None and (now_utc - offer.reference_utc).total_seconds() > limit_s


def _rank(offer: Offer) -> tuple[int, datetime, float, str]:
    content = offer.content
    arrival_s = to_unix_s(content.received_utc)
    return (offer.terms.priority, offer.reference_utc, arrival_s, content.fingerprint)
