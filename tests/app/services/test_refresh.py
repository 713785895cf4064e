"""A refresh asks every configured source, sees omissions and silence, and nothing else changes.

Bite: with ``expected`` empty for groups the omission raises no alert; with ``keep_silence`` left
out the silent day is seen by nobody; with the answer of a group not counted nobody gets lost.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.application import open_application
from app.errors import InputError
from app.services.refresh import RefreshService
from tests.app.conftest import NOW_UTC, make_settings
from tests.tle.histories import make_history
from tests.tle.oem_builders import make_oem
from tests.tle.sources.celestrak_server import CelestrakServer
from tle.oem_format import write_oem
from tle.tle_format import write_tle

DAY = timedelta(days=1)
SERVED, OTHER = 56178, 67070  # not among the bundled sets
FLIGHT = make_history(14, drag_noise=0.0)


def newer(day=1, numbers=(SERVED, OTHER)):
    """Return the sets of a day: the same straight flight for each number."""
    moment = NOW_UTC + (day - 1) * DAY
    return [
        replace(
            FLIGHT[day],
            norad_cat_id=number,
            object_id="",
            epoch_utc=moment,
            received_utc=moment,
        )
        for number in numbers
    ]


class Night:
    """A service against a local CelesTrak, and a clock that the test moves."""

    def __init__(self, database_url, server, satellites, **changes):
        self.now_utc = NOW_UTC
        self.server = server
        settings = make_settings(
            database_url,
            satellites=satellites,
            celestrak_url=server.url,
            celestrak_groups="active",
            allow_private_sources=True,
            **changes,
        )
        self.application = open_application(settings, clock=lambda: self.now_utc)
        self.application.elements.seed()
        self.service = RefreshService(
            settings, self.application.configuration, self.application.store, lambda: self.now_utc
        )

    def run(self, *, after=DAY):
        self.now_utc += after
        return self.service.refresh_served()

    def alerts(self):
        return self.application.store.refresh_memory.list_alerts()[0]


@pytest.fixture
def server():
    running = CelestrakServer({"active": newer(), "mirror": newer(2)})
    yield running
    running.close()


@pytest.fixture
def satellites(tmp_path):
    """Serve two satellites only: fewer questions, and all of them known to the server."""
    file = tmp_path / "satellites.toml"
    file.write_text(
        f'[[satellite]]\nid = "served"\nname = "Served"\nnorad_cat_id = {SERVED}\n'
        f'[[satellite]]\nid = "other"\nname = "Other"\nnorad_cat_id = {OTHER}\n'
    )
    return file


@pytest.fixture
def night(database_url, server, satellites):
    opened = Night(database_url, server, satellites)
    yield opened
    opened.application.store.close()


def test_new_sets_come_in_once_and_nothing_is_asked_twice_within_the_interval(night):
    first, second = night.run(), night.run(after=timedelta(hours=1))

    assert first[0].status == "data"
    assert first[0].new_count == 2
    assert {report.status for report in second} == {"waiting"}
    assert night.server.requests.count(night.server.requests[0]) == 1


def test_a_served_satellite_that_falls_out_of_its_group_raises_an_alert_until_it_is_back(night):
    night.run()
    night.server.update({"active": newer(2, [OTHER])})
    night.run()
    night.server.update()
    night.run()

    (alert,) = (a for a in night.alerts() if a.subject == "group=active" and a.tag == "missing")
    assert alert.norad_cat_id == SERVED
    night.server.update({"active": newer(4)})
    night.run()
    assert not [a for a in night.alerts() if a.subject == "group=active"]


def test_a_number_that_nobody_serves_raises_no_alert_and_bad_words_leave_no_trace(night):
    # Bite: with every number expected, the alert of 99998 would stay open for ever.
    (report,) = night.service.refresh_celestrak(numbers=[99998])
    with pytest.raises(InputError, match=r"^group: 'group=a b' is not group=NAME"):
        night.service.refresh_celestrak(groups=["a b"])

    assert report.status == "no_data"
    assert night.alerts() == ()
    (memory,) = night.application.store.refresh_memory.list_sources()
    assert set(memory.queries) == {"number=99998"}


def test_a_satellite_that_its_group_keeps_without_anything_newer_is_lost(night):
    for day in range(1, 10):
        night.server.update({"active": newer(day, [OTHER]) + newer(1, [SERVED])})
        night.run()

    satellites = night.application.configuration.satellites
    orbits = night.application.elements.choose(satellites, night.now_utc).orbits
    assert [(name, watch.status) for name, watch in orbits.items()] == [("served", "lost")]


def test_a_day_on_which_nothing_newer_comes_is_an_alert_and_ends_with_the_next_set(night):
    night.run()
    assert night.service.watch_silence() is None

    night.run(after=2 * DAY)  # the server has nothing newer
    assert [a.tag for a in night.alerts()] == ["silent"]
    night.run(after=DAY)
    assert [a.tag for a in night.alerts()] == ["silent"]
    night.server.update({"active": newer(5)})
    night.run()
    assert night.alerts() == ()


def test_a_dropped_folder_and_allowed_addresses_are_taken_with_every_refresh(
    database_url, server, satellites, tmp_path
):
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "a.tle").write_text("\n".join(write_tle(newer(1)[0])) + "\n")
    (drop / "b.oem").write_text(write_oem(make_oem()))
    address = f"{server.url}?GROUP=mirror&FORMAT=TLE"
    night = Night(
        database_url,
        server,
        satellites,
        element_folder=drop,
        element_urls=SecretStr(f"mirror={address}"),
        element_hosts="127.0.0.1",
    )

    reports = {report.query.key: report for report in night.run()}

    assert reports[f"file={drop}/a.tle"].new_count == 1
    assert reports[f"file={drop}/b.oem"].new_count == 1
    assert reports["url=mirror"].status == "data"
    assert address not in repr(reports) + repr(night.application.settings)
    night.application.store.close()


def test_an_address_off_the_list_of_hosts_is_refused_before_anything_is_asked(
    database_url, server, satellites
):
    urls = SecretStr("mirror=https://evil.example/x")
    night = Night(database_url, server, satellites, element_urls=urls, element_hosts="data.example")

    with pytest.raises(InputError, match="not on the list of allowed hosts"):
        night.run()

    night.application.store.close()


def test_readiness_and_metrics_tell_of_silence(make_client):
    now = [NOW_UTC]
    client = make_client(clock=lambda: now[0])
    store = client.app.state.application.store
    store.element_sets.add(newer(1))
    assert "sources" not in client.get("/readyz").json()["checks"]

    now[0] = NOW_UTC + 2 * DAY

    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert "48 hours" in answer.json()["checks"]["sources"]
    line = f"aspan_newest_elements_arrival_timestamp_seconds {NOW_UTC.timestamp():.10g}"
    assert float(line.split()[1]) == pytest.approx(
        float(next(
            each.split()[1]
            for each in client.get("/metrics").text.splitlines()
            if each.startswith("aspan_newest_elements_arrival")
        ))
    )  # fmt: skip
