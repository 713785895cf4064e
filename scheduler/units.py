"""Constants with their source, decibels, and what the suffixes of names mean.

``_utc`` aware instant, ``_unix_s`` seconds since 1970 UTC, ``_s`` seconds, ``_km``, ``_km_s``,
``_m``, ``_deg``, ``_deg_s``, ``_hz``, ``_bps`` bits per second, ``_bytes``, ``_db``, ``_dbw``,
``_dbi``, ``_dbhz``, ``_db_k`` dB per kelvin (G/T). A name without a suffix is no physical number.
"""

from __future__ import annotations

import math

import numpy as np

from tle.timebase import FloatArray

LIGHT_KM_S = 299_792.458  # speed of light, exact (SI)
BOLTZMANN_DBW = -228.5991672  # 10 log10 of 1.380649e-23 W/(K Hz), exact (SI 2019)


def to_db(ratio: float) -> float:
    """Return ten times the decimal logarithm of a power ratio."""
    return 10.0 * math.log10(ratio)


def from_db(value_db: float) -> float:
    """Return the power ratio of a value in decibels."""
    return float(10.0 ** (value_db / 10.0))


def free_space_loss_db(range_km: FloatArray, frequency_hz: float) -> FloatArray:
    """Return the free-space loss between isotropic antennas: 20 log10(4 pi d f / c), shape (n,)."""
    return np.asarray(20.0 * np.log10(4.0 * math.pi * range_km * frequency_hz / LIGHT_KM_S))
