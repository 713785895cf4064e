"""Frequency conjunctions: pairs close in the sky and on one frequency, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from scheduler.antenna_constraints.frequency_conjunction import find_frequency_conjunctions
from scheduler.satellites import Service
from tests.scheduler.sky_builders import find_by_sampling, make_elements, make_station, see


def service(centre_hz, symbol_rate_hz=7.5e6):
    return Service("db", "DB", centre_hz=centre_hz, symbol_rate_hz=symbol_rate_hz)


@pytest.fixture(scope="module")
def train():
    """Three satellites of one orbit: two seconds apart, and a quarter of a revolution ahead."""
    station = make_station()
    sets = [
        make_elements(700.0, 98.2, 250.0, mean_anomaly_deg=angle) for angle in (0.0, 0.12, 90.0)
    ]
    return station, find_by_sampling(sets, station, hours=24.0)


def find(train, **centres):
    station, table = train
    services = {key: [service(hz)] for key, hz in centres.items()}
    return find_frequency_conjunctions(table, station, station.antennas[0], services)


def test_satellites_in_a_train_on_one_frequency_are_flagged_when_close(train):
    # Bite: separation as difference of elevations, or one beamwidth instead of two.
    station, table = train
    found = find(train, s0=8.16e9, s1=8.165e9, s2=8.16e9)

    assert found
    for item in found:
        assert set(table.object_index[[item.row, item.other_row]]) == {0, 1}
        assert item.limit_deg == pytest.approx(0.704, abs=0.003)  # 7.3 m at 8.1613 GHz
    for item in found[:3]:
        instants = np.arange(item.start_unix_s + 1.0, item.end_unix_s - 1.0, 5.0)
        assert np.all(separation_deg(table, station, item, instants) < item.limit_deg)
        apart = separation_deg(table, station, item, [item.start_unix_s - 3, item.end_unix_s + 3])
        low = see(table.objects[0].elements, station, [item.start_unix_s - 3, item.end_unix_s + 3])
        assert np.all((apart > item.limit_deg) | (low.elevation_deg < 5.2))


def separation_deg(table, station, item, instants):
    vectors = []
    for row in (item.row, item.other_row):
        look = see(table.objects[table.object_index[row]].elements, station, instants)
        azimuth, elevation = np.radians(look.azimuth_deg), np.radians(look.elevation_deg)
        level = np.cos(elevation)
        vectors.append(
            np.column_stack([np.sin(azimuth) * level, np.cos(azimuth) * level, np.sin(elevation)])
        )
    return np.degrees(np.arccos(np.einsum("ij,ij->i", *vectors)))


def test_other_frequencies_and_unknown_ones_are_no_conjunction(train):
    assert find(train, s0=8.16e9, s1=8.2e9) == []
    assert find(train, s0=8.16e9) == []
    assert find(train, s0=8.16e9, s1=None) == []
