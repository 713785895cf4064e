"""The tidy table of a study."""

from dataclasses import replace

import pytest

from scheduler.study import StationSet, build_rows, run_piece, split_study, summarise
from scheduler.study.contention import Granted
from scheduler.study.table import iterate_csv
from tests.scheduler.study.builders import START, orbit, site, study

ONE_AND_TWO = (
    StationSet("one", (site(),)),
    StationSet("two", (site(), site("xian", 34.0, 108.0))),
)


def rows_of(asked, granted=()):
    return build_rows(asked, map(run_piece, split_study(asked)), granted)


def test_every_combination_is_one_row_in_order():
    asked = study(
        masks=("configured", 10.0), rates_bps=(1e6, 2e6),
        station_sets=ONE_AND_TWO,
    )  # fmt: skip
    rows = rows_of(asked)

    keys = [(r["orbit"], r["station_set"], r["mask"], r["rate_bps"]) for r in rows]
    assert len(keys) == len(set(keys)) == 2 * 2 * 2 * 2
    assert keys[0] == ("sso-500", "one", "configured", 1e6)
    assert keys[1] == ("sso-500", "one", "configured", 2e6)


def test_higher_orbit_and_more_stations_give_more_time():
    asked = study(
        days=5.0,
        station_sets=ONE_AND_TWO,
    )  # fmt: skip
    minutes = {(r["orbit"], r["station_set"]): r["minutes_day"] for r in rows_of(asked)}

    assert minutes["sso-600", "one"] > minutes["sso-500", "one"]
    assert minutes["sso-500", "two"] > 1.5 * minutes["sso-500", "one"]


def test_volume_is_rate_times_time_after_lock():
    """Bite: lock taken once instead of per contact; bits taken for bytes."""
    asked = study(rates_bps=(80e6,), lock_s=20.0, wanted_bytes_day=1e9)
    row = rows_of(asked)[0]
    useful_s = row["minutes_day"] * 60 - 20 * row["contacts_day"]

    assert row["bytes_day"] == pytest.approx(useful_s * 10e6, rel=1e-9)
    assert row["wanted_part_of_contacts"] == pytest.approx(1e9 / row["bytes_day"])
    busy_s = row["minutes_day"] * 60 + 180 * row["contacts_day"]  # setup 120, teardown 60
    assert row["antenna_share_all_contacts"] == pytest.approx(busy_s / 86_400)
    assert row["antenna_share_needed"] == pytest.approx(
        row["antenna_share_all_contacts"] * row["wanted_part_of_contacts"]
    )


def test_two_stations_that_see_it_at_once_receive_it_once():
    """A twin at the same place doubles the minutes of antennas, not the bytes."""
    twins = StationSet("twins", (site(), site("twin")))
    single, double = (
        rows_of(study(station_sets=(chosen,), rates_bps=(1e6,)))[0]
        for chosen in (StationSet("one", (site(),)), twins)
    )

    assert double["minutes_day"] == pytest.approx(2 * single["minutes_day"])
    assert double["bytes_day"] == pytest.approx(single["bytes_day"])
    assert double["antenna_share_all_contacts"] == pytest.approx(
        single["antenna_share_all_contacts"]
    )


def test_wish_beyond_all_contacts_has_no_share():
    row = rows_of(study(rates_bps=(1e3,), wanted_bytes_day=1e12))[0]

    assert row["wanted_part_of_contacts"] > 1
    assert row["antenna_share_needed"] is None


def test_summary_tells_the_spread_of_the_seasons():
    asked = study(seasons_utc=(START, START.replace(month=5), START.replace(month=8)), days=3.0)
    rows = rows_of(asked)
    folded = summarise(rows)

    assert len(folded) == 2
    own = [r["minutes_day"] for r in rows if r["orbit"] == "sso-500"]
    assert folded[0]["minutes_day"] == pytest.approx(sum(own) / 3)
    assert folded[0]["minutes_day_least"] == min(own)
    assert folded[0]["minutes_day_greatest"] == max(own)
    assert min(own) < max(own)  # seasons start elsewhere on the track
    assert folded[0]["rows"] == 3


def test_drifting_node_is_folded_with_its_season():
    """Bite: the local time counted among the parameters makes each season a line of its own."""
    drifting = orbit(500.0, local_time_drift_min_year=60.0)
    asked = study(orbits=(drifting,), seasons_utc=(START, START.replace(year=2028)))
    (line,) = summarise(rows_of(asked))

    assert line["local_time_h_greatest"] - line["local_time_h_least"] == pytest.approx(1, abs=1e-2)


def test_plans_repeat_a_row_for_each_priority_behind_the_first_mask():
    asked = study(masks=("configured", "none"))
    grant = Granted(0, 0, 1, 3.0, 2.0, 14.0, 0.5, 9.0)
    rows = rows_of(asked, [grant, replace(grant, priority=5.0, granted_part=0.7)])
    planned = [r for r in rows if r["priority"] is not None]

    assert [(r["orbit"], r["mask"], r["priority"]) for r in planned] == [
        ("sso-600", "configured", 3.0),
        ("sso-600", "configured", 5.0),
    ]
    assert planned[1]["granted_part"] == 0.7
    assert len(rows) == 5


def test_csv_leaves_missing_figures_empty():
    lines = list(iterate_csv([{"a": 1.5, "b": None}]))

    assert lines == [["a", "b"], [1.5, ""]]
    assert list(iterate_csv([])) == []
