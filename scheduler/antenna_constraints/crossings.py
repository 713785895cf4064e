"""Find when sky paths cross a limit: by bounds where they settle it, by roots where they do not.

A path between two instants stays inside a thin tube around the chord of its two directions. Where
the whole tube is on one side of the limit nothing more is computed; otherwise the interval is
halved, down to ``SHORTEST_LOSS_S``. So a narrow spike of a mask is found at the price of the few
intervals near it, and most passes cost a handful of samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scheduler.antenna_constraints.base import NO_LOSSES, IntArray, Losses
from scheduler.prediction.sky_paths import SkyPaths, to_directions
from tle.timebase import FloatArray

BoolArray = NDArray[np.bool_]

SHORTEST_LOSS_S = 0.25  # a shorter loss, or a shorter break in one, may stay unseen
_ROOT_STEPS = 5  # Illinois steps from 0.25 s: far below a millisecond
_N_SAMPLES = 17  # per piece, both ends included
_TUBE_SAFETY = 1.5


@dataclass(frozen=True, slots=True)
class Arcs:
    """Short stretches of paths, shape (n,): from ``first`` to ``last`` (n, 3), unit vectors.

    The path leaves the chord between the two by at most ``bulge`` (rad).
    """

    start_unix_s: FloatArray
    end_unix_s: FloatArray
    first: FloatArray
    last: FloatArray
    bulge: FloatArray


class Limit(Protocol):
    """A side of the sky: positive margin where the antenna may be used, negative where not."""

    def margin(self, unix_s: FloatArray, directions: FloatArray) -> FloatArray:
        """Return the margin (n,) for directions (n, 3) at instants (n,); continuous."""
        ...

    def bounds(self, arcs: Arcs) -> tuple[FloatArray, FloatArray]:
        """Return margins (n,) that the arcs surely stay above, and surely stay below."""
        ...

    def value(self, unix_s: FloatArray, directions: FloatArray) -> FloatArray:
        """Return the bound that applies there, in the unit of the constraint."""
        ...


@dataclass(slots=True)
class _Intervals:
    """Undecided stretches: piece, x and direction at both ends, angular acceleration bound."""

    piece: IntArray
    x: FloatArray  # (n, 2)
    first: FloatArray
    last: FloatArray
    acceleration: FloatArray

    def take(self, chosen: BoolArray | IntArray) -> _Intervals:
        return _Intervals(
            self.piece[chosen],
            self.x[chosen],
            self.first[chosen],
            self.last[chosen],
            self.acceleration[chosen],
        )


def find_losses_below(paths: SkyPaths, limit: Limit) -> Losses:
    """Return the spans in which the margin of a limit is negative, good to a millisecond."""
    if not len(paths.pass_index):
        return NO_LOSSES
    x = np.linspace(-1.0, 1.0, _N_SAMPLES)
    sight_km = paths.sample(x)
    directions = sight_km / np.sqrt(np.einsum("pck,pck->pk", sight_km, sight_km))[:, None, :]
    directions = directions.transpose(0, 2, 1)
    # The state at the start of each piece comes first: a crossing at the same instant follows it.
    start_unix_s = paths.middle_unix_s - paths.half_s
    lost_at_start = limit.margin(start_unix_s, directions[:, 0]) < 0.0
    crossings = [(np.arange(len(start_unix_s)), start_unix_s, lost_at_start)]
    undecided = _first_intervals(paths, directions, x)
    while len(undecided.piece):
        undecided = _settle(paths, limit, undecided, crossings)
    return _pair_up(paths, limit, crossings)


def _first_intervals(paths: SkyPaths, directions: FloatArray, x: FloatArray) -> _Intervals:
    """Make the intervals between samples, with the acceleration seen around each."""
    step_s = paths.half_s * (x[1] - x[0])
    bend = directions[:, 2:] - 2.0 * directions[:, 1:-1] + directions[:, :-2]
    bend_size = np.sqrt(np.einsum("pkc,pkc->pk", bend, bend)) / step_s[:, None] ** 2
    padded = np.concatenate([bend_size[:, :1], bend_size, bend_size[:, -1:]], axis=1)
    acceleration = np.maximum(padded[:, :-1], padded[:, 1:]).ravel()
    n_pieces, n_intervals = len(step_s), len(x) - 1
    ends = np.column_stack([x[:-1], x[1:]])
    return _Intervals(
        np.repeat(np.arange(n_pieces), n_intervals),
        np.tile(ends, (n_pieces, 1)),
        directions[:, :-1].reshape(-1, 3),
        directions[:, 1:].reshape(-1, 3),
        acceleration,
    )


def _settle(
    paths: SkyPaths,
    limit: Limit,
    intervals: _Intervals,
    crossings: list[tuple[IntArray, FloatArray, BoolArray]],
) -> _Intervals:
    """Decide what bounds decide, note crossings of short intervals, return halves of the rest."""
    half_s = paths.half_s[intervals.piece]
    length_s = (intervals.x[:, 1] - intervals.x[:, 0]) * half_s
    arcs = Arcs(
        paths.instant_unix_s(intervals.piece, intervals.x[:, 0]),
        paths.instant_unix_s(intervals.piece, intervals.x[:, 1]),
        intervals.first,
        intervals.last,
        _TUBE_SAFETY / 8.0 * intervals.acceleration * length_s**2,
    )
    low, high = limit.bounds(arcs)
    open_ = ~((low > 0.0) | (high < 0.0))
    short = open_ & (length_s <= SHORTEST_LOSS_S)
    if np.any(short):
        _note_crossings(paths, limit, intervals.take(short), crossings)
    return _halve(paths, intervals.take(open_ & ~short))


def _halve(paths: SkyPaths, intervals: _Intervals) -> _Intervals:
    middle_x = intervals.x.mean(axis=1)
    middle = to_directions(paths.evaluate(intervals.piece, middle_x))
    return _Intervals(
        np.concatenate([intervals.piece, intervals.piece]),
        np.concatenate(
            [
                np.column_stack([intervals.x[:, 0], middle_x]),
                np.column_stack([middle_x, intervals.x[:, 1]]),
            ]
        ),
        np.concatenate([intervals.first, middle]),
        np.concatenate([middle, intervals.last]),
        np.concatenate([intervals.acceleration, intervals.acceleration]),
    )


def _note_crossings(
    paths: SkyPaths,
    limit: Limit,
    intervals: _Intervals,
    crossings: list[tuple[IntArray, FloatArray, BoolArray]],
) -> None:
    """Polish the sign changes of short intervals and keep them."""
    piece, x_a, x_b = intervals.piece, intervals.x[:, 0], intervals.x[:, 1]
    g_a = limit.margin(paths.instant_unix_s(piece, x_a), intervals.first)
    g_b = limit.margin(paths.instant_unix_s(piece, x_b), intervals.last)
    changes = (g_a < 0.0) != (g_b < 0.0)
    if not np.any(changes):
        return
    piece, x_a, x_b, g_a, g_b = (
        column[changes] for column in (piece, x_a.copy(), x_b.copy(), g_a.copy(), g_b.copy())
    )
    falls = g_b < 0.0
    best_x, best_g = np.where(np.abs(g_a) < np.abs(g_b), x_a, x_b), np.minimum(abs(g_a), abs(g_b))
    last_side = np.zeros(len(x_a), dtype=np.int8)
    for _ in range(_ROOT_STEPS):
        x = x_b - g_b * (x_b - x_a) / (g_b - g_a)
        g = limit.margin(paths.instant_unix_s(piece, x), to_directions(paths.evaluate(piece, x)))
        better = np.abs(g) < best_g
        best_x, best_g = np.where(better, x, best_x), np.where(better, np.abs(g), best_g)
        on_b = (g < 0.0) == falls
        side = np.where(on_b, 1, -1).astype(np.int8)
        stuck = side == last_side  # the other end has not moved twice: halve its margin
        g_a = np.where(on_b, np.where(stuck, 0.5 * g_a, g_a), g)
        g_b = np.where(on_b, g, np.where(stuck, 0.5 * g_b, g_b))
        x_a, x_b = np.where(on_b, x_a, x), np.where(on_b, x, x_b)
        last_side = side
    crossings.append((piece, paths.instant_unix_s(piece, best_x), falls))


def _pair_up(
    paths: SkyPaths, limit: Limit, crossings: list[tuple[IntArray, FloatArray, BoolArray]]
) -> Losses:
    """Turn crossings, each with the state after it, into spans of loss."""
    piece = np.concatenate([item[0] for item in crossings])
    unix_s = np.concatenate([item[1] for item in crossings])
    lost_after = np.concatenate([item[2] for item in crossings])
    pass_index = paths.pass_index[piece]
    order = np.lexsort((unix_s, pass_index))
    piece, unix_s, lost_after = piece[order], unix_s[order], lost_after[order]
    pass_index = pass_index[order]
    new_pass = np.concatenate([[True], pass_index[1:] != pass_index[:-1]])
    lost_before = np.concatenate([[False], lost_after[:-1]]) & ~new_pass
    changed = lost_after != lost_before
    starts = np.flatnonzero(changed & lost_after)
    # The end of a loss is the next change of the same pass, else LOS.
    stops = np.flatnonzero(changed & ~lost_after)
    after = np.searchsorted(stops, starts)
    following = stops[np.minimum(after, len(stops) - 1)] if len(stops) else np.zeros_like(starts)
    inside = (
        (after < len(stops)) & (pass_index[following] == pass_index[starts])
        if len(stops)
        else np.zeros(len(starts), dtype=np.bool_)
    )
    loser = pass_index[starts]
    end_unix_s = np.where(inside, unix_s[following], paths.los_unix_s[loser])
    # The bound is read where the loss meets usable time; for a whole pass, in its middle.
    read_piece = np.where(inside, piece[following], paths.middle_piece(loser))
    read_unix_s = np.where(inside, end_unix_s, paths.middle_unix_s[read_piece])
    after_aos = unix_s[starts] > paths.aos_unix_s[loser]
    read_piece = np.where(after_aos, piece[starts], read_piece)
    read_unix_s = np.where(after_aos, unix_s[starts], read_unix_s)
    x = (read_unix_s - paths.middle_unix_s[read_piece]) / paths.half_s[read_piece]
    directions = to_directions(paths.evaluate(read_piece, x))
    return Losses(loser, unix_s[starts], end_unix_s, limit.value(read_unix_s, directions))
