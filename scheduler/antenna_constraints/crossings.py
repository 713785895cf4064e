"""Find when sky paths cross a limit: by bounds where they settle it, by roots where they do not.

A path between two instants stays inside a thin tube around the chord of its two directions. Where
the whole tube is on one side of the limit nothing more is computed; where the margin runs straight
enough through zero its root is polished; otherwise the interval is halved, down to
``SHORTEST_LOSS_S``. So a narrow spike of a mask costs a few intervals near it, and most passes a
handful of samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from scheduler.antenna_constraints.base import NO_LOSSES, IntArray, Losses
from scheduler.prediction.sky_paths import SkyPaths, azimuth_elevation_deg, to_directions
from tle.timebase import FloatArray

BoolArray = NDArray[np.bool_]

SHORTEST_LOSS_S = 0.25  # a shorter loss, or a shorter break in one, may stay unseen
_N_SAMPLES = 9  # per piece, both ends included
_TUBE_SAFETY = 1.5
_ROOT_STEPS = 8
_ROOT_TOLERANCE_S = 1e-4


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of one length that are chosen from and put together as one."""

    def take(self, chosen: BoolArray | IntArray) -> Self:
        index = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        columns = (getattr(self, field.name) for field in fields(self))
        return type(self)(
            *(
                column.take(index) if isinstance(column, Columns) else np.take(column, index, 0)
                for column in columns
            )
        )

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        columns = [[getattr(part, field.name) for part in parts] for field in fields(cls)]
        return cls(*(np.concatenate(column) for column in columns))


@dataclass(frozen=True, slots=True)
class Sightings(Columns):
    """Where the satellite stands at instants, shape (n,); directions are unit vectors (n, 3)."""

    unix_s: FloatArray
    directions: FloatArray
    azimuth_deg: FloatArray  # 0 to 360
    elevation_deg: FloatArray


@dataclass(frozen=True, slots=True)
class Chords(Columns):
    """Stretches of paths, shape (n,), by their ends and the margins there.

    A path leaves the chord between its ends by at most ``bulge_rad``.
    """

    first: Sightings
    last: Sightings
    first_margin: FloatArray
    last_margin: FloatArray
    bulge_rad: FloatArray

    @property
    def changes(self) -> FloatArray:
        """Return by how much the margin changes from end to end."""
        return np.abs(self.last_margin - self.first_margin)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is sure about the margins of arcs, shape (n,): never below, never above, one way."""

    low: FloatArray
    high: FloatArray
    monotone: BoolArray


class Limit(Protocol):
    """A side of the sky: positive margin where the antenna may be used, negative where not."""

    @property
    def clear_above(self) -> float:
        """Sine of an elevation above which the margin is positive everywhere; 1 when none is."""
        ...

    def margin(self, at: Sightings) -> FloatArray:
        """Return the margin (n,), continuous along a path."""
        ...

    def bounds(self, arcs: Chords) -> Bounds:
        """Return what is sure about the margins of arcs, shape (n,)."""
        ...

    def value(self, at: Sightings) -> FloatArray:
        """Return the bound that applies there, in the unit of the constraint."""
        ...


@dataclass(frozen=True, slots=True)
class _Ends(Columns):
    """Ends of intervals: x in the piece, margin, and what the sightings hold."""

    x: FloatArray
    margin: FloatArray
    unix_s: FloatArray
    directions: FloatArray
    azimuth_deg: FloatArray
    elevation_deg: FloatArray

    @property
    def sightings(self) -> Sightings:
        return Sightings(self.unix_s, self.directions, self.azimuth_deg, self.elevation_deg)


@dataclass(frozen=True, slots=True)
class _Intervals:
    """Undecided stretches of pieces (n,), with a bound of their angular acceleration."""

    piece: IntArray
    acceleration_rad_s2: FloatArray
    first: _Ends
    last: _Ends

    def take(self, chosen: BoolArray | IntArray) -> _Intervals:
        return _Intervals(
            self.piece[chosen],
            self.acceleration_rad_s2[chosen],
            self.first.take(chosen),
            self.last.take(chosen),
        )

    @classmethod
    def join(cls, parts: Sequence[_Intervals]) -> _Intervals:
        return cls(
            np.concatenate([part.piece for part in parts]),
            np.concatenate([part.acceleration_rad_s2 for part in parts]),
            _Ends.join([part.first for part in parts]),
            _Ends.join([part.last for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class _Crossings(Columns):
    """Instants at which a path is known to be lost, or usable, from then on."""

    piece: IntArray
    unix_s: FloatArray
    lost_after: BoolArray


def find_losses_below(paths: SkyPaths, limit: Limit) -> Losses:
    """Return the spans in which the margin of a limit is negative, good to a millisecond."""
    if not len(paths.pass_index):
        return NO_LOSSES
    starts, undecided = _first_intervals(paths, limit)
    # The state at the start of each piece comes first: a crossing at the same instant follows it.
    pieces = np.arange(len(paths.pass_index))
    crossings = [_Crossings(pieces, starts.unix_s, starts.margin < 0.0)]
    bracketed: list[_Intervals] = []
    while len(undecided.piece):
        undecided = _settle(paths, limit, undecided, bracketed)
    if bracketed:
        crossings.append(_polish(paths, limit, _Intervals.join(bracketed)))
    return _pair_up(paths, limit, _Crossings.join(crossings))


def _see(paths: SkyPaths, limit: Limit, piece: IntArray, x: FloatArray) -> _Ends:
    """Evaluate paths and limit at x (n,) of pieces (n,)."""
    return _judge(paths, limit, piece, x, to_directions(paths.evaluate(piece, x)))


def _judge(
    paths: SkyPaths, limit: Limit, piece: IntArray, x: FloatArray, directions: FloatArray
) -> _Ends:
    """Evaluate the limit where the directions (n, 3) at x (n,) of pieces (n,) are known."""
    unix_s = paths.instant_unix_s(piece, x)
    azimuth_deg, elevation_deg = azimuth_elevation_deg(directions)
    margin = limit.margin(Sightings(unix_s, directions, azimuth_deg, elevation_deg))
    return _Ends(x, margin, unix_s, directions, azimuth_deg, elevation_deg)


def _first_intervals(paths: SkyPaths, limit: Limit) -> tuple[_Ends, _Intervals]:
    """Sample all pieces; return their starts and the intervals that are not surely clear.

    The acceleration of an interval is the larger of those seen around its two ends.
    """
    x = np.linspace(-1.0, 1.0, _N_SAMPLES)
    directions = paths.sample(x)
    directions /= np.sqrt(np.einsum("pck,pck->pk", directions, directions))[:, None, :]
    step_s = paths.half_s * (x[1] - x[0])
    bend = directions[:, :, 2:] - 2.0 * directions[:, :, 1:-1] + directions[:, :, :-2]
    bend_rad = np.sqrt(np.einsum("pck,pck->pk", bend, bend))
    bend_rad = np.concatenate([bend_rad[:, :1], bend_rad, bend_rad[:, -1:]], axis=1)
    bend_rad = np.maximum(bend_rad[:, :-1], bend_rad[:, 1:])
    sine = np.minimum(directions[:, 2, :-1], directions[:, 2, 1:])
    near = sine - _TUBE_SAFETY / 8.0 * bend_rad <= limit.clear_above
    # Only the ends of those intervals are judged, each once, and the start of every piece.
    wanted = np.zeros((len(near), len(x)), dtype=np.bool_)
    wanted[:, :-1] = near
    wanted[:, 1:] |= near
    wanted[:, 0] = True
    number = np.cumsum(wanted).reshape(wanted.shape) - 1
    piece, place = np.nonzero(wanted)
    ends = _judge(paths, limit, piece, x[place], directions[piece, :, place])
    piece, place = np.nonzero(near)
    return ends.take(number[:, 0]), _Intervals(
        piece,
        bend_rad[piece, place] / step_s[piece] ** 2,
        ends.take(number[piece, place]),
        ends.take(number[piece, place + 1]),
    )


def _settle(
    paths: SkyPaths, limit: Limit, intervals: _Intervals, bracketed: list[_Intervals]
) -> _Intervals:
    """Decide what bounds decide, note what brackets a root, return halves of what stays open."""
    first, last = intervals.first, intervals.last
    length_s = last.unix_s - first.unix_s
    bulge_rad = _TUBE_SAFETY / 8.0 * intervals.acceleration_rad_s2 * length_s**2
    sure = limit.bounds(
        Chords(first.sightings, last.sightings, first.margin, last.margin, bulge_rad)
    )
    done = sure.monotone | (length_s <= SHORTEST_LOSS_S)
    found = ((first.margin < 0.0) != (last.margin < 0.0)) & done
    if np.any(found):
        bracketed.append(intervals.take(found))
    open_ = ~((sure.low > 0.0) | (sure.high < 0.0) | done)
    return _halve(paths, limit, intervals.take(open_))


def _halve(paths: SkyPaths, limit: Limit, intervals: _Intervals) -> _Intervals:
    first, last = intervals.first, intervals.last
    middle = _see(paths, limit, intervals.piece, 0.5 * (first.x + last.x))
    bound = intervals.acceleration_rad_s2
    return _Intervals.join(
        [
            _Intervals(intervals.piece, bound, first, middle),
            _Intervals(intervals.piece, bound, middle, last),
        ]
    )


def _polish(paths: SkyPaths, limit: Limit, intervals: _Intervals) -> _Crossings:
    """Find the root inside each interval by inverse quadratic steps that stay in its bracket."""
    piece, half_s = intervals.piece, paths.half_s[intervals.piece]
    root = np.empty(len(piece))
    open_ = np.arange(len(piece))  # the intervals whose root still moves
    a = np.stack([intervals.first.x, intervals.first.margin])  # x and margin of both ends
    b = np.stack([intervals.last.x, intervals.last.margin])
    falls = b[1] < 0.0
    x = b[0] - b[1] * (b[0] - a[0]) / (b[1] - a[1])
    for step in range(_ROOT_STEPS):
        new = np.stack([x, _see(paths, limit, piece[open_], x).margin])
        on_b = (new[1] < 0.0) == falls[open_]
        left_over = np.where(on_b, b, a)
        a, b = np.where(on_b, a, new), np.where(on_b, new, b)
        x = _next_root(a, b, left_over)
        root[open_] = x
        moving = np.abs(x - new[0]) * half_s[open_] >= _ROOT_TOLERANCE_S
        if step + 1 == _ROOT_STEPS or not np.any(moving):
            break
        a, b, x, open_ = a[:, moving], b[:, moving], x[moving], open_[moving]
    return _Crossings(piece, paths.instant_unix_s(piece, root), falls)


def _next_root(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
    """Return the root of the parabola x(margin) through three points, each (x, margin) x (n,).

    Where it leaves the bracket from ``a`` to ``b``, or two margins are alike, the bracket's middle.
    """
    (x_a, g_a), (x_b, g_b), (x_c, g_c) = a, b, c
    with np.errstate(divide="ignore", invalid="ignore"):
        x = (
            x_a * (g_b / (g_a - g_b)) * (g_c / (g_a - g_c))
            + x_b * (g_a / (g_b - g_a)) * (g_c / (g_b - g_c))
            + x_c * (g_a / (g_c - g_a)) * (g_b / (g_c - g_b))
        )
    return np.asarray(np.where((x >= x_a) & (x <= x_b), x, 0.5 * (x_a + x_b)))


def _pair_up(paths: SkyPaths, limit: Limit, crossings: _Crossings) -> Losses:
    """Turn crossings into spans of loss."""
    order = np.lexsort((crossings.unix_s, paths.pass_index[crossings.piece]))
    crossings = crossings.take(order)
    piece, unix_s, lost_after = crossings.piece, crossings.unix_s, crossings.lost_after
    pass_index = paths.pass_index[piece]
    new_pass = np.concatenate([[True], pass_index[1:] != pass_index[:-1]])
    lost_before = np.concatenate([[False], lost_after[:-1]]) & ~new_pass
    starts = np.flatnonzero(lost_after & ~lost_before)
    # A loss ends where its pass is next usable, else at LOS.
    stops = np.append(np.flatnonzero(~lost_after & lost_before), len(piece) - 1)
    following = stops[np.searchsorted(stops[:-1], starts)]
    inside = (following > starts) & ~lost_after[following]
    inside &= pass_index[following] == pass_index[starts]
    loser = pass_index[starts]
    end_unix_s = np.where(inside, unix_s[following], paths.los_unix_s[loser])
    # The bound is read where the loss meets usable time; for a whole pass, in its middle.
    read_piece = np.where(inside, piece[following], paths.middle_piece(loser))
    read_unix_s = np.where(inside, end_unix_s, paths.middle_unix_s[read_piece])
    aos_unix_s = paths.aos_unix_s[loser]
    after_aos = unix_s[starts] > aos_unix_s + 1e-5  # a piece knows its start to less than that
    start_unix_s = np.where(after_aos, unix_s[starts], aos_unix_s)
    read_piece = np.where(after_aos, piece[starts], read_piece)
    read_unix_s = np.where(after_aos, start_unix_s, read_unix_s)
    x = (read_unix_s - paths.middle_unix_s[read_piece]) / paths.half_s[read_piece]
    value = limit.value(_see(paths, limit, read_piece, x).sightings)
    return Losses(loser, start_unix_s, end_unix_s, value)
