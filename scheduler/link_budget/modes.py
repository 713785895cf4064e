"""Modulation and coding: what a mode carries per symbol and which Eb/N0 it needs."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.units import to_db


@dataclass(frozen=True, slots=True)
class Mode:
    """A modulation with its code: information bits per symbol, and Eb/N0 needed per such bit."""

    name: str
    bits_per_symbol: float
    needed_eb_n0_db: float
    source: str


_TEXTBOOK = "textbook curve at a bit error rate of 1e-6"
_DVB_S2 = "ETSI EN 302 307, table 13, quasi error free without impairments; from memory"

FIXED_MODES = (
    Mode("BPSK/QPSK uncoded", 2.0, 10.5, _TEXTBOOK),
    Mode("QPSK convolutional 1/2", 1.0, 4.8, _TEXTBOOK),
    Mode("QPSK convolutional 1/2 + RS(255,223)", 2.0 * 0.5 * 223 / 255, 2.7, _TEXTBOOK),
    Mode("QPSK RS(255,223)", 2.0 * 223 / 255, 6.4, _TEXTBOOK),
    Mode("QPSK LDPC 7/8", 2.0 * 7136 / 8160, 3.9, "CCSDS 131.0-B, (8160,7136); from memory"),
)

# name, information bits per symbol, Es/N0 in dB
_ADAPTIVE = (
    ("QPSK 1/4", 0.490243, -2.35),
    ("QPSK 1/2", 0.988858, 1.00),
    ("QPSK 3/4", 1.487473, 4.03),
    ("8PSK 2/3", 1.980636, 6.62),
    ("8PSK 3/4", 2.228124, 7.91),
    ("16APSK 3/4", 2.966728, 10.21),
    ("16APSK 5/6", 3.300184, 11.61),
    ("32APSK 4/5", 3.951571, 13.64),
    ("32APSK 9/10", 4.453027, 16.05),
)


def _make_adaptive() -> tuple[Mode, ...]:
    from_es = [(name, bits, es_n0_db - to_db(bits)) for name, bits, es_n0_db in _ADAPTIVE]
    return tuple(
        Mode(f"DVB-S2 {name}", bits, eb_n0_db, _DVB_S2) for name, bits, eb_n0_db in from_es
    )


ADAPTIVE_MODES = _make_adaptive()
