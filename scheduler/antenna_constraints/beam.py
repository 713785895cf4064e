"""The beam of a dish: how far off the antenna may point before the signal falls by half."""

from __future__ import annotations

from scheduler.stations import Antenna

LIGHT_M_S = 299_792_458.0  # speed of light, exact (SI)


def half_power_beam_deg(dish_diameter_m: float, frequency_hz: float) -> float:
    """Return the full width of the beam at half power: 70 wavelengths over the diameter."""
    return 70.0 * LIGHT_M_S / frequency_hz / dish_diameter_m


def narrowest_beam_deg(antenna: Antenna) -> float:
    """Return the beam at the top of the antenna's receive bands, where it is narrowest."""
    highest_hz = max(high for _, high in antenna.receive_bands_hz)
    return half_power_beam_deg(antenna.dish_diameter_m, highest_hz)
