"""A refresh against a server that behaves as CelesTrak does.

Bite: taking 403 for a fault blocks the source on the second day; asking in TLE loses 100000.
"""

from datetime import timedelta

import pytest

from tests.tle.element_builders import EPOCH, RECEIVED, FileSink, make_elements
from tests.tle.sources.celestrak_server import FORMATS, CelestrakServer
from tle.refresh import refresh
from tle.sources.base import Query
from tle.sources.celestrak import CelestrakSource
from tle.sources.transport import Transport

HOUR = timedelta(hours=1)
NUMBERS = (39731, 40010, 100000, 100001)
SETS = [make_elements(norad_cat_id=n, object_id="", name=f"SAT {n}") for n in NUMBERS]
LATER = [make_elements(norad_cat_id=n, object_id="", name=f"SAT {n}",
                       epoch_utc=EPOCH + 12 * HOUR, raan_deg=(319.6057 + 0.496) % 360.0,
                       mean_anomaly_deg=150.0) for n in NUMBERS]  # fmt: skip


@pytest.fixture
def server():
    running = CelestrakServer({"resource": SETS})
    yield running
    running.close()


def run(server, sink, *queries, at=RECEIVED, **options):
    source = CelestrakSource(
        Transport(deadline_s=5.0, allow_private_addresses=True), base_url=server.url, **options
    )
    return refresh(source, queries, sink, lambda: at)


GROUP = Query("group", "resource", frozenset(NUMBERS))


def test_a_group_is_taken_with_its_six_digit_numbers(server, tmp_path):
    sink = FileSink(tmp_path / "memory.json")

    (report,) = run(server, sink, GROUP)

    assert (report.status, report.new_count) == ("data", 4)
    assert report.outcome.alerts == ()
    assert {e.norad_cat_id for e in sink.sets.values()} == set(NUMBERS)


@pytest.mark.parametrize("encoding", FORMATS)
def test_every_format_is_read_and_the_tle_ones_lose_the_new_numbers_loudly(
    server, tmp_path, encoding
):
    sink = FileSink(tmp_path / "memory.json")

    (report,) = run(server, sink, GROUP, encoding=encoding)

    short = encoding.endswith("LE")
    assert report.new_count == (2 if short else 4)
    missing = [a.norad_cat_id for a in report.outcome.alerts if a.tag == "missing"]
    assert missing == ([100000, 100001] if short else [])


def test_not_updated_is_not_a_fault_and_an_unknown_object_is_not_one_either(server, tmp_path):
    sink = FileSink(tmp_path / "memory.json")
    run(server, sink, GROUP)

    again, unknown = run(server, sink, GROUP, Query("number", "5"), at=RECEIVED + 3 * HOUR)

    assert (again.status, unknown.status) == ("not_modified", "no_data")
    assert sink.read_memory("celestrak").blocked_utc is None
    assert len(sink.sets) == 4


def test_after_an_update_new_sets_join_the_history(server, tmp_path):
    sink = FileSink(tmp_path / "memory.json")
    run(server, sink, GROUP)
    server.update({"resource": LATER[:3]})

    (report,) = run(server, sink, GROUP, at=RECEIVED + 13 * HOUR)

    assert report.status == "data"
    assert [(a.tag, a.norad_cat_id) for a in report.outcome.alerts] == [
        ("missing", 100001), ("shrunk", None)
    ]  # fmt: skip
    assert len(sink.sets) + len(sink.quarantined) == 7


def test_a_moved_path_stops_the_source_after_one_request(server, tmp_path):
    sink = FileSink(tmp_path / "memory.json")
    server.url = server.url.replace("gp.php", "weather.txt")

    reports = run(server, sink, GROUP, Query("number", "39731"), Query("number", "40010"))

    assert [r.status for r in reports] == ["refused", "blocked", "blocked"]
    assert len(server.requests) == 1


def test_impatient_operators_never_get_the_address_blocked(server, tmp_path):
    """Fifty refreshes in a row send one request per query."""
    sink = FileSink(tmp_path / "memory.json")
    queries = [GROUP, *(Query("number", str(n)) for n in NUMBERS)]

    for minute in range(50):
        run(server, sink, *queries, at=RECEIVED + timedelta(minutes=minute))

    assert len(server.requests) == len(queries)
    assert server.bad_queries == 0
