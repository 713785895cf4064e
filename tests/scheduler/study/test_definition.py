"""Reading a study from TOML, and what is said when it cannot be used."""

import tomllib
from pathlib import Path

import pytest

from scheduler.configuration import parse_stations
from scheduler.errors import ConfigurationError
from scheduler.study import parse_study
from tests.scheduler.study.builders import site

ROOT = Path(__file__).parents[3]
LEAST = """
id = "s"
seasons_utc = [2027-01-01T00:00:00Z]
days = 3
[[orbit]]
id = "o"
altitude_km = [500, 600]
local_time_h = [10.5, 22.5]
[[station_set]]
id = "one"
stations = ["almaty"]
"""


def read(text):
    return parse_study(tomllib.loads(text), [site()], file="s.toml")


def test_lists_in_an_orbit_are_swept():
    orbits = read(LEAST).orbits

    assert [o.id for o in orbits] == [
        "o-altitude-500-local-10.5",
        "o-altitude-500-local-22.5",
        "o-altitude-600-local-10.5",
        "o-altitude-600-local-22.5",
    ]
    assert orbits[2].design.altitude_km == 600.0


def test_other_kinds_of_orbit_and_drag_are_read():
    text = LEAST + (
        '[[orbit]]\nid = "r"\nkind = "repeat_ground_track"\nrevolutions = 143\ndays = 10\n'
        "local_time_h = 10.5\ndrag = {area_m2 = 0.5, mass_kg = 100}\n"
        '[[orbit]]\nid = "i"\nkind = "inclined"\naltitude_km = 500\ninclination_deg = 41\n'
        "raan_deg = [0, 90]\n"
    )
    orbits = read(text).orbits

    assert [o.id for o in orbits][4:] == ["r", "i-raan-0", "i-raan-90"]
    assert orbits[4].drag.mass_kg == 100.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("altitude_km = [500, 600]", "altitude = 500", "did you mean 'altitude_km'"),
        ("altitude_km = [500, 600]", "altitude_km = 100", "between 180"),
        ("altitude_km = [500, 600]", "", "altitude_km"),
        ('"almaty"', '"alma"', "there are almaty"),
        ("days = 3", "days = 0", "between 0.1"),
        ("2027-01-01T00:00:00Z", "2027-01-01T00:00:00", "UTC offset"),
        ("days = 3", "days = 3\nmasks = ['flat']", "must be one of"),
        ('id = "o"', 'id = "o"\nkind = "round"', "sun_synchronous"),
    ],
)
def test_wrong_study_is_refused_with_file_and_remedy(old, new, said):
    assert old in LEAST
    with pytest.raises(ConfigurationError) as refused:
        read(LEAST.replace(old, new))

    assert "s.toml" in str(refused.value)
    assert said in str(refused.value)


def test_study_without_orbits_is_refused():
    with pytest.raises(ConfigurationError, match="at least one"):
        read(LEAST.split("[[orbit]]")[0])


def test_shipped_example_is_readable_and_marks_its_parameters():
    stations = parse_stations(tomllib.loads((ROOT / "stations.toml").read_text()), file="s")
    text = (ROOT / "studies" / "nksat.toml").read_text()
    study = parse_study(tomllib.loads(text), stations, file="nksat.toml")

    assert [o.design.altitude_km for o in study.orbits] == [500.0, 600.0]
    assert [len(s.stations) for s in study.station_sets] == [1, 4]
    assert any("parameters of the study" in line for line in study.assumptions)
