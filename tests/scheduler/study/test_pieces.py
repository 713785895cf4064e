"""The search of a study in pieces, against a plain search."""

from dataclasses import replace

import numpy as np
import pytest

from scheduler.intervals import Span
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.search import find_passes
from scheduler.study import StationSet, run_piece, split_study
from scheduler.study import pieces as module
from scheduler.study.pieces import local_time_then_h, orbit_elements, season_span
from tests.scheduler.study.builders import START, orbit, site, study
from tle.solar_time import local_time_h
from tle.timebase import to_unix_s


def test_pieces_cover_each_search_once():
    asked = study(
        seasons_utc=(START, START.replace(month=6)),
        masks=("configured", "none", 10.0),
        orbits=tuple(orbit(400.0 + k) for k in range(120)),
        phases=2,
    )
    cells = [
        (p.season, p.station, p.mask, k)
        for p in split_study(asked)
        for k in range(p.first_orbit, p.end_orbit)
    ]

    assert len(cells) == len(set(cells)) == 2 * 1 * 3 * 120


def test_contacts_are_the_passes_that_a_plain_search_finds():
    """Authority: find_passes on each element set alone; without a mask a window is the pass."""
    asked = study(phases=2)
    (piece,) = split_study(asked)
    found = run_piece(piece)

    for index, one in enumerate(asked.orbits):
        for phase, elements in enumerate(orbit_elements(asked, one, 0)):
            table = find_passes(
                [TrackedObject("x", "x", elements)], site(), season_span(asked, 0),
                min_elevation_deg=5.0,
            )  # fmt: skip
            long = table.los_unix_s - table.aos_unix_s >= 120.0
            own = (found.orbit == index) & (found.phase == phase)
            assert found.passes[index, phase] == len(table)
            assert found.start_unix_s[own] == pytest.approx(table.aos_unix_s[long], abs=0.01)
            assert found.end_unix_s[own] == pytest.approx(table.los_unix_s[long], abs=0.01)


def test_masks_of_the_sweep_replace_the_configured_one():
    """Bite: a sweep that keeps the configured mask gives three times the same."""
    walled = StationSet("one", (site(mask=15.0),))
    asked = study(station_sets=(walled,), masks=("configured", "none", 25.0))
    minutes = [
        float(np.sum(found.end_unix_s - found.start_unix_s))
        for found in map(run_piece, split_study(asked))
    ]

    assert minutes[1] > minutes[0] > minutes[2] > 0


def test_second_antenna_does_not_double_the_contacts():
    """Bite: windows of both antennas counted."""
    station = site()
    twin = replace(station, antennas=(station.antennas[0], replace(station.antennas[0], id="b")))
    one, two = (
        run_piece(split_study(study(station_sets=(StationSet("s", (s,)),)))[0])
        for s in (station, twin)
    )

    assert two.start_unix_s == pytest.approx(one.start_unix_s, abs=1e-3)
    assert two.passes.tolist() == one.passes.tolist()


def test_node_drifts_with_the_seasons_as_asked():
    later = START.replace(year=2028)
    drifting = orbit(500.0, local_time_drift_min_year=-30.0)
    asked = study(orbits=(drifting,), seasons_utc=(START, later))

    assert local_time_then_h(asked, drifting, later) == pytest.approx(22.0, abs=2e-3)
    (elements,) = orbit_elements(asked, drifting, 1)
    assert local_time_h(elements.raan_deg, to_unix_s(later)) == pytest.approx(22.0, abs=2e-3)


def test_phases_and_seasons_start_at_different_places():
    asked = study(seasons_utc=(START, START.replace(month=6)), phases=3)
    places = [
        round(e.mean_anomaly_deg, 3) for s in (0, 1) for e in orbit_elements(asked, orbit(), s)
    ]

    assert len(set(places)) == 6
    assert Span(START, START.replace(day=3)) == season_span(asked, 0)
    assert module.ORBITS_AT_ONCE >= 3
