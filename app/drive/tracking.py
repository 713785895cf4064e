"""What a drive measured: how well the antenna followed, and when it could not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tle.timebase import format_utc, from_unix_s


@dataclass(frozen=True, slots=True)
class Interruption:
    """A span in which the antenna was not under control, and why; Unix seconds."""

    start_unix_s: float
    end_unix_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class TrackingRecord:
    """The quality of one drive from the start to the end of tracking.

    ``max_error_deg`` and ``rms_error_deg`` are angles on the sky between the antenna as the rotator
    tells it and the satellite as predicted, over all samples from the first on target on;
    ``on_target_s`` is the time within ``beam_limit_deg``.
    """

    rate_hz: float
    samples: int
    max_error_deg: float | None
    rms_error_deg: float | None
    beam_limit_deg: float
    on_target_s: float
    max_lag_deg: float
    first_on_target_unix_s: float | None
    last_on_target_unix_s: float | None
    interruptions: tuple[Interruption, ...] = ()
    stowed: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored and sent: instants as text."""
        return {
            "rate_hz": self.rate_hz,
            "samples": self.samples,
            "max_error_deg": _round(self.max_error_deg),
            "rms_error_deg": _round(self.rms_error_deg),
            "beam_limit_deg": _round(self.beam_limit_deg),
            "on_target_s": round(self.on_target_s, 1),
            "max_lag_deg": _round(self.max_lag_deg),
            "interruptions": [
                {
                    "start_utc": format_utc(from_unix_s(each.start_unix_s)),
                    "end_utc": format_utc(from_unix_s(each.end_unix_s)),
                    "reason": each.reason,
                }
                for each in self.interruptions
            ],
            "stowed": self.stowed,
        }


@dataclass(slots=True)
class Measurements:
    """Collects what is measured while a drive goes on."""

    beam_limit_deg: float
    instants_unix_s: list[float] = field(default_factory=list)
    errors_deg: list[float] = field(default_factory=list)
    interruptions: list[Interruption] = field(default_factory=list)
    _lost_since_unix_s: float | None = None
    _lost_reason: str = ""

    def add(self, unix_s: float, error_deg: float) -> None:
        self.instants_unix_s.append(unix_s)
        self.errors_deg.append(error_deg)

    def lose(self, unix_s: float, reason: str) -> bool:
        """Note that the antenna is out of control; True when that is new."""
        if self._lost_since_unix_s is not None:
            return False
        self._lost_since_unix_s, self._lost_reason = unix_s, reason
        return True

    def regain(self, unix_s: float) -> bool:
        """Note that the antenna answers; True when it had been lost."""
        if self._lost_since_unix_s is None:
            return False
        self.interruptions.append(Interruption(self._lost_since_unix_s, unix_s, self._lost_reason))
        self._lost_since_unix_s = None
        return True

    @property
    def is_lost(self) -> bool:
        return self._lost_since_unix_s is not None

    def summarise(self, *, rate_hz: float, lags_deg: Iterable[float]) -> TrackingRecord:
        """Sum up; gaps between samples of more than 1 s (or two steps) count as off target."""
        on_target = [error <= self.beam_limit_deg for error in self.errors_deg]
        first = on_target.index(True) if any(on_target) else None
        counted = self.errors_deg[first:] if first is not None else []
        hit = [at for at, good in zip(self.instants_unix_s, on_target, strict=True) if good]
        return TrackingRecord(
            rate_hz=rate_hz,
            samples=len(self.errors_deg),
            max_error_deg=max(counted, default=None),
            rms_error_deg=_rms(counted),
            beam_limit_deg=self.beam_limit_deg,
            on_target_s=_time_on_target_s(self.instants_unix_s, on_target, max(1.0, 2.5 / rate_hz)),
            max_lag_deg=max(lags_deg, default=0.0),
            first_on_target_unix_s=hit[0] if hit else None,
            last_on_target_unix_s=hit[-1] if hit else None,
            interruptions=tuple(self.interruptions),
        )


def describe_record(record: Mapping[str, Any]) -> str:
    """Say a stored record in one line."""
    if record["max_error_deg"] is None:
        return f"never on target ({record['samples']} samples)"
    return (
        f"pointing error at most {record['max_error_deg']:.3f} deg, "
        f"rms {record['rms_error_deg']:.3f} deg; on target {record['on_target_s']:.0f} s; "
        f"{len(record['interruptions'])} interruptions"
    )


def _time_on_target_s(
    instants_unix_s: Sequence[float], on_target: Sequence[bool], longest_step_s: float
) -> float:
    return math.fsum(
        later - earlier
        for earlier, later, before, after in zip(
            instants_unix_s, instants_unix_s[1:], on_target, on_target[1:], strict=False
        )
        if before and after and later - earlier <= longest_step_s
    )


def _rms(values: Sequence[float]) -> float | None:
    if not values:
        return None
    return math.sqrt(math.fsum(each * each for each in values) / len(values))


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
