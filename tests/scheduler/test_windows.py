"""Windows: a pass minus losses, interruptions inside, cuts outside, records on demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from scheduler.prediction.passes import PassTable
from scheduler.stations import Antenna, Downtime, HorizonMask
from scheduler.windows import Cut, cut_passes
from tests.scheduler.sky_builders import find_by_sampling, make_elements, make_station
from tle.timebase import from_unix_s


@pytest.fixture(scope="module")
def table() -> PassTable:
    return find_by_sampling(
        [make_elements(600.0), make_elements(800.0, 98.6, 90.0)], make_station()
    )


def middle_downtime(table, row, seconds) -> Downtime:
    """Take an antenna out for so long in the middle of a pass."""
    start = from_unix_s(table.culmination_unix_s[row])
    return Downtime(start, start + timedelta(seconds=seconds))


def test_without_losses_the_window_is_the_pass(table):
    found = cut_passes(table, make_station())

    for row, (windows, cuts) in enumerate(found):
        (window,) = windows
        assert (window.start_unix_s, window.end_unix_s) == (
            table.aos_unix_s[row],
            table.los_unix_s[row],
        )
        assert cuts == ()
        assert window.interruptions == ()


def test_a_loss_up_to_the_split_gap_interrupts_and_a_longer_one_splits(table):
    # Bite: comparing with < 0 or with the setup time makes one of the two fail.
    row = int(np.argmax(table.max_elevation_deg))
    short = make_station(split_gap_s=60.0, downtimes=(middle_downtime(table, row, 59.0),))
    long = make_station(split_gap_s=60.0, downtimes=(middle_downtime(table, row, 61.0),))
    (whole,), no_cuts = cut_passes(table, short)[row]
    two, (cut,) = cut_passes(table, long)[row]

    assert [item.reason for item in whole.interruptions] == ["in_downtime"]
    assert no_cuts == ()
    assert len(two) == 2
    assert not two[0].interruptions
    assert not two[1].interruptions
    assert two[0].end_unix_s == pytest.approx(cut.start_unix_s, abs=1e-6)
    assert two[1].start_unix_s == pytest.approx(cut.end_unix_s, abs=1e-6)
    assert cut.end_unix_s - cut.start_unix_s == pytest.approx(61.0, abs=1e-6)


def test_a_loss_at_the_edge_of_a_pass_is_a_cut_however_short(table):
    first = table.aos_unix_s[0]
    aos_utc = from_unix_s(first)
    downtime = Downtime(aos_utc - timedelta(seconds=10), aos_utc + timedelta(seconds=2))
    (window,), (cut,) = cut_passes(table, make_station(downtimes=(downtime,)))[0]

    assert window.start_unix_s == pytest.approx(first + 2.0, abs=1e-5)
    assert (cut.start_unix_s, cut.limit_value, cut.limit_unit) == (first, None, "")


def test_every_antenna_gets_its_own_windows(table):
    # Bite: mixing up the order of antennas and batches when the parts are joined.
    station = make_station(HorizonMask((0.0,), (6.0,)))
    low = replace(station.antennas[0], id="low", tracking_floor_deg=5.0)
    high = replace(station.antennas[0], id="high", tracking_floor_deg=15.0)
    station = replace(station, antennas=(low, high))
    tall = int(np.argmax(table.max_elevation_deg))
    windows, cuts = cut_passes(table, station)[tall]
    reasons = {(cut.antenna_id, cut.reason) for cut in cuts}

    assert [window.antenna_id for window in windows] == ["low", "high"]
    assert windows[0].start_unix_s < windows[1].start_unix_s
    assert reasons == {
        ("low", "below_horizon_mask"),
        ("high", "below_horizon_mask"),
        ("high", "below_tracking_floor"),
    }


def test_a_low_pass_is_lost_to_the_minimum_culmination(table):
    least = float(np.median(table.max_elevation_deg))
    found = cut_passes(table, make_station(min_culmination_deg=least))
    lost = [row for row, (windows, _) in enumerate(found) if not windows]

    assert lost == list(np.flatnonzero(table.max_elevation_deg < least))
    assert {cut.reason for row in lost for cut in found[row][1]} == {"below_min_culmination"}
    assert found[lost[0]][1][0].limit_value == least


def test_constraints_can_be_chosen_by_name(table):
    station = make_station(HorizonMask((0.0,), (20.0,)))
    flat = cut_passes(table, station, constraints=["tracking_floor"])

    assert all(len(windows) == 1 and not cuts for windows, cuts in flat)
    with pytest.raises(ValueError, match=r"'horizon' is unknown; there are .*horizon_mask"):
        cut_passes(table, station, constraints=["horizon"])


def test_chosen_rows_give_what_the_whole_table_gives_for_them(table):
    # Bite: an offset by the batch instead of the row.
    station = make_station(HorizonMask((0.0, 180.0), (2.0, 15.0)))
    rows = np.arange(1, len(table), 3)
    some, everything = cut_passes(table, station, rows=rows), cut_passes(table, station)

    assert list(some.rows) == list(rows)
    assert [some[i] for i in range(len(some))] == [everything[int(row)] for row in rows]


def test_small_batches_give_what_one_batch_gives(table, monkeypatch):
    station = make_station(HorizonMask((0.0, 180.0), (2.0, 15.0)))
    whole = list(cut_passes(table, station))
    monkeypatch.setattr("scheduler.windows._ROWS_AT_ONCE", 3)

    assert list(cut_passes(table, station)) == whole


def test_a_table_without_passes_gives_no_windows():
    station = make_station(HorizonMask((0.0,), (20.0,)))
    table = find_by_sampling(
        [make_elements(35_786.0, 0.0)], station, hours=1.0, min_elevation_deg=80.0
    )

    assert list(cut_passes(table, station)) == []


def test_cuts_are_plain_records(table):
    station = make_station(HorizonMask((0.0,), (20.0,)))
    _, cuts = cut_passes(table, station)[0]

    assert isinstance(cuts[0], Cut)
    assert isinstance(cuts[0].start_unix_s, float)
    assert isinstance(cuts[0].limit_value, float)
    assert cuts[0].antenna_id == Antenna("a1", "dish").id
