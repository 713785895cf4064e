"""Studies: many designs of orbit and network at once, as a tidy table for researchers."""

from scheduler.study.contention import Rivals, run_contention, split_contention
from scheduler.study.definition import StationSet, Study, StudyOrbit, parse_study
from scheduler.study.pieces import Piece, run_piece, split_study
from scheduler.study.table import build_rows, summarise

__all__ = [
    "Piece",
    "Rivals",
    "StationSet",
    "Study",
    "StudyOrbit",
    "build_rows",
    "parse_study",
    "run_contention",
    "run_piece",
    "split_contention",
    "split_study",
    "summarise",
]
