"""Studies as a use case: prepared from a document, run anywhere, cancelled, written."""

from datetime import UTC, datetime

import pytest

from app.errors import InputError, LimitError
from app.executors import InProcess, Processes
from app.services.elements import ObjectChoice
from app.services.studies import compute_study, prepare_study, write_table
from app.settings import load_configuration, load_settings
from scheduler.prediction.passes import TrackedObject
from tle.starter import load_starter

DOCUMENT = {
    "id": "s", "seasons_utc": [datetime(2027, 1, 1, tzinfo=UTC)], "days": 1, "phases": 2,
    "masks": ["configured", "none"],
    "orbit": [{"id": "o", "altitude_km": [500, 600], "local_time_h": 10.5}],
    "station_set": [{"id": "one", "stations": ["kaznu"]}],
}  # fmt: skip


@pytest.fixture(scope="module")
def configuration():
    return load_configuration(load_settings())


def prepare(configuration, choose=None, **changes):
    return prepare_study(DOCUMENT | changes, configuration, choose, file="s.toml")


def ignore(done, text):
    pass


def test_processes_give_the_same_table_as_this_process(configuration):
    """Bite: results taken in the order in which they complete."""
    task = prepare(configuration)
    here = compute_study(task, ignore, executor=InProcess())

    assert compute_study(task, ignore, executor=Processes(2)) == here
    assert len(here.rows) == 4


def test_progress_rises_to_the_end(configuration):
    steps = []
    compute_study(prepare(configuration), lambda done, text: steps.append(done))

    assert steps == sorted(steps)
    assert steps[0] > 0
    assert steps[-1] == 1.0


def test_exception_from_progress_cancels(configuration):
    """Bite: a study that swallows it runs to the end."""
    steps = []

    def stop(done, text):
        steps.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compute_study(prepare(configuration), stop)
    assert len(steps) == 1


def test_rivals_are_the_served_satellites_with_elements(configuration):
    terra = next(s for s in configuration.satellites if s.id == "terra")
    elements = next(e for e in load_starter() if e.norad_cat_id == terra.norad_cat_id)

    def choose(satellites, at_utc):
        assert all(satellite.served for satellite in satellites)
        tracked = TrackedObject("terra", "Terra", elements)
        return ObjectChoice((tracked,), (), tuple(satellites))

    task = prepare(configuration, choose, priorities=[1.0])

    assert [satellite.id for satellite in task.rivals.satellites] == ["terra"]
    assert prepare(configuration, choose).rivals.satellites == ()  # nobody asked for plans
    rows = compute_study(task, ignore).rows
    assert {row["priority"] for row in rows} == {1.0, None}


def test_study_beyond_measure_is_refused(configuration):
    orbit = {"id": "o", "local_time_h": 10.5, "altitude_km": [500 + k / 10 for k in range(1000)]}

    with pytest.raises(LimitError, match="satellite-days"):
        prepare(configuration, orbit=[orbit], days=366, phases=100)


def test_table_of_unknown_kind_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\.csv or \.parquet"):
        write_table([{"a": 1.0}], tmp_path / "table.xlsx")
