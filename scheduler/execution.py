"""What became of booked contacts: executed and lost time, by whose fault, and what data came.

That a contact was completed says that the antenna followed; whether data came is a field of its
own, the data outcome.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from scheduler.contact_states import ContactState

DataOutcome = Literal["unknown", "received", "partial", "nothing"]
Side = Literal["station", "satellite", "environment", "prediction", "unknown"]
Outcome = Literal["executed", "lost", "pending", "cancelled"]

DATA_OUTCOMES: tuple[DataOutcome, ...] = get_args(DataOutcome)

# Causes of loss, and on whose side they lie.
CAUSES: Mapping[str, Side] = MappingProxyType(
    {
        "antenna": "station",
        "rotator": "station",
        "lockout": "station",
        "lockout_unknown": "station",
        "receiver": "station",
        "power": "station",
        "station_network": "station",
        "software": "station",
        "operator": "station",
        "satellite_silent": "satellite",
        "satellite_attitude": "satellite",
        "weather": "environment",
        "interference": "environment",
        "sun": "environment",
        "elements": "prediction",
        "not_reported": "unknown",
        "other": "unknown",
    }
)
_FEWEST_ERRORS = 5
_DOUBT = 0.01  # how improbable the errors must be before the bound is called too small


@dataclass(frozen=True, slots=True)
class ContactResult:
    """A booked contact beside what was reported of it; instants in Unix seconds.

    ``start_unix_s`` to ``end_unix_s`` is the contact that was promised. None: not reported.
    """

    contact_id: str
    satellite_id: str
    owner: str
    station_id: str
    antenna_id: str
    state: ContactState
    reserved_start_unix_s: float
    start_unix_s: float
    end_unix_s: float
    reserved_end_unix_s: float
    expected_bytes: float | None = None
    actual_start_unix_s: float | None = None
    actual_stop_unix_s: float | None = None
    received_bytes: int | None = None
    data_outcome: DataOutcome = "unknown"
    cause: str = ""
    timing_error_s: float | None = None
    timing_bound95_s: float | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """How a contact ended: what of its promised time was executed, what lost, and why."""

    outcome: Outcome
    executed_s: float = 0.0
    lost_s: float = 0.0
    cause: str = ""
    side: Side | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Availability:
    """The sum over the contacts of one station, satellite or owner that have ended.

    ``availability`` is executed over promised contact time; None: nothing was promised yet.
    """

    key: str
    executed: int
    lost: int
    pending: int
    cancelled: int
    promised_s: float
    executed_s: float
    lost_s: float
    availability: float | None
    lost_by_cause_s: Mapping[str, float]
    lost_by_side_s: Mapping[str, float]
    data_outcomes: Mapping[str, int]
    expected_bytes: float
    received_bytes: int


@dataclass(frozen=True, slots=True)
class TimingCheck:
    """Reported against predicted AOS of one satellite, errors in s, positive: it came later."""

    satellite_id: str
    count: int
    mean_s: float
    rms_s: float
    largest_s: float
    outside: int  # errors beyond their 95 % bound
    verdict: Literal["too_few", "holds", "bound_too_small"]


def settle(result: ContactResult, *, now_unix_s: float) -> Settled:
    """Say what of a contact's promised time was executed and what was lost.

    A completed contact without reported times counts whole. A contact that ended as missed or
    failed counts with what was reported of it. An open one is pending until its reserved end.
    """
    if result.state in ("planned", "cancelled"):
        return Settled("cancelled")
    is_final = result.state in ("completed", "failed", "missed")
    if not is_final and now_unix_s < result.reserved_end_unix_s:
        return Settled("pending")
    promised_s = result.end_unix_s - result.start_unix_s
    executed_s = _followed_s(result)
    if executed_s is None:
        executed_s = promised_s if result.state == "completed" else 0.0
    lost_s = max(0.0, promised_s - executed_s)
    cause = result.cause
    if not cause and lost_s > 0.5:
        cause = "not_reported" if result.state in ("reserved", "missed") else "other"
    return Settled(
        "executed" if executed_s > 0.0 else "lost",
        executed_s,
        lost_s,
        cause,
        CAUSES.get(cause, "unknown") if cause else "",
    )


def sum_availability(
    results: Iterable[ContactResult],
    key: Callable[[ContactResult], str],
    *,
    now_unix_s: float,
) -> tuple[Availability, ...]:
    """Sum the contacts of each key, in order of the keys."""
    groups: dict[str, list[ContactResult]] = {}
    for result in results:
        groups.setdefault(key(result), []).append(result)
    return tuple(_sum_group(name, groups[name], now_unix_s) for name in sorted(groups))


def check_timing(results: Iterable[ContactResult]) -> tuple[TimingCheck, ...]:
    """Compare reported with predicted AOS per satellite: does the 95 % bound hold?

    The bound is called too small when that many errors beyond it would come by chance in less
    than one case of a hundred (binomial, 5 % each).
    """
    groups: dict[str, list[tuple[float, float]]] = {}
    for result in results:
        if result.timing_error_s is not None and result.timing_bound95_s is not None:
            pair = (result.timing_error_s, result.timing_bound95_s)
            groups.setdefault(result.satellite_id, []).append(pair)
    return tuple(_check_group(name, groups[name]) for name in sorted(groups))


def _followed_s(result: ContactResult) -> float | None:
    """Return the promised time inside the reported one; None when no time was reported."""
    start, stop = result.actual_start_unix_s, result.actual_stop_unix_s
    if start is None or stop is None:
        return None
    return max(0.0, min(stop, result.end_unix_s) - max(start, result.start_unix_s))


def _sum_group(name: str, results: Sequence[ContactResult], now_unix_s: float) -> Availability:
    settled = [(result, settle(result, now_unix_s=now_unix_s)) for result in results]
    ended = [(result, how) for result, how in settled if how.outcome in ("executed", "lost")]
    executed_s = math.fsum(how.executed_s for _, how in ended)
    lost_s = math.fsum(how.lost_s for _, how in ended)
    by_cause: dict[str, float] = {}
    by_side: dict[str, float] = {}
    for _, how in ended:
        if how.lost_s > 0.0 and how.cause:
            by_cause[how.cause] = by_cause.get(how.cause, 0.0) + how.lost_s
            by_side[how.side] = by_side.get(how.side, 0.0) + how.lost_s
    outcomes = [how.outcome for _, how in settled]
    data = [result.data_outcome for result, _ in ended]
    return Availability(
        key=name,
        executed=outcomes.count("executed"),
        lost=outcomes.count("lost"),
        pending=outcomes.count("pending"),
        cancelled=outcomes.count("cancelled"),
        promised_s=executed_s + lost_s,
        executed_s=executed_s,
        lost_s=lost_s,
        availability=executed_s / (executed_s + lost_s) if executed_s + lost_s > 0.0 else None,
        lost_by_cause_s=dict(sorted(by_cause.items())),
        lost_by_side_s=dict(sorted(by_side.items())),
        data_outcomes={each: data.count(each) for each in DATA_OUTCOMES},
        expected_bytes=math.fsum(result.expected_bytes or 0.0 for result, _ in ended),
        received_bytes=sum(result.received_bytes or 0 for result, _ in ended),
    )


def _check_group(satellite_id: str, pairs: Sequence[tuple[float, float]]) -> TimingCheck:
    errors = [error for error, _ in pairs]
    count, outside = len(pairs), sum(abs(error) > bound for error, bound in pairs)
    chance = 1.0 - math.fsum(
        math.comb(count, k) * 0.05**k * 0.95 ** (count - k) for k in range(outside)
    )
    verdict: Literal["too_few", "holds", "bound_too_small"] = "holds"
    if count < _FEWEST_ERRORS:
        verdict = "too_few"
    elif chance < _DOUBT:
        verdict = "bound_too_small"
    return TimingCheck(
        satellite_id=satellite_id,
        count=count,
        mean_s=math.fsum(errors) / count,
        rms_s=math.sqrt(math.fsum(error * error for error in errors) / count),
        largest_s=max(errors, key=abs),
        outside=outside,
        verdict=verdict,
    )
