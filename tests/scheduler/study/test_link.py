"""Bytes by an adaptive link: more dish, more power or a nearer orbit bring more."""

from dataclasses import replace

import numpy as np
import pytest

from scheduler.link_budget.modes import ADAPTIVE_MODES
from scheduler.study import StationSet, build_rows, run_piece, split_study
from scheduler.study.link import LinkDesign, contact_bytes
from scheduler.study.pieces import orbit_elements
from tests.scheduler.study.builders import orbit, site, study
from tle.timebase import to_unix_s

LINK = LinkDesign(eirp_dbw=12.0, frequency_hz=8.2e9, symbol_rate_hz=50e6)


def rows_of(**changes):
    asked = study(orbits=(orbit(500.0),), **({"link": LINK} | changes))
    return build_rows(asked, map(run_piece, split_study(asked)))


def test_larger_dish_brings_more():
    """Bite: a sweep that keeps the configured G/T gives the same for each dish."""
    volumes = [row["link_bytes_day"] for row in rows_of(dish_diameters_m=(2.4, 3.7, 7.3))]

    assert volumes[0] < volumes[1] < volumes[2]


def test_power_to_spare_reaches_the_fastest_mode_and_none_gives_none():
    """Contacts of known length at the top rate; bits and bytes would differ by eight."""
    asked = study(orbits=(orbit(500.0),))
    (elements,) = orbit_elements(asked, asked.orbits[0], 0)
    start = to_unix_s(asked.seasons_utc[0])
    spans = np.array([[start, start + 600.0]])
    top_bps = 50e6 * max(mode.bits_per_symbol for mode in ADAPTIVE_MODES)

    def volume(eirp_dbw, lock_s=0.0, **more):
        link = replace(LINK, eirp_dbw=eirp_dbw, **more)
        return contact_bytes(link, site(), (None,), elements, spans, lock_s=lock_s)[0, 0]

    assert volume(90.0) == pytest.approx(top_bps * 600 / 8)
    assert volume(90.0, lock_s=60.0) == pytest.approx(top_bps * 540 / 8)
    assert volume(90.0, max_rate_bps=8e6) == pytest.approx(600e6)
    assert volume(-90.0) == 0.0


def test_twin_stations_do_not_double_the_bytes():
    twins = StationSet("twins", (site(), site("twin")))
    (single,), (double,) = rows_of(), rows_of(station_sets=(twins,))

    assert double["link_bytes_day"] == pytest.approx(single["link_bytes_day"])
