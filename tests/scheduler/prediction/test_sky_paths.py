"""Sky paths against direct propagation."""

from __future__ import annotations

import numpy as np
import pytest

from scheduler.prediction.sky_paths import azimuth_elevation_deg, build_sky_paths
from tests.scheduler.sky_builders import find_by_sampling, make_elements, make_station, see

ORBITS = {
    "low": {"altitude_km": 300.0},
    "usual": {"altitude_km": 700.0},
    "highest low": {"altitude_km": 1500.0, "inclination_deg": 66.0},
    "navigation": {"altitude_km": 20_200.0, "inclination_deg": 55.0},
    "geosynchronous": {"altitude_km": 35_786.0, "inclination_deg": 7.0, "raan_deg": 250.0},
    "eccentric": {"altitude_km": 8_000.0, "eccentricity": 0.3, "inclination_deg": 63.0},
    "transfer": {"altitude_km": 17_800.0, "eccentricity": 0.72, "inclination_deg": 27.0},
}


@pytest.mark.parametrize("orbit", ORBITS)
def test_a_path_stays_within_three_metres_of_the_propagated_satellite(orbit):
    # Bite: one piece for a whole revolution, or equal steps in time at e = 0.72, fails.
    station = make_station()
    table = find_by_sampling([make_elements(**ORBITS[orbit])], station, hours=30.0)
    paths = build_sky_paths(table, station, np.arange(len(table)))

    x = np.linspace(-1.0, 1.0, 23)
    sight_km = paths.sample(x)
    instants = paths.middle_unix_s[:, None] + paths.half_s[:, None] * x
    look = see(table.objects[0].elements, station, instants.ravel())
    range_km = np.sqrt(np.einsum("pck,pck->pk", sight_km, sight_km)).ravel()
    _, elevation_deg = azimuth_elevation_deg(sight_km.transpose(0, 2, 1).reshape(-1, 3))
    across_km = np.radians(np.abs(elevation_deg - look.elevation_deg)) * range_km

    assert len(table) >= 1
    assert np.max(np.abs(range_km - look.range_km)) < 0.003
    assert np.max(across_km) < 0.003


def test_pieces_cover_each_pass_without_a_gap():
    # Bite: the last piece ending one step early leaves a gap at LOS.
    station = make_station()
    sets = [make_elements(**ORBITS[name]) for name in ("usual", "transfer", "geosynchronous")]
    table = find_by_sampling(sets, station, hours=30.0)
    paths = build_sky_paths(table, station, np.arange(len(table)))

    starts, ends = paths.middle_unix_s - paths.half_s, paths.middle_unix_s + paths.half_s
    for row in range(len(table)):
        mine = paths.pass_index == row
        assert starts[mine][0] == pytest.approx(table.aos_unix_s[row], abs=1e-6)
        assert ends[mine][-1] == pytest.approx(table.los_unix_s[row], abs=1e-6)
        assert np.allclose(ends[mine][:-1], starts[mine][1:], rtol=0.0, atol=1e-6)
