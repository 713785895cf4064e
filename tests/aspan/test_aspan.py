"""The notebook face: what docs/recipes.md promises in a few lines."""

from datetime import UTC, datetime

import matplotlib as mpl
import matplotlib.pyplot
import numpy as np
import pytest
from matplotlib.patches import Rectangle

import aspan
from app.errors import InputError, NotFoundError
from tle.timebase import from_unix_s

START = "2026-09-06T12:00:00Z"


@pytest.fixture(scope="module", autouse=True)
def _no_window():
    mpl.use("Agg")
    yield
    mpl.pyplot.close("all")


@pytest.fixture(scope="module")
def found():
    return aspan.find_passes("kaznu", ["terra", "aqua", 43013], start=START, days=1)


@pytest.fixture(scope="module")
def nksat():
    design = aspan.SunSynchronous(500.0, 10.5, node="descending")
    return aspan.make_nominal(design, datetime(2026, 9, 6, 12, tzinfo=UTC), name="NKSAT")


def test_three_lines_give_passes_as_a_table(found):
    table = found.to_pandas()

    assert len(table) == len(found) > 8
    assert set(table.satellite_id) == {"terra", "aqua", "noaa-20"}
    assert str(table.aos_utc.dt.tz) == "UTC"
    assert table.aos_utc.is_monotonic_increasing
    assert (table.los_utc - table.aos_utc).dt.total_seconds().to_numpy() == pytest.approx(
        table.duration_s.to_numpy(), abs=2e-3
    )


def test_table_and_items_tell_the_same_passes(found):
    """Bite: a row sorted by object where the item is sorted by time."""
    columns = found.columns()
    for index in (0, 3, len(found) - 1):
        one = found[index]
        assert columns["satellite_id"][index] == one.satellite_id
        assert columns["max_elevation_deg"][index] == one.max_elevation_deg
        aos = columns["aos_utc"][index].astype("datetime64[us]").item().replace(tzinfo=UTC)
        assert abs((aos - from_unix_s(one.aos_unix_s)).total_seconds()) < 1e-3
    assert found[-1] == found[len(found) - 1]
    with pytest.raises(IndexError):
        found[len(found)]


def test_usable_time_is_what_the_mask_leaves():
    """Bite: usable seconds in order of object beside passes in order of time exceed the pass."""
    both = ["terra", "noaa-20"]
    masked = aspan.find_passes("kaznu", both, start=START, days=2).columns()
    free = aspan.find_passes("kaznu", both, start=START, days=2, use_mask=False).columns()

    assert (masked["usable_s"] <= masked["duration_s"] + 1e-6).all()
    assert masked["usable_s"].sum() < free["usable_s"].sum()
    assert free["usable_s"] == pytest.approx(free["duration_s"], abs=0.01)


def test_satellite_that_does_not_fly_stands_beside_those_that_do(nksat):
    mixed = aspan.find_passes("kaznu", ["terra", nksat], start=START, days=1)
    columns = mixed.columns()

    assert set(columns["satellite_id"]) == {"terra", "NKSAT"}
    assert set(columns["element_source"][columns["satellite_id"] == "NKSAT"]) == {"nominal"}


def test_five_lines_give_a_plan(found, nksat):
    plan = aspan.make_plan(found, solver="greedy")
    table = plan.to_pandas()

    assert len(table) == len(plan.contacts) > 3
    assert (table.reserved_start_utc <= table.start_utc).all()
    assert (table.end_utc <= table.reserved_end_utc).all()
    taken = {contact.pass_id for contact in plan.contacts}
    missed = {item.pass_id for item in plan.contact_plan.not_taken}
    assert taken | missed == {one.pass_id for one in found}
    assert sum(plan.count_reasons().values()) == len(plan.contact_plan.not_taken)
    own = aspan.make_plan(aspan.find_passes("kaznu", nksat, start=START), solver="greedy")
    assert {contact.satellite_id for contact in own.contacts} == {"NKSAT"}


def test_empty_table_still_has_its_columns():
    none = aspan.find_passes("kaznu", "terra", start=START, days=0.01).to_pandas()

    assert len(none) == 0
    assert "aos_utc" in none.columns


def test_polar_plot_draws_the_pass_where_it_stands(found):
    axes = aspan.plot.polar(found, 0, 1)
    lines = [line for line in axes.get_lines() if len(line.get_xdata()) > 2]

    assert len(lines) == 2
    assert max(lines[0].get_ydata()) == pytest.approx(found[0].max_elevation_deg, abs=0.2)
    assert np.degrees(lines[0].get_xdata()[0]) % 360 == pytest.approx(
        found[0].aos_azimuth_deg, abs=0.01
    )


def test_timeline_draws_every_pass_and_contact_once(found):
    plan = aspan.make_plan(found, solver="greedy")
    axes = aspan.plot.timeline(plan)
    shown = {contact.satellite_id for contact in plan.contacts}

    heights = [round(patch.get_height(), 3) for patch in axes.patches]
    assert heights.count(0.8) == len(plan.contacts)
    assert heights.count(0.5) == sum(one.satellite_id in shown for one in found)


def test_plots_say_what_their_colours_and_shades_mean(found):
    """Bite: one colour for two stations; a legend that leaves out the mask."""
    both = aspan.find_passes(["kaznu", "sanya"], "terra", start=START, days=1)
    axes = aspan.plot.timeline(aspan.make_plan(both, solver="greedy"))
    legend = axes.get_legend()
    colours = [handle.get_facecolor() for handle in legend.get_patches()]

    texts = {text.get_text() for text in legend.get_texts()}
    assert texts == {"pass, not taken", "contact, Sanya", "contact, Al-Farabi KazNU, Almaty"}
    assert len(set(colours)) == 3
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Terra"]
    sky = [text.get_text() for text in aspan.plot.polar(found, 0).get_legend().get_texts()]
    assert sky[0].startswith(found[0].name)
    assert sky[1] == "below the horizon mask"


def test_unknown_names_are_refused_with_advice(found):
    with pytest.raises(NotFoundError, match="kaznu"):
        aspan.find_passes("kaznuu", start=START)
    with pytest.raises(InputError, match="terraa"):
        aspan.find_passes("kaznu", "terraa", start=START)
    both = aspan.find_passes(["kaznu", "kashi"], "terra", start=START)
    with pytest.raises(InputError, match="one station each"):
        aspan.plot.polar(both, 0, len(both) - 1)


def test_study_of_a_document_becomes_a_table(tmp_path):
    document = {
        "id": "s", "seasons_utc": [datetime(2027, 1, 1, tzinfo=UTC)], "days": 1, "rates_bps": [1e8],
        "orbit": [{"id": "o", "altitude_km": [500, 600], "local_time_h": 10.5}],
        "station_set": [{"id": "one", "stations": ["kaznu"]}],
    }  # fmt: skip
    steps = []
    study = aspan.run_study(document, on_progress=lambda done, text: steps.append(done))
    study.save(tmp_path / "s.csv")
    study.save(tmp_path / "s.parquet")
    pandas = pytest.importorskip("pandas")
    table = study.to_pandas()

    assert list(table.orbit) == ["o-altitude-500", "o-altitude-600"]
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    pandas.testing.assert_frame_equal(pandas.read_parquet(tmp_path / "s.parquet"), table)
    read = pandas.read_csv(tmp_path / "s.csv")
    assert list(read.columns) == list(table.columns)
    assert read.minutes_day.to_numpy() == pytest.approx(table.minutes_day.to_numpy())
    assert len(study.to_pandas(summary=True)) == 2


def test_study_plot_draws_every_figure_of_every_orbit():
    """Bite: a panel drawn from the wrong column has other heights."""
    document = {
        "id": "s", "seasons_utc": [datetime(2027, m, 1, tzinfo=UTC) for m in (1, 4)], "days": 1,
        "rates_bps": [6e7, 1e8], "wanted_bytes_day": 1e9,
        "orbit": [{"id": "o", "altitude_km": [500, 600], "local_time_h": 10.5}],
        "station_set": [{"id": "one", "stations": ["kaznu"]}],
    }  # fmt: skip
    table = aspan.run_study(document)

    axes = aspan.plot.study(table).flat

    heights = [
        [patch.get_height() for patch in each.patches if isinstance(patch, Rectangle)]
        for each in axes
    ]
    assert [len(each) for each in heights] == [2, 2, 0, 4, 4, 4]
    summary = table.to_pandas(summary=True)
    boxes = summary.drop_duplicates("orbit")
    drawn = [line.get_ydata() for line in axes[2].get_lines()]
    for name in ("median_gap_h", "p95_gap_h", "longest_gap_h"):
        for hours in boxes[name]:
            assert any(np.allclose(each, hours) for each in drawn)
    for _, box in boxes.iterrows():
        corners = [list(each.get_path().vertices[:, 1]) for each in axes[2].patches]
        assert any(min(c) == box.p25_gap_h and max(c) == box.p75_gap_h for c in corners)
    minutes = summary.drop_duplicates("orbit").minutes_day.to_list()
    assert heights[1] == pytest.approx(minutes)
    assert heights[4] == pytest.approx((summary.sort_values("rate_bps").bytes_day / 1e9).to_list())
    with pytest.raises(ValueError, match="see the column mask"):
        aspan.plot.study(table, mask="hills")
