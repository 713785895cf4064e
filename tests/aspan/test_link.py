"""Link budgets and volumes in a notebook and at the command line."""

import numpy as np
import pytest
from typer.testing import CliRunner

import aspan
from app.cli import app
from app.errors import InputError

DESIGN = aspan.LinkDesign(eirp_dbw=15.0, frequency_hz=8.2e9, symbol_rate_hz=75e6)
ASK = ["link", "kaznu", "--eirp-dbw", "15", "--rate-bps", "150e6", "--altitude-km", "500"]


def test_a_budget_is_a_table_with_a_source_for_every_line():
    frame = aspan.link_budget(
        "kaznu", eirp_dbw=15.0, bit_rate_bps=150e6, altitude_km=500.0
    ).to_pandas()

    assert set(frame["elevation_deg"]) == {5.0, 10.0, 30.0, 90.0}
    assert frame["source"].str.len().min() > 0
    sums = frame.groupby("elevation_deg")["value"].sum()
    assert sums.to_numpy() == pytest.approx(
        frame.groupby("elevation_deg")["margin_db"].first().to_numpy()
    )
    assert {"Gas", "Rain, cloud, scintillation"} <= set(frame["line"])


def test_an_unknown_mode_is_refused_with_those_there_are():
    with pytest.raises(InputError, match="DVB-S2 8PSK 3/4"):
        aspan.link_budget("kaznu", eirp_dbw=1, bit_rate_bps=1e6, altitude_km=500, mode="x")


def test_volumes_follow_the_passes_and_a_smaller_dish_brings_less():
    """Bite: volumes in the order of objects instead of time."""
    found = aspan.find_passes("kaznu", ["terra", "aqua"], start="2026-09-06T12:00:00Z", days=1)

    own = aspan.pass_volumes(found, DESIGN)
    small = aspan.pass_volumes(found, DESIGN, dish_diameter_m=2.4)

    usable_s = found.columns()["usable_s"]
    assert own.shape == usable_s.shape
    assert (own <= usable_s * 75e6 * 4.4531 / 8.0).all()
    assert ((own > 0.0) == (usable_s > 0.0)).all()
    assert np.corrcoef(own, usable_s)[0, 1] > 0.9
    assert (small < own).all()


def test_the_command_prints_every_line_and_the_year():
    done = CliRunner().invoke(app, [*ASK, "--elevation", "5"])

    assert done.exit_code == 0
    assert "Free-space loss" in done.output
    assert "Available in a year" in done.output
    assert "-177.0" in done.output or "-177.1" in done.output
