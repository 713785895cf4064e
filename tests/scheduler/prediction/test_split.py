"""Cut and merge give what one search gives."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from scheduler.intervals import Span
from scheduler.prediction.search import find_passes
from scheduler.prediction.split import Piece, cut_work, merge_pieces, merge_spans, search_piece
from tests.scheduler.prediction.orbit_builders import (
    ORBITS,
    START,
    make_orbit,
    make_span,
    make_station,
    track,
)

COLUMNS = ("aos_unix_s", "los_unix_s", "culmination_unix_s", "tca_unix_s")


def assert_same_passes(merged, whole, tolerance_s=5e-3):
    assert merged.object_index.tolist() == whole.object_index.tolist()
    assert merged.starts_before_span.tolist() == whole.starts_before_span.tolist()
    assert merged.ends_after_span.tolist() == whole.ends_after_span.tolist()
    assert np.abs(merged.aos_unix_s - whole.aos_unix_s).max(initial=0.0) < tolerance_s
    assert np.abs(merged.los_unix_s - whole.los_unix_s).max(initial=0.0) < tolerance_s
    # A flat top or a flat range has no sharp instant: its value must agree.
    assert merged.max_elevation_deg == pytest.approx(whole.max_elevation_deg, abs=1e-3)
    near_earth = whole.los_unix_s - whole.aos_unix_s < 1_500.0
    for name in COLUMNS[2:]:
        apart = np.abs(getattr(merged, name) - getattr(whole, name))[near_earth]
        assert apart.max(initial=0.0) < 0.1


def test_a_span_cut_anywhere_and_merged_is_the_whole_span():
    # Bite: clipped passes dropped, or not joined at the cut. 5,000 cuts: make prove-passes.
    objects = tuple(track(make_orbit(kind)) for kind in ORBITS)
    station, span = make_station(), make_span(26.0)
    whole = find_passes(objects, station, span, min_elevation_deg=5.0)
    for seed in range(60):
        chosen = np.random.default_rng(seed).uniform(1.0, span.duration_s - 1.0, 1 + seed % 3)
        edges = [span.start_utc + timedelta(seconds=float(at)) for at in sorted(chosen)]
        edges = [span.start_utc, *edges, span.end_utc]
        pieces = [
            Piece(objects, station, Span(first, last), 5.0) for first, last in pairwise(edges)
        ]
        merged = merge_spans(pieces, [search_piece(piece) for piece in pieces])

        assert_same_passes(merged, whole)
        assert merged.answers == whole.answers


def test_a_cut_through_a_pass_keeps_one_pass_with_both_its_ends():
    objects = (track(make_orbit("sun-synchronous")),)
    station, span = make_station(), make_span(48.0)
    whole = find_passes(objects, station, span, min_elevation_deg=5.0)
    row = int(np.argmax(whole.max_elevation_deg))
    for share in (0.01, 0.3, 0.5, 0.7, 0.99):
        inside = whole.aos_unix_s[row] + share * (whole.los_unix_s[row] - whole.aos_unix_s[row])
        middle = START + timedelta(seconds=float(inside) - span.start_unix_s)
        pieces = [
            Piece(objects, station, Span(span.start_utc, middle), 5.0),
            Piece(objects, station, Span(middle, span.end_utc), 5.0),
        ]
        tables = [search_piece(piece) for piece in pieces]

        assert len(tables[0]) + len(tables[1]) == len(whole) + 1
        assert_same_passes(merge_spans(pieces, tables), whole)


def test_pieces_by_station_satellite_and_time_give_each_station_its_table():
    objects = tuple(track(make_orbit(kind)) for kind in ORBITS)
    stations = [make_station("almaty"), make_station("south pole")]
    floors = {"almaty": 5.0, "south pole": 10.0}
    span = make_span(50.0)
    pieces = cut_work(
        objects, stations, span, min_elevation_deg=floors, satellite_days=3.0, max_piece_days=1.0
    )
    tables = merge_pieces(pieces, [search_piece(piece) for piece in pieces])

    assert len(pieces) == 2 * 4 * 3
    assert list(tables) == ["almaty", "south pole"]
    for station in stations:
        whole = find_passes(objects, station, span, min_elevation_deg=floors[station.id])
        assert_same_passes(tables[station.id], whole)
        assert tables[station.id].objects == whole.objects
        assert tables[station.id].answers == whole.answers


def test_a_decay_is_told_once_however_the_span_is_cut():
    objects = (track(make_orbit("very low, dragged")),)
    pieces = cut_work(
        objects, [make_station()], make_span(40 * 24.0), min_elevation_deg=5.0, max_piece_days=7.0
    )
    table = merge_pieces(pieces, [search_piece(piece) for piece in pieces])["almaty"]

    assert [answer.kind for answer in table.answers] == ["decayed"]
    assert "no passes are given after" in table.answers[0].detail
