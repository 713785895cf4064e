"""How sure pass times are, and where an antenna can no longer count on them.

The timing error comes from ``tle.timing``. An antenna that follows predictions (program) misses
when the error moves the satellite by more than half a beam; one that searches (auto) when it moves
it out of the acquisition scan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scheduler.antenna_constraints.beam import narrowest_beam_deg
from scheduler.prediction.passes import PassTable
from scheduler.stations import Antenna, Station
from scheduler.window_table import WindowTable
from tle.comparison import perigee_radius_km
from tle.offers import OemOrbit
from tle.timebase import DAY_S, FloatArray, to_unix_s
from tle.timing import TimingModel, growth_s, prior_scores

MU_KM3_S2 = 398_600.8  # WGS-72, as SGP4
SIGMAS_IN_BOUND = 1.95996  # 95 % of a normal error, when only the prior is known


def time_passes(table: PassTable, models: Mapping[str, TimingModel]) -> PassTable:
    """Add the timing uncertainty at AOS, in s: sigma and the 95 % bound.

    ``models`` are by satellite id. Objects without one, and those that an ephemeris serves, get the
    prior of their orbit class, scaled by the growth curve of ``tle.timing`` and at most half a
    revolution.
    """
    elements = [tracked.elements for tracked in table.objects]
    epoch = np.array([to_unix_s(each.epoch_utc) for each in elements], dtype=np.float64)
    half_period = np.array([DAY_S / each.mean_motion_rev_day / 2 for each in elements])
    score = prior_scores(elements)
    owner = table.object_index
    age_days = (table.aos_unix_s - epoch[owner]) / DAY_S if len(table) else np.empty(0)
    bound = growth_s(age_days) * score[owner] if len(table) else np.empty(0)
    sigma = bound / SIGMAS_IN_BOUND
    for index, tracked in enumerate(table.objects):
        model = models.get(tracked.satellite_id)
        if model is None or isinstance(tracked.elements, OemOrbit):
            continue
        rows = owner == index
        bound[rows] = model.bound95_s(tracked.elements, table.aos_unix_s[rows])
        sigma[rows] = model.sigma_s(tracked.elements, table.aos_unix_s[rows])
    if len(table):
        bound, sigma = np.minimum(bound, half_period[owner]), np.minimum(sigma, half_period[owner])
    return replace(table, timing_sigma_s=sigma, timing_bound95_s=bound)


def mark_uncertain(table: PassTable, windows: WindowTable, station: Station) -> WindowTable:
    """Mark the windows in which the 95 % bound moves the satellite out of the antenna's reach.

    ``table`` must carry its timing bound (``time_passes``).
    """
    if table.timing_bound95_s is None:
        raise ValueError("timing: the passes carry no bound; call time_passes first")
    error_deg = table.timing_bound95_s * peak_rate_deg_s(table, station)
    limit_deg = np.array(
        [
            _limit_deg(next(each for each in station.antennas if each.id == name))
            for name in windows.antenna_ids
        ]
    )
    if not len(windows.window_row):
        return replace(windows, window_uncertain=np.empty(0, dtype=np.bool_))
    rows = windows.rows[windows.window_row]
    uncertain: NDArray[np.bool_] = error_deg[rows] > limit_deg[windows.window_antenna]
    return replace(windows, window_uncertain=uncertain)


def peak_rate_deg_s(table: PassTable, station: Station) -> FloatArray:
    """Estimate the angular rate at culmination, shape (n_passes,), in deg/s.

    Speed over range on a circle through the perigee: the fastest the orbit allows, the Earth's
    rotation (at most 7 %) left out.
    """
    if not len(table):
        return np.empty(0)
    perigee_km = np.array([perigee_radius_km(tracked.elements) for tracked in table.objects])
    perigee_km = perigee_km[table.object_index]
    site_km = 6_371.0 + station.altitude_m / 1_000.0
    elevation = np.radians(table.max_elevation_deg)
    reach = np.maximum(perigee_km**2 - (site_km * np.cos(elevation)) ** 2, 0.0)
    range_km = np.maximum(np.sqrt(reach) - site_km * np.sin(elevation), 1.0)
    speed_km_s = np.sqrt(MU_KM3_S2 / perigee_km)
    return np.asarray(np.degrees(speed_km_s / range_km), dtype=np.float64)


def _limit_deg(antenna: Antenna) -> float:
    if antenna.tracking == "auto" and antenna.acquisition_half_width_deg is not None:
        return antenna.acquisition_half_width_deg
    return 0.5 * narrowest_beam_deg(antenna)
