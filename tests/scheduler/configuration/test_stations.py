"""Stations out of tables: what is accepted, and what an error tells.

Bite: each refused value was accepted, or its message lacked the place, while the rule of its key
was replaced by one that accepts everything.
"""

import math
import tomllib

import pytest

from scheduler.configuration import parse_stations
from scheduler.errors import ConfigurationError

SITE = 'id = "hill"\nname = "Hill"\nlatitude_deg = 43.0\nlongitude_deg = 77.0\naltitude_m = 900.0\n'
ANTENNA = '[[station.antenna]]\nid = "dish"\nname = "Dish"\n'


def parse(site=SITE, antenna=ANTENNA, more=""):
    document = tomllib.loads(f"[[station]]\n{site}{antenna}{more}")
    return parse_stations(document, file="stations.toml")


def test_station_keeps_its_figures_and_takes_the_rest_from_the_defaults():
    (station,) = parse(antenna=ANTENNA + "setup_s = 90\nreceive_bands_hz = [[7750e6, 8400e6]]\n")

    assert (station.latitude_deg, station.altitude_m, station.enabled) == (43.0, 900.0, True)
    assert station.antennas[0].setup_s == 90.0
    assert station.antennas[0].receive_bands_hz == ((7.75e9, 8.4e9),)
    assert station.antennas[0].teardown_s == 60.0


def test_provenance_line_covers_every_figure_it_names():
    line = 'provenance = [{of = ["latitude_deg", "altitude_m"], confidence = "assumption"}]\n'

    (station,) = parse(site=SITE + line)

    assert {key: told.confidence for key, told in station.provenance.items()} == {
        "latitude_deg": "assumption",
        "altitude_m": "assumption",
    }


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("latitude_deg = 43.0", "latitude_deg = 91", "between -90 and 90 deg"),
        ("latitude_deg = 43.0", "latitude_deg = nan", "between -90 and 90 deg"),
        ("latitude_deg = 43.0", 'latitude_deg = "43"', "must be a number deg"),
        ("latitude_deg = 43.0", "latitude_deg = true", "must be a number deg"),
        ("longitude_deg = 77.0", "longitude_deg = 277", "between -180 and 180 deg"),
        ("altitude_m = 900.0", "altitude_m = inf", "between -500 and 9000 m"),
        ("altitude_m = 900.0", "altitude_km = 0.9", "did you mean 'altitude_m'?"),
        ("altitude_m = 900.0\n", "", "altitude_m: is missing"),
        ('id = "hill"', 'id = "Hill 1"', "small letters"),
        ('name = "Hill"', 'name = "Hill"\ntime_zone = "Asia/Almata"', "'Asia/Almaty'"),
        (
            'name = "Hill"',
            'name = "Hill"\nhorizon_mask = [[20, 1], [10, 1]]',
            "azimuth must ascend",
        ),
        ('name = "Hill"', 'name = "Hill"\nhorizon_mask = [[0, 1], [0, 2]]', "azimuth must ascend"),
        ('name = "Hill"', 'name = "Hill"\nhorizon_mask = [[0, 1], [360, 1]]', "360 is azimuth 0"),
        ('name = "Hill"', 'name = "Hill"\nhorizon_mask = [[0, nan]]', "between -10 and 90 deg"),
        ('name = "Hill"', 'name = "Hill"\nhorizon_mask = []', "list of points"),
    ],
)
def test_bad_site_is_refused_with_file_station_key_and_remedy(old, new, told):
    assert old in SITE

    with pytest.raises(ConfigurationError, match=r"stations\.toml: station ") as caught:
        parse(site=SITE.replace(old, new))

    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("setup_s = -1", "between 0 and 86400 s"),
        ("azimuth_rate_deg_s = 0", "between 0.01 and 100 deg/s"),
        ("receive_bands_hz = [[8.4e9, 8.0e9]]", "must ascend"),
        ("receive_bands_hz = [8.0e9, 8.4e9]", "pair in brackets"),
        ("receive_bands_hz = []", "at least 1"),
        ('polarisations = ["RHC"]', "'RHCP'"),
        ("tracking_floor_deg = 50\nmax_elevation_deg = 40", "below max_elevation_deg"),
        ("azimuth_continuous = true\nazimuth_travel_deg = [0.0, 400.0]", "keep one"),
        (
            "downtime = [{start_utc = 2026-01-02T00:00:00Z, end_utc = 2026-01-01T00:00:00Z}]",
            "after",
        ),
        (
            "downtime = [{start_utc = 2026-01-02T00:00:00, end_utc = 2026-01-03T00:00:00Z}]",
            "offset",
        ),
        ('provenance = [{of = ["setup"], confidence = "assumption"}]', "did you mean 'setup_s'?"),
        ('provenance = [{of = ["setup_s"], confidence = "sure"}]', "'sourced'"),
    ],
)
def test_bad_antenna_is_refused_with_file_station_antenna_key_and_remedy(line, told):
    with pytest.raises(ConfigurationError, match="station 'hill' > antenna 'dish'") as caught:
        parse(antenna=f"{ANTENNA}{line}\n")

    assert told in str(caught.value)


def test_error_carries_its_parts_for_the_interfaces():
    with pytest.raises(ConfigurationError) as caught:
        parse(antenna=ANTENNA + "setup_s = nan\n")

    assert caught.value.file == "stations.toml"
    assert caught.value.table == "station 'hill' > antenna 'dish'"
    assert caught.value.key == "setup_s"
    assert math.isnan(caught.value.value)


def test_two_stations_of_one_id_are_refused():
    with pytest.raises(ConfigurationError, match=r"station no. 1 and no. 2; rename one"):
        parse(more=f"[[station]]\n{SITE}{ANTENNA}")


def test_enabled_station_without_antenna_is_refused_but_a_disabled_one_is_kept():
    with pytest.raises(ConfigurationError, match="needs at least one"):
        parse(antenna="")

    (station,) = parse(site=SITE + "enabled = false\n", antenna="")
    assert not station.enabled


def test_shares_above_the_whole_are_refused():
    owners = "".join(
        f'[[station.owner]]\nowner = "{owner}"\nname = "{owner}"\nshare = 0.6\n' for owner in "ab"
    )

    with pytest.raises(ConfigurationError, match=r"shares sum to 1\.2"):
        parse(more=owners)


def test_continuous_azimuth_has_no_travel_limits():
    (station,) = parse(antenna=ANTENNA + "azimuth_continuous = true\n")

    assert station.antennas[0].azimuth_travel_deg is None
