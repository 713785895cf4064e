"""Budgets against published ones, against an independent sum of powers, and by their lines."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from scheduler.link_budget.budget import (
    adaptive_rate_bps,
    carrier_to_noise_dbhz,
    compute_budget,
)
from scheduler.link_budget.losses import ALMATY, pointing_loss_db
from scheduler.link_budget.modes import ADAPTIVE_MODES, FIXED_MODES, Mode
from scheduler.link_budget.terminals import (
    Receiver,
    Transmitter,
    describe_receiver,
    dish_gain_dbi,
)
from scheduler.stations import Antenna

HRD_MODE = FIXED_MODES[2]
NO_CODE = Mode("none", 1.0, 0.0, "test")


def ideal(g_over_t_db_k: float) -> Receiver:
    return Receiver(g_over_t_db_k, 0.5, 0.0, 0.0, 0.0, "test")


@pytest.mark.parametrize(
    ("eirp_dbw", "g_over_t", "rate_dbhz", "eb_n0_db"),
    [(38.0, 21.8, 76.0, 15.6), (28.0, 25.2, 69.0, 16.0)],
)
def test_published_downlinks_close_as_published(eirp_dbw, g_over_t, rate_dbhz, eb_n0_db):
    # FCC filing SAT-MOD-20100324-00056, table 5, carriers H_C and I_C: free space 196.3 dB, rain
    # 0.5 dB, Boltzmann 228.6; printed to 0.1 dB. Bite: the sign of G/T or of any loss.
    frequency_hz = 4.0e9
    range_km = 10 ** (196.3 / 20.0) * 299_792.458 / (4.0 * math.pi * frequency_hz)
    budget = compute_budget(
        Transmitter(eirp_dbw),
        ideal(g_over_t),
        NO_CODE,
        frequency_hz=frequency_hz,
        range_km=range_km,
        bit_rate_bps=10 ** (rate_dbhz / 10.0),
        attenuation_db=0.5,
    )

    assert budget.eb_n0_db == pytest.approx(eb_n0_db, abs=0.06)


def test_the_budget_is_the_ratio_of_powers_in_watts():
    # Independent: received watts over noise watts, no decibels on the way.
    frequency_hz, range_km, watts, gain = 8.2e9, 2_568.0, 12.0, 60.0
    wavelength_m = 299_792_458.0 / frequency_hz
    aperture_m2 = 0.6 * math.pi * 7.3**2 / 4.0
    flux = watts * gain / (4.0 * math.pi * (range_km * 1e3) ** 2)
    off = 10.0 ** (-1.2 * (0.1 / (70.0 * wavelength_m / 7.3)) ** 2)
    carrier_w = flux * aperture_m2 * off * 10.0 ** (-0.02) * 10.0 ** (-0.2)
    noise_w_hz = 1.380649e-23 * 130.0

    receiver = replace(
        describe_receiver(Antenna("a", "dish", dish_diameter_m=7.3), frequency_hz),
        pointing_error_deg=0.1,
    )
    budget = compute_budget(
        Transmitter(10.0 * math.log10(watts * gain)),
        receiver,
        HRD_MODE,
        frequency_hz=frequency_hz,
        range_km=range_km,
        bit_rate_bps=15e6,
        attenuation_db=2.0,
    )

    along = carrier_to_noise_dbhz(
        Transmitter(10.0 * math.log10(watts * gain)),
        receiver,
        frequency_hz=frequency_hz,
        range_km=np.array([range_km]),
        attenuation_db=2.0,
    )

    assert budget.c_n0_dbhz == pytest.approx(10.0 * math.log10(carrier_w / noise_w_hz), abs=1e-6)
    assert along[0] == pytest.approx(budget.c_n0_dbhz, abs=1e-9)
    assert budget.eb_n0_db == pytest.approx(
        10.0 * math.log10(carrier_w / noise_w_hz / 15e6), abs=1e-6
    )


def test_the_lines_add_up_to_the_margin():
    budget = compute_budget(
        Transmitter(15.0),
        ideal(30.0),
        HRD_MODE,
        frequency_hz=8.2e9,
        range_km=2_000.0,
        bit_rate_bps=15e6,
    )

    assert sum(line.value for line in budget.lines) == pytest.approx(budget.margin_db)
    assert all(line.source and line.unit for line in budget.lines)


def test_npp_high_rate_data_needs_little_power_at_its_published_figure_of_merit():
    # S-NPP HRD is designed for 22.7 dB/K at 5 deg with 3 dB of rain: 15 Mbit/s over 2842 km
    # (827 km up), 7812 MHz. No EIRP is published to us, so the check is from both sides: what the
    # budget asks for must be a few watts into a wide beam, and inside the limit of the flux
    # density on the ground, -150 dB(W/m2) in 4 kHz.
    at_zero = compute_budget(
        Transmitter(0.0),
        Receiver(22.7, 0.7),
        HRD_MODE,
        frequency_hz=7.812e9,
        range_km=2_842.0,
        bit_rate_bps=15e6,
        attenuation_db=3.0,
    )
    eirp_dbw = -at_zero.margin_db
    spread_db = 10.0 * math.log10(4.0 * math.pi * 2.842e6**2)
    flux_db = eirp_dbw - spread_db - 10.0 * math.log10(15e6 / 4e3)

    assert 5.0 < eirp_dbw < 12.0
    assert flux_db < -150.0


@pytest.mark.parametrize(
    ("dish_m", "gain_dbi", "g_over_t"),
    [
        (3.7, 47.8, 26.7),
        (5.4, 51.1, 30.0),
        (6.1, 52.2, 31.0),
        (7.3, 53.7, 32.6),
        (12.0, 58.0, 36.9),
    ],
)
def test_a_dish_has_the_gain_and_figure_of_merit_of_the_table(dish_m, gain_dbi, g_over_t):
    antenna = Antenna("a", "dish", dish_diameter_m=dish_m, g_over_t_db_k=None)

    assert dish_gain_dbi(dish_m, 8.2e9) == pytest.approx(gain_dbi, abs=0.06)
    assert describe_receiver(antenna, 8.2e9).g_over_t_db_k == pytest.approx(g_over_t, abs=0.06)
    assert describe_receiver(replace(antenna, g_over_t_db_k=20.0), 8.2e9).g_over_t_db_k == 20.0


def test_a_beam_loses_three_decibels_at_half_its_width():
    assert pointing_loss_db(0.175, 0.35) == pytest.approx(3.0)


def test_the_table_of_almaty_comes_back_at_its_points_and_runs_between():
    for elevation_deg, row in zip(ALMATY.elevation_deg, ALMATY.attenuation_db, strict=True):
        for percent, value_db in zip(ALMATY.exceeded_percent, row, strict=True):
            assert float(ALMATY.exceeded_db(elevation_deg, percent)) == pytest.approx(value_db)
    falling = ALMATY.exceeded_db(np.linspace(2.0, 90.0, 200), 0.3)
    assert np.all(np.diff(falling) < 0.0)


def test_availability_is_where_the_spare_meets_the_attenuation():
    # Bite: returning the share exceeded instead of the share available.
    assert ALMATY.availability_percent(5.0, 3.83) == pytest.approx(99.9, abs=0.01)
    assert ALMATY.availability_percent(10.0, 0.98) == pytest.approx(99.0, abs=0.05)
    assert ALMATY.availability_percent(30.0, 30.0) == pytest.approx(99.99)
    assert ALMATY.availability_percent(5.0, 0.5) == 0.0


def test_the_rate_rises_with_elevation_and_every_mode_closes_with_its_margin():
    range_km = np.array([2_568.0, 2_160.0, 1_240.0, 702.0])  # 702 km up at 5, 10, 30, 90 deg
    c_n0 = carrier_to_noise_dbhz(
        Transmitter(6.0), ideal(30.0), frequency_hz=8.2e9, range_km=range_km
    )
    rate = adaptive_rate_bps(c_n0, 50e6, ADAPTIVE_MODES, margin_db=3.0, implementation_loss_db=1.5)
    spare_by_elevation = c_n0 - 10.0 * np.log10(rate)
    by_rate = {50e6 * mode.bits_per_symbol: mode for mode in ADAPTIVE_MODES}

    assert c_n0[-1] - c_n0[0] == pytest.approx(178.9 - 167.7, abs=0.1)
    assert np.all(np.diff(rate) >= 0.0)
    assert rate[-1] > 2.0 * rate[0]
    for spare_db, bps in zip(spare_by_elevation, rate, strict=True):
        assert spare_db - 1.5 - by_rate[bps].needed_eb_n0_db >= 3.0
    assert adaptive_rate_bps(
        np.array([40.0]), 50e6, ADAPTIVE_MODES, margin_db=3.0, implementation_loss_db=1.5
    ) == [0.0]


def test_no_mode_beats_shannon():
    # Bite: a mistyped threshold. Eb/N0 above (2^b - 1) / b for b bits per symbol.
    for mode in (*FIXED_MODES, *ADAPTIVE_MODES):
        b = mode.bits_per_symbol
        assert mode.needed_eb_n0_db > 10.0 * math.log10((2.0**b - 1.0) / b), mode.name
