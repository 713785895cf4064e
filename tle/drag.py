"""The drag term B* of a satellite that does not fly yet, from its area, mass and the Sun's mood.

SGP4 has one atmosphere for all times: density falls with the fourth power of height above 78 km and
is 2.461e-5 kg/m^2 per Earth radius at 120 km (Spacetrack Report 3). B* carries everything else, so
we scale it until SGP4 loses height as fast as the density of the assumed solar activity makes it.

The density is that of J. Kennewell, "Satellite orbital decay calculations", Australian Space
Weather Agency (IPS), 1999: one exponential with exospheric temperature 900 + 2.5 (F10.7 - 70)
+ 1.5 Ap. Its author gives it for 180 to 500 km; above, it is extrapolated. Real densities differ
from any such model by a factor of two and from day to day by tens of percent: good enough to see
how a design loses height over weeks, useless for the date of a re-entry.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tle.equinoctial import EARTH_RADIUS_KM
from tle.errors import ElementRangeError
from tle.timebase import FloatArray

LEAST_ALTITUDE_KM = 180.0
_DENSITY_120_KG_M3 = 2.461e-5 / 1e3  # Spacetrack Report 3 gives it per km of Earth radius


@dataclass(frozen=True, slots=True)
class Drag:
    """What the drag of a design is computed from; the solar activity is an assumption.

    The default flux and Ap stand for the middle of a solar cycle; 70 sfu is a deep minimum,
    220 sfu a strong maximum.
    """

    area_m2: float
    mass_kg: float
    drag_coefficient: float = 2.2
    solar_flux_sfu: float = 140.0  # F10.7
    geomagnetic_ap: float = 15.0

    def __post_init__(self) -> None:
        for field, value, least, most, unit in (
            ("area_m2", self.area_m2, 0.0, 1e4, "m2"),
            ("mass_kg", self.mass_kg, 1e-3, 1e6, "kg"),
            ("drag_coefficient", self.drag_coefficient, 0.0, 5.0, ""),
            ("solar_flux_sfu", self.solar_flux_sfu, 50.0, 400.0, "sfu"),
            ("geomagnetic_ap", self.geomagnetic_ap, 0.0, 400.0, ""),
        ):
            if not least <= value <= most:
                raise ElementRangeError(
                    f"{value} {unit}; give a value from {least:g} to {most:g}", field=field
                )

    @property
    def ballistic_m2_kg(self) -> float:
        """Return Cd A / m."""
        return self.drag_coefficient * self.area_m2 / self.mass_kg

    def describe(self) -> str:
        """Say the assumption in a sentence."""
        return (
            f"drag: area {self.area_m2:g} m2, mass {self.mass_kg:g} kg, "
            f"Cd {self.drag_coefficient:g}, F10.7 {self.solar_flux_sfu:g} sfu, "
            f"Ap {self.geomagnetic_ap:g}; density by Kennewell (1999), a factor of two either way"
        )


def density_kg_m3(
    altitude_km: FloatArray, solar_flux_sfu: float, geomagnetic_ap: float
) -> FloatArray:
    """Return the mean density of the thermosphere by Kennewell's formula, same shape."""
    temperature_k = 900.0 + 2.5 * (solar_flux_sfu - 70.0) + 1.5 * geomagnetic_ap
    molecular_mass = np.maximum(27.0 - 0.012 * (altitude_km - 200.0), 1.0)
    return np.asarray(6e-10 * np.exp(-(altitude_km - 175.0) * molecular_mass / temperature_k))


def sgp4_density_kg_m3(altitude_km: FloatArray) -> FloatArray:
    """Return the density that SGP4 assumes when B* = Cd A / m x 2.461e-5 x 6378.135 / 2."""
    return np.asarray(_DENSITY_120_KG_M3 * ((120.0 - 78.0) / (altitude_km - 78.0)) ** 4)


def bstar(drag: Drag, axis_km: float, eccentricity: float) -> float:
    """Return B* in 1/Earth radii that loses as much axis a revolution as the density takes.

    Both atmospheres are averaged over the orbit, weighted as drag acts on the axis (King-Hele).
    """
    perigee_km = axis_km * (1.0 - eccentricity) - EARTH_RADIUS_KM
    if not perigee_km >= LEAST_ALTITUDE_KM:
        raise ElementRangeError(
            f"{perigee_km:.1f} km of perigee; drag is modelled from {LEAST_ALTITUDE_KM:g} km up",
            field="altitude_km",
        )
    cosine = np.cos(np.linspace(0.0, math.pi, 2001))
    altitude_km = axis_km * (1.0 - eccentricity * cosine) - EARTH_RADIUS_KM
    weight = np.sqrt((1.0 + eccentricity * cosine) ** 3 / (1.0 - eccentricity * cosine))
    real = np.sum(weight * density_kg_m3(altitude_km, drag.solar_flux_sfu, drag.geomagnetic_ap))
    static = np.sum(weight * sgp4_density_kg_m3(altitude_km))
    conversion = 0.5 * _DENSITY_120_KG_M3 * EARTH_RADIUS_KM * 1e3
    return float(conversion * drag.ballistic_m2_kg * real / static)
