"""The two ends of a downlink: what the satellite radiates and what the antenna makes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scheduler.antenna_constraints.beam import half_power_beam_deg
from scheduler.stations import Antenna
from scheduler.units import LIGHT_KM_S, to_db

APERTURE_EFFICIENCY = 0.6  # of a shaped dish with its feed; assumption
SYSTEM_NOISE_K = 130.0  # X band at low elevation, cooled front end not needed; assumption
POINTING_ERROR_SHARE = 0.1  # of the beam: program track of a kept antenna; assumption


@dataclass(frozen=True, slots=True)
class Transmitter:
    """A satellite's transmitter: power with antenna gain towards the station, and its source."""

    eirp_dbw: float
    source: str = "assumption"


@dataclass(frozen=True, slots=True)
class Receiver:
    """A station's receiver: figure of merit, beam, and how far off it points."""

    g_over_t_db_k: float
    beam_deg: float
    pointing_error_deg: float = 0.0
    polarisation_loss_db: float = 0.2
    implementation_loss_db: float = 1.5
    source: str = "assumption"


def dish_gain_dbi(dish_diameter_m: float, frequency_hz: float) -> float:
    """Return the gain of a dish: efficiency times (pi D / wavelength) squared."""
    turns = math.pi * dish_diameter_m * frequency_hz / (LIGHT_KM_S * 1e3)
    return to_db(APERTURE_EFFICIENCY * turns**2)


def describe_receiver(antenna: Antenna, frequency_hz: float) -> Receiver:
    """Return the receiver that an antenna is: its configured G/T, else one from its dish."""
    beam_deg = half_power_beam_deg(antenna.dish_diameter_m, frequency_hz)
    g_over_t, source = antenna.g_over_t_db_k, "stations.toml"
    if g_over_t is None:
        gain_dbi = dish_gain_dbi(antenna.dish_diameter_m, frequency_hz)
        g_over_t = gain_dbi - to_db(SYSTEM_NOISE_K)
        source = f"{antenna.dish_diameter_m:g} m dish, 60 % efficiency, 130 K: assumption"
    return Receiver(g_over_t, beam_deg, POINTING_ERROR_SHARE * beam_deg, source=source)
