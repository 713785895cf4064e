"""The link budget, line by line: every figure with its unit and its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.link_budget.losses import pointing_loss_db
from scheduler.link_budget.modes import Mode
from scheduler.link_budget.terminals import Receiver, Transmitter
from scheduler.units import BOLTZMANN_DBW, free_space_loss_db, to_db
from tle.timebase import FloatArray


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a budget; losses are negative, so that the lines of a sum add up."""

    name: str
    value: float
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class Budget:
    """A closed budget: its lines, and what they come to."""

    lines: tuple[Line, ...]
    c_n0_dbhz: float
    eb_n0_db: float
    margin_db: float


def compute_budget(
    transmitter: Transmitter,
    receiver: Receiver,
    mode: Mode,
    *,
    frequency_hz: float,
    range_km: float,
    bit_rate_bps: float,
    gas_db: float = 0.0,
    attenuation_db: float = 0.0,
    attenuation_source: str = "none assumed",
) -> Budget:
    """Compute C/N0, Eb/N0 and margin of a downlink at one range, itemised.

    C/N0 = EIRP - free space - gas - attenuation (rain, cloud, scintillation) - pointing -
    polarisation + G/T - k; Eb/N0 = C/N0 - 10 log10 of the information bit rate; margin = Eb/N0 -
    implementation - needed Eb/N0.
    """
    path_db = float(free_space_loss_db(np.array(range_km), frequency_hz))
    off_db = pointing_loss_db(receiver.pointing_error_deg, receiver.beam_deg)
    off, beam = receiver.pointing_error_deg, receiver.beam_deg
    pointing = f"{off:.3f} deg off in a beam of {beam:.2f} deg: assumption"
    carrier = (
        Line("EIRP towards the station", transmitter.eirp_dbw, "dBW", transmitter.source),
        Line("Free-space loss", -path_db, "dB", f"{range_km:.0f} km, {frequency_hz / 1e6:g} MHz"),
        Line("Gas", -gas_db, "dB", attenuation_source),
        Line("Rain, cloud, scintillation", -attenuation_db, "dB", attenuation_source),
        Line("Pointing", -off_db, "dB", pointing),
        Line("Polarisation", -receiver.polarisation_loss_db, "dB", "assumption"),
        Line("G/T", receiver.g_over_t_db_k, "dB/K", receiver.source),
        Line("Boltzmann's constant", -BOLTZMANN_DBW, "dBHz K/W", "SI 2019"),
    )
    c_n0_dbhz = sum(line.value for line in carrier)
    bits = Line(
        "Information bit rate", -to_db(bit_rate_bps), "dBHz", f"{bit_rate_bps / 1e6:g} Mbit/s"
    )
    eb_n0_db = c_n0_dbhz + bits.value
    demodulator = (
        Line("Demodulator", -receiver.implementation_loss_db, "dB", "assumption"),
        Line(f"Needed Eb/N0, {mode.name}", -mode.needed_eb_n0_db, "dB", mode.source),
    )
    margin_db = eb_n0_db + sum(line.value for line in demodulator)
    return Budget((*carrier, bits, *demodulator), c_n0_dbhz, eb_n0_db, margin_db)


def carrier_to_noise_dbhz(
    transmitter: Transmitter,
    receiver: Receiver,
    *,
    frequency_hz: float,
    range_km: FloatArray,
    attenuation_db: FloatArray | float = 0.0,
) -> FloatArray:
    """Return C/N0 along a track, shape (n,): the sum of the first eight lines of the budget."""
    return np.asarray(
        transmitter.eirp_dbw
        - free_space_loss_db(range_km, frequency_hz)
        - attenuation_db
        - pointing_loss_db(receiver.pointing_error_deg, receiver.beam_deg)
        - receiver.polarisation_loss_db
        + receiver.g_over_t_db_k
        - BOLTZMANN_DBW
    )


def adaptive_rate_bps(
    c_n0_dbhz: FloatArray,
    symbol_rate_hz: float,
    modes: Sequence[Mode],
    *,
    margin_db: float,
    implementation_loss_db: float,
) -> FloatArray:
    """Return the information rate of the fastest mode that closes with the margin; 0 when none."""
    best_bps = np.zeros_like(np.asarray(c_n0_dbhz, dtype=np.float64))
    for mode in modes:
        rate_bps = symbol_rate_hz * mode.bits_per_symbol
        spare_db = c_n0_dbhz - to_db(rate_bps) - implementation_loss_db - mode.needed_eb_n0_db
        best_bps = np.where(spare_db >= margin_db, np.maximum(best_bps, rate_bps), best_bps)
    return best_bps
