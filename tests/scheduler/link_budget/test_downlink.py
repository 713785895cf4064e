"""A downlink in the weather of its station: geometry, gas and rain apart, the share of a year."""

from dataclasses import replace

import pytest

from scheduler.link_budget.downlink import (
    MODES,
    Downlink,
    compute_downlink,
    find_site_attenuation,
    slant_range_km,
)
from scheduler.link_budget.losses import ALMATY
from scheduler.link_budget.terminals import Transmitter
from scheduler.stations import Antenna, Station

KAZNU = Station("kaznu", "KazNU", 43.2255, 76.9215, 920.0, antennas=(Antenna("a", "A"),))
LINK = Downlink(Transmitter(15.0), MODES["DVB-S2 QPSK 3/4"], 8.2e9, 150e6, 500.0)


# Computed beforehand by the cosine rule with 6,378 km, printed to 1 km.
@pytest.mark.parametrize(
    ("altitude_km", "ranges_km"),
    [(500, (2078, 1695, 910, 500)), (702, (2568, 2160, 1240, 702)), (827, (2842, 2422, 1437, 827))],
)
def test_ranges_are_those_of_the_table(altitude_km, ranges_km):
    for elevation_deg, expected_km in zip((5, 10, 30, 90), ranges_km, strict=True):
        assert slant_range_km(altitude_km, elevation_deg) == pytest.approx(expected_km, abs=1.0)


def test_gas_and_the_rest_have_a_line_each_and_make_the_total_of_the_table():
    """Bite: with the total in both lines the margin loses the gas twice."""
    found = compute_downlink(LINK, KAZNU, 5.0, site=ALMATY, exceeded_percent=1.0)

    lines = {line.name: line for line in found.budget.lines}
    assert lines["Gas"].value == pytest.approx(-0.55, abs=1e-6)
    assert lines["Rain, cloud, scintillation"].value == pytest.approx(-(2.08 - 0.55), abs=1e-6)
    assert "exceeded for 1 % of a year" in lines["Gas"].source
    dry = compute_downlink(LINK, KAZNU, 5.0, site=None)
    assert dry.budget.margin_db - found.budget.margin_db == pytest.approx(2.08)


def test_availability_is_what_clear_sky_leaves_against_the_year():
    """Bite: taking the margin in rain as the spare counts the weather twice."""
    found = compute_downlink(LINK, KAZNU, 5.0, site=ALMATY)
    needs_db = found.budget.margin_db + 2.08 - 3.83  # so that 0.1 % of the year is too much
    weak = replace(LINK, transmitter=Transmitter(15.0 - needs_db))

    year = compute_downlink(weak, KAZNU, 5.0, site=ALMATY).availability_percent

    assert year == pytest.approx(99.9, abs=0.01)
    assert found.availability_percent == pytest.approx(99.99)
    assert compute_downlink(LINK, KAZNU, 5.0, site=None).availability_percent is None


def test_rain_statistics_hold_at_their_site_and_band_only():
    assert find_site_attenuation(KAZNU, 8.2e9) is ALMATY
    assert find_site_attenuation(KAZNU, 2.2e9) is None
    assert find_site_attenuation(replace(KAZNU, latitude_deg=51.1), 8.2e9) is None


def test_another_dish_has_its_own_figure_of_merit():
    own = replace(KAZNU, antennas=(Antenna("a", "A", g_over_t_db_k=20.0),))
    configured = compute_downlink(LINK, own, 30.0, site=None).budget.margin_db
    larger = compute_downlink(LINK, own, 30.0, site=None, dish_diameter_m=7.3).budget.margin_db

    assert larger - configured == pytest.approx(32.56 - 20.0, abs=0.1)


@pytest.mark.parametrize("elevation_deg", [0.0, -1.0, 90.5])
def test_an_elevation_out_of_the_sky_is_refused(elevation_deg):
    with pytest.raises(ValueError, match="give an elevation"):
        compute_downlink(LINK, KAZNU, elevation_deg, site=None)
