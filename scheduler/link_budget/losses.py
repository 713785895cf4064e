"""Losses on the way and at the dish. Rain statistics come as a table for one site at X band."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scheduler.stations import Station
from tle.timebase import FloatArray


@dataclass(frozen=True, slots=True)
class SiteAttenuation:
    """Attenuation of gas, cloud, rain and scintillation exceeded for a share of the year.

    ``attenuation_db`` has a row per elevation, a column per share (percent); between its points
    the logarithm runs straight over the logarithms of share and of the sine of elevation.
    ``gas_db`` is the part of the gas by elevation, which hardly knows good and bad days.
    """

    site: str
    frequency_hz: float
    elevation_deg: tuple[float, ...]
    exceeded_percent: tuple[float, ...]
    attenuation_db: tuple[tuple[float, ...], ...]
    gas_db: tuple[float, ...]
    source: str

    def split_db(self, elevation_deg: float, percent: float) -> tuple[float, float]:
        """Return the attenuation exceeded as its part of gas, and the rest."""
        total_db = float(self.exceeded_db(elevation_deg, percent))
        sines = np.sin(np.radians(self.elevation_deg))
        sine = math.sin(math.radians(min(max(elevation_deg, 0.5), 90.0)))
        gas_db = float(np.exp(np.interp(math.log(sine), np.log(sines), np.log(self.gas_db))))
        gas_db *= max(float(sines[0]) / sine, 1.0)  # below the table the air mass goes on
        return min(gas_db, total_db), max(total_db - gas_db, 0.0)

    def exceeded_db(self, elevation_deg: FloatArray | float, percent: float) -> FloatArray:
        """Return the attenuation exceeded for so many percent of a year, shape of elevation.

        Outside the table its edge holds, but below its lowest elevation the air mass goes on.
        """
        shares = np.log(self.exceeded_percent)
        share = math.log(percent)
        rows = [np.interp(share, shares, np.log(row)) for row in self.attenuation_db]
        sines = np.log(np.sin(np.radians(self.elevation_deg)))
        sine = np.log(np.sin(np.radians(np.clip(elevation_deg, 0.5, 90.0))))
        below = np.maximum(sines[0] - sine, 0.0)
        return np.asarray(np.exp(np.interp(sine, sines, rows) + below))

    def availability_percent(self, elevation_deg: float, spare_db: float) -> float:
        """Return for how much of a year the attenuation stays below a spare in the budget.

        Within what the table knows: at most 99.99 %; 0 when even 5 % of the year exceed it.
        """
        percents = np.geomspace(self.exceeded_percent[0], self.exceeded_percent[-1], 400)
        met = [float(self.exceeded_db(elevation_deg, float(p))) <= spare_db for p in percents]
        if not any(met):
            return 0.0
        return 100.0 - float(percents[met.index(True)])


# Total of gas, cloud, rain and scintillation at 8.2 GHz, 7.3 m dish, R0.01 27.3 mm/h, rain height
# 4.01 km.
ALMATY = SiteAttenuation(
    site="Almaty",
    frequency_hz=8.2e9,
    elevation_deg=(5.0, 10.0, 30.0, 90.0),
    exceeded_percent=(0.01, 0.1, 1.0, 5.0),
    attenuation_db=(
        (8.38, 3.83, 2.08, 1.31),
        (4.89, 2.00, 0.98, 0.60),
        (2.24, 0.78, 0.32, 0.18),
        (1.26, 0.41, 0.16, 0.08),
    ),
    gas_db=(0.55, 0.27, 0.10, 0.05),
    source="ITU-R P.618/676/837/838/839/840 computed with itur 0.4.0",
)


def pointing_loss_db(error_deg: float, beam_deg: float) -> float:
    """Return the loss of a Gaussian beam off its axis: 12 (error / half-power beam) squared."""
    return 12.0 * (error_deg / beam_deg) ** 2


def compute_site_attenuation(
    station: Station, frequency_hz: float, dish_diameter_m: float
) -> SiteAttenuation:
    """Compute the table of any site with the optional library itur (extra ``itu``, slow)."""
    try:
        import itur  # noqa: PLC0415 - 15 s and 560 MB: only when asked for
    except ImportError as error:
        raise ImportError(
            f"station {station.id}: rain statistics of other sites need the extra itu; "
            "install aspan[itu] or give a table"
        ) from error
    elevations, percents = ALMATY.elevation_deg, ALMATY.exceeded_percent
    # gas, cloud, rain, scintillation, total
    parts = [
        [
            itur.atmospheric_attenuation_slant_path(
                station.latitude_deg,
                station.longitude_deg,
                frequency_hz / 1e9,
                elevation,
                percent,
                dish_diameter_m,
                hs=station.altitude_m / 1e3,
                return_contributions=True,
            )
            for percent in percents
        ]
        for elevation in elevations
    ]
    return SiteAttenuation(
        station.name,
        frequency_hz,
        elevations,
        percents,
        tuple(tuple(float(each[4].value) for each in row) for row in parts),
        tuple(float(row[percents.index(1.0)][0].value) for row in parts),
        "ITU-R, computed with itur",
    )
