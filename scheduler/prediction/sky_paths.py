"""The path of each pass through the station's sky, as short polynomials in time.

A pass is covered by pieces of at most a tenth of a revolution. Each piece holds the line of sight
(east, north, up, in km) at seven Chebyshev points; between them it is good to about a metre, so
whole catalogues can be tested against masks without another propagation.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scheduler.prediction.passes import PassTable
from scheduler.prediction.topocentric import build_site
from scheduler.stations import Station
from tle.earth_rotation import greenwich_angle_rad, rotate_to_earth
from tle.propagation import find_record, run_record
from tle.timebase import DAY_S, FloatArray, julian_pair, to_unix_s

IntArray = NDArray[np.int64]

N_NODES = 7
NODES = -np.cos(np.pi * np.arange(N_NODES) / (N_NODES - 1))  # Chebyshev, both ends included
# Line of sight at the nodes -> polynomial coefficients in x from -1 to 1, lowest power first.
_TO_COEFFICIENTS = np.linalg.inv(np.vander(NODES, increasing=True))
_POINTS_AT_ONCE = 4_096  # keeps the work inside the processor's cache
# Largest step of the eccentric anomaly in one piece, by eccentricity: perigee of a long orbit
# needs short steps, because the motion in time is sharp there.
_PIECE_RAD = ((0.05, 0.80), (0.60, 0.21), (1.0, 0.10))


@dataclass(frozen=True, slots=True)
class SkyPaths:
    """Paths of ``n_passes`` passes in ``n_pieces`` pieces, ascending by pass, then time.

    ``coefficients_km`` has shape (n_pieces, 7, 3): powers of x from 0 to 6, axes east, north, up;
    the instant of x in [-1, 1] is ``middle_unix_s + half_s * x``. A pass whose satellite gives no
    position has coefficients that are not finite.
    """

    station: Station
    pass_index: IntArray  # (n_pieces,), from 0 to n_passes - 1
    middle_unix_s: FloatArray
    half_s: FloatArray
    coefficients_km: FloatArray
    aos_unix_s: FloatArray  # (n_passes,)
    los_unix_s: FloatArray

    @property
    def n_passes(self) -> int:
        return len(self.aos_unix_s)

    def select(self, passes: IntArray) -> SkyPaths:
        """Return the paths of some passes, ascending, counted from 0 again."""
        place = np.full(self.n_passes, -1)
        place[passes] = np.arange(len(passes))
        kept = np.flatnonzero(place[self.pass_index] >= 0)
        return SkyPaths(
            self.station,
            place[self.pass_index[kept]],
            self.middle_unix_s[kept],
            self.half_s[kept],
            self.coefficients_km[kept],
            self.aos_unix_s[passes],
            self.los_unix_s[passes],
        )

    def merge(self, numbers: IntArray, other: SkyPaths, other_numbers: IntArray) -> SkyPaths:
        """Put the paths of two sets of passes together, ascending by the numbers given to them."""
        passes = np.argsort(np.concatenate([numbers, other_numbers]))
        place = np.argsort(passes)
        owner = place[np.concatenate([self.pass_index, other.pass_index + self.n_passes])]
        order = np.argsort(owner, kind="stable")
        return SkyPaths(
            self.station,
            owner[order],
            np.concatenate([self.middle_unix_s, other.middle_unix_s])[order],
            np.concatenate([self.half_s, other.half_s])[order],
            np.concatenate([self.coefficients_km, other.coefficients_km])[order],
            np.concatenate([self.aos_unix_s, other.aos_unix_s])[passes],
            np.concatenate([self.los_unix_s, other.los_unix_s])[passes],
        )

    def sample(self, x: FloatArray) -> FloatArray:
        """Return lines of sight in km at the same x of every piece: (n_pieces, 3, n_x)."""
        powers = np.vander(x, N_NODES, increasing=True).T
        return np.asarray(np.matmul(self.coefficients_km.transpose(0, 2, 1), powers))

    def evaluate(self, piece: IntArray, x: FloatArray) -> FloatArray:
        """Return lines of sight in km at x (n,) of the pieces (n,): (n, 3)."""
        sight_km = np.empty((len(piece), 3))
        flat_km = self.coefficients_km.reshape(-1, N_NODES * 3)
        for first in range(0, len(piece), _POINTS_AT_ONCE):
            part = slice(first, first + _POINTS_AT_ONCE)
            # Points along the last axis: every step then runs over long rows.
            powers = np.ascontiguousarray(flat_km[piece[part]].T).reshape(N_NODES, 3, -1)
            value = powers[-1]
            for power in range(N_NODES - 2, -1, -1):
                value *= x[part]
                value += powers[power]
            sight_km[part] = value.T
        return sight_km

    def instant_unix_s(self, piece: IntArray, x: FloatArray) -> FloatArray:
        """Return the instants of x (n,) in the pieces (n,)."""
        return np.asarray(self.middle_unix_s[piece] + self.half_s[piece] * x)

    def middle_piece(self, pass_index: IntArray) -> IntArray:
        """Return the piece in the middle of each of the passes (n,)."""
        first = np.searchsorted(self.pass_index, pass_index, side="left")
        last = np.searchsorted(self.pass_index, pass_index, side="right")
        return np.asarray((first + last - 1) // 2, dtype=np.int64)

    def sample_instants(self, pass_index: int, per_piece: int) -> FloatArray:
        """Return instants over one pass, ascending, ``per_piece`` in each piece, ends included."""
        first = int(np.searchsorted(self.pass_index, pass_index, side="left"))
        last = int(np.searchsorted(self.pass_index, pass_index, side="right"))
        x = np.linspace(-1.0, 1.0, per_piece)
        instants = self.middle_unix_s[first:last, None] + self.half_s[first:last, None] * x
        return np.unique(instants)

    def locate(self, pass_index: int, unix_s: FloatArray) -> FloatArray:
        """Return lines of sight in km of one pass at instants (n,) inside it: (n, 3)."""
        return np.asarray(self.locate_many(np.array([pass_index]), unix_s[None])[0])

    def locate_many(self, pass_index: IntArray, unix_s: FloatArray) -> FloatArray:
        """Return lines of sight in km of passes (m,) at instants (m, n) inside them: (m, n, 3)."""
        first = np.searchsorted(self.pass_index, pass_index, side="left")
        last = np.searchsorted(self.pass_index, pass_index, side="right") - 1
        piece = np.repeat(first[:, None], unix_s.shape[1], axis=1)
        # Step over the starts of further pieces; almost every pass has one or two.
        for step in range(1, int(np.max(last - first, initial=0)) + 1):
            later = np.minimum(first + step, last)[:, None]
            begins = self.middle_unix_s[later] - self.half_s[later]
            piece = np.where(unix_s >= begins, later, piece)
        flat, instants = piece.ravel(), unix_s.ravel()
        x = (instants - self.middle_unix_s[flat]) / self.half_s[flat]
        return self.evaluate(flat, x).reshape(*unix_s.shape, 3)


def to_directions(sight_km: FloatArray) -> FloatArray:
    """Scale lines of sight, shape (n, 3), to unit vectors."""
    return np.asarray(sight_km / np.sqrt(np.einsum("ij,ij->i", sight_km, sight_km))[:, None])


def azimuth_elevation_deg(directions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return azimuth (0 to 360) and elevation of vectors (n, 3) in east, north, up."""
    east, north, up = directions[:, 0], directions[:, 1], directions[:, 2]
    azimuth_deg = np.degrees(np.arctan2(east, north)) % 360.0
    return azimuth_deg, np.degrees(np.arctan2(up, np.hypot(east, north)))


def build_sky_paths(table: PassTable, station: Station, rows: IntArray) -> SkyPaths:
    """Propagate the passes ``rows`` of a table, ascending, once and keep their paths."""
    aos, los = table.aos_unix_s[rows], table.los_unix_s[rows]
    pass_index, starts, ends = _cut_into_pieces(table, rows, aos, los)
    middle, half = 0.5 * (starts + ends), 0.5 * (ends - starts)
    instants = (middle[:, None] + half[:, None] * NODES).ravel()
    teme_km = _propagate_pieces(table, rows[pass_index], instants)
    site = build_site(station)
    sight_km = rotate_to_earth(teme_km, greenwich_angle_rad(instants)) - site.position_km
    # Piece by piece: one product over all nodes would start threads for three columns.
    coefficients_km = np.matmul(_TO_COEFFICIENTS, sight_km.reshape(-1, N_NODES, 3))
    coefficients_km = np.matmul(coefficients_km, np.column_stack([site.east, site.north, site.up]))
    return SkyPaths(station, pass_index, middle, half, coefficients_km, aos, los)


def _propagate_pieces(table: PassTable, piece_row: IntArray, instants: FloatArray) -> FloatArray:
    """Return TEME positions in km at all nodes, (n_pieces * 7, 3); NaN where there is none."""
    owner = table.object_index[piece_row]
    edges = N_NODES * np.unique([0, *(np.flatnonzero(np.diff(owner)) + 1), len(owner)])
    days, fraction = julian_pair(instants)
    teme_km, velocity_km_s = np.empty((len(instants), 3)), np.empty((len(instants), 3))
    error = np.empty(len(instants), dtype=np.uint8)
    for first, last in pairwise(edges.tolist()):
        tracked = table.objects[owner[first // N_NODES]]
        nodes = slice(first, last)
        if tracked.ephemeris is None:
            record, julian = find_record(tracked.elements), (days[nodes], fraction[nodes])
            run_record(record, julian, teme_km[nodes], velocity_km_s[nodes], error[nodes])
        else:
            teme_km[nodes], _, error[nodes] = tracked.ephemeris.position_velocity(instants[nodes])
    teme_km[error != 0] = np.nan
    return teme_km


def _cut_into_pieces(
    table: PassTable, rows: IntArray, aos: FloatArray, los: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Divide passes into pieces of equal steps of eccentric anomaly: pass, start and end (n,)."""
    owner = table.object_index[rows]
    used = np.unique(owner)
    elements = [table.objects[index].elements for index in used]
    place = np.searchsorted(used, owner)
    rate = np.array([2.0 * np.pi * item.mean_motion_rev_day / DAY_S for item in elements])[place]
    eccentricity = np.array([item.eccentricity for item in elements])[place]
    epoch = np.array([to_unix_s(item.epoch_utc) for item in elements])[place]
    at_epoch = np.radians([item.mean_anomaly_deg for item in elements])[place]
    step = np.select(
        [eccentricity <= most for most, _ in _PIECE_RAD], [rad for _, rad in _PIECE_RAD]
    )
    first = _eccentric_anomaly(at_epoch + rate * (aos - epoch), eccentricity)
    last = _eccentric_anomaly(at_epoch + rate * (los - epoch), eccentricity)
    count = np.maximum(1, np.ceil((last - first) / step)).astype(np.int64)
    pass_index = np.repeat(np.arange(len(rows)), count)
    order = np.arange(len(pass_index)) - np.repeat(np.cumsum(count) - count, count)

    def edge_unix_s(number: IntArray) -> FloatArray:
        share = number / count[pass_index]
        turn = first[pass_index] + share * (last - first)[pass_index]
        mean = turn - eccentricity[pass_index] * np.sin(turn)
        return np.asarray(epoch[pass_index] + (mean - at_epoch[pass_index]) / rate[pass_index])

    starts = np.where(order == 0, aos[pass_index], edge_unix_s(order))
    ends = np.where(order + 1 == count[pass_index], los[pass_index], edge_unix_s(order + 1))
    return pass_index, starts, ends


def _eccentric_anomaly(mean_rad: FloatArray, eccentricity: FloatArray) -> FloatArray:
    """Solve Kepler's equation for angles of any number of turns, shapes (n,)."""
    turn = mean_rad + eccentricity * np.sin(mean_rad)
    for _ in range(40):
        miss = mean_rad - turn + eccentricity * np.sin(turn)
        if not np.any(np.abs(miss) > 1e-9):
            break
        # Newton's step, held short where the curve is flat near the perigee of a long orbit.
        turn = turn + np.clip(miss / (1.0 - eccentricity * np.cos(turn)), -0.5, 0.5)
    return turn
