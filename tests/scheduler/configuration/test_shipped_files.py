"""The two files we ship: complete, honest about what is assumed.

Bite: a line of provenance taken out of stations.toml, an open service turned into a tasked one, and
a rate without a provenance line were each reported.
"""

import tomllib
from pathlib import Path

import pytest

from scheduler.configuration import parse_satellites, parse_stations

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def stations():
    document = tomllib.loads((ROOT / "stations.toml").read_text(encoding="utf-8"))
    return {station.id: station for station in parse_stations(document, file="stations.toml")}


@pytest.fixture(scope="module")
def satellites():
    document = tomllib.loads((ROOT / "satellites.toml").read_text(encoding="utf-8"))
    return {sat.norad_cat_id: sat for sat in parse_satellites(document, file="satellites.toml")}


def test_kaznu_is_the_only_enabled_station(stations):
    assert [station.id for station in stations.values() if station.enabled] == ["kaznu"]
    assert len(stations) == 11


def test_every_figure_of_the_first_station_tells_where_it_comes_from(stations):
    document = tomllib.loads((ROOT / "stations.toml").read_text(encoding="utf-8"))
    antenna = document["station"][0]["antenna"][0]
    stated = set(antenna) - {"id", "name", "provenance"}

    assert stated == set(stations["kaznu"].antennas[0].provenance)
    assert {"latitude_deg", "longitude_deg", "altitude_m", "horizon_mask"} <= set(
        stations["kaznu"].provenance
    )
    assert stations["kaznu"].provenance["altitude_m"].confidence == "assumption"


def test_horizon_mask_has_its_peak_in_the_south(stations):
    mask = stations["kaznu"].horizon_mask

    assert len(mask.azimuth_deg) == 38
    assert max(zip(mask.elevation_deg, mask.azimuth_deg, strict=True)) == (10.8, 165.0)


def test_all_shares_and_agreements_are_marked_as_examples(stations, satellites):
    services = [service for sat in satellites.values() for service in sat.services]

    assert all(owner.example for station in stations.values() for owner in station.owners)
    assert all("example" in s.agreement for s in services if s.access == "agreement")


def test_broadcasters_are_open_and_the_rest_waits_for_agreements(satellites):
    broadcasts = {
        25994,
        27424,
        28376,
        37849,
        43013,
        54234,
        43010,
        49008,
        57490,
        56232,
        65815,
        38337,
    }

    assert all(satellites[number].services[0].access == "open" for number in broadcasts)
    assert all(
        satellites[n].services[0].access == "agreement" for n in (39731, 40010, 43783, 67070)
    )
    assert all(satellites[number].services[0].access == "none" for number in (39084, 40697, 39150))


@pytest.mark.parametrize(
    ("norad_cat_id", "reason"),
    [(43805, "decayed"), (40053, "dead"), (54234, "out_of_band"), (41727, "no_radio_data")],
)
def test_satellite_that_cannot_be_received_says_why(satellites, norad_cat_id, reason):
    assert not satellites[norad_cat_id].served
    assert satellites[norad_cat_id].not_served_reason == reason


def test_kazakh_satellites_come_first(satellites):
    first = max(satellites.values(), key=lambda satellite: satellite.priority)

    assert first.id == "kazeosat-1"


def test_every_rate_and_frequency_tells_where_it_comes_from_known_or_not(satellites):
    untold = [
        (satellite.id, service.id, key)
        for satellite in satellites.values()
        for service in satellite.services
        for key in ("centre_hz", "rate_bps")
        if key not in service.provenance
    ]

    assert untold == []
