"""Bytes of contacts by an adaptive downlink: the rate follows range and dish, contact by contact.

The rate is the fastest of the DVB-S2 modes that closes with the margin in clear air; gas and rain
must fit into the margin. Every figure of the link is a parameter of the study.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scheduler.link_budget.budget import adaptive_rate_bps, carrier_to_noise_dbhz
from scheduler.link_budget.modes import ADAPTIVE_MODES
from scheduler.link_budget.terminals import Transmitter, describe_receiver
from scheduler.prediction.topocentric import look_angles
from scheduler.stations import Antenna, Station
from tle.elements import ElementSet
from tle.propagation import build_record, propagate
from tle.timebase import FloatArray

_SAMPLES = 25  # along a contact: about every 20 s


@dataclass(frozen=True, slots=True)
class LinkDesign:
    """The satellite's side of an adaptive downlink."""

    eirp_dbw: float
    frequency_hz: float
    symbol_rate_hz: float
    margin_db: float = 3.0
    max_rate_bps: float = np.inf


def contact_bytes(
    link: LinkDesign,
    station: Station,
    dish_diameters_m: tuple[float | None, ...],
    elements: ElementSet,
    spans: FloatArray,
    *,
    lock_s: float,
) -> FloatArray:
    """Return the bytes of each contact (n, 2) with each dish, shape (n, n_dishes).

    A dish of None is the station's own, with its configured G/T. Between samples the lower rate of
    the two ends counts; ``lock_s`` is lost at the start.
    """
    start_s = np.minimum(spans[:, 0] + lock_s, spans[:, 1])
    parts = np.linspace(0.0, 1.0, _SAMPLES)
    unix_s = start_s[:, None] + (spans[:, 1] - start_s)[:, None] * parts
    r_km, v_km_s, error = propagate(build_record(elements), unix_s.ravel())
    look = look_angles(r_km, v_km_s, station, unix_s.ravel())
    range_km = np.where(error == 0, look.range_km, np.inf)
    found = np.zeros((len(spans), len(dish_diameters_m)))
    for column, dish_m in enumerate(dish_diameters_m):
        receiver = describe_receiver(with_dish(station.antennas[0], dish_m), link.frequency_hz)
        c_n0_dbhz = carrier_to_noise_dbhz(
            Transmitter(link.eirp_dbw), receiver, frequency_hz=link.frequency_hz, range_km=range_km
        )
        rate_bps = adaptive_rate_bps(
            c_n0_dbhz,
            link.symbol_rate_hz,
            ADAPTIVE_MODES,
            margin_db=link.margin_db,
            implementation_loss_db=receiver.implementation_loss_db,
        )
        rate_bps = np.minimum(rate_bps, link.max_rate_bps).reshape(unix_s.shape)
        lower_bps = np.minimum(rate_bps[:, :-1], rate_bps[:, 1:])
        found[:, column] = lower_bps.mean(axis=1) * (spans[:, 1] - start_s) / 8.0
    return found


def with_dish(antenna: Antenna, dish_diameter_m: float | None) -> Antenna:
    """Return the antenna with another dish, its G/T then computed from the dish."""
    if dish_diameter_m is None:
        return antenna
    return replace(antenna, dish_diameter_m=dish_diameter_m, g_over_t_db_k=None)
