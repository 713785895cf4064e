"""Rows and columns of a linear model as arrays, whatever they mean."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tle.timebase import FloatArray

IndexArray = NDArray[np.int64]


@dataclass
class LinearModel:
    """Collect a model to maximise; rows and columns are numbered in the order they come."""

    objective: list[FloatArray] = field(default_factory=list)
    lower: list[FloatArray] = field(default_factory=list)
    upper: list[FloatArray] = field(default_factory=list)
    integer: list[NDArray[np.bool_]] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)
    entry_rows: list[IndexArray] = field(default_factory=list)
    entry_columns: list[IndexArray] = field(default_factory=list)
    entry_values: list[FloatArray] = field(default_factory=list)
    offset: float = 0.0
    n_columns: int = 0

    def add_columns(
        self,
        objective: FloatArray,
        *,
        lower: float = 0.0,
        upper: float = 1.0,
        integer: bool = True,
    ) -> IndexArray:
        """Add columns with one kind of bounds; return their numbers."""
        count = len(objective)
        self.objective.append(np.asarray(objective, dtype=np.float64))
        self.lower.append(np.full(count, lower))
        self.upper.append(np.full(count, upper))
        self.integer.append(np.full(count, integer))
        first = self.n_columns
        self.n_columns += count
        return np.arange(first, first + count)

    @property
    def n_rows(self) -> int:
        return len(self.row_upper)

    def add_row(
        self,
        columns: IndexArray,
        values: FloatArray | float = 1.0,
        *,
        lower: float = -np.inf,
        upper: float = np.inf,
    ) -> int:
        """Add one row; return its number."""
        row = self.n_rows
        self.row_lower.append(lower)
        self.row_upper.append(upper)
        columns = np.asarray(columns, dtype=np.int64)
        self.entry_rows.append(np.full(len(columns), row))
        self.entry_columns.append(columns)
        self.entry_values.append(np.broadcast_to(np.asarray(values, np.float64), columns.shape))
        return row

    def add_packing_rows(self, rows: IndexArray, columns: IndexArray, upper: FloatArray) -> int:
        """Add rows "sum of columns <= upper" from pairs (row, column); return the first's number.

        ``rows`` counts from 0 for the first of these rows; ``upper`` has one figure a row.
        """
        first = self.n_rows
        self.row_lower.extend([-np.inf] * len(upper))
        self.row_upper.extend(float(limit) for limit in upper)
        self.entry_rows.append(np.asarray(rows, dtype=np.int64) + first)
        self.entry_columns.append(np.asarray(columns, dtype=np.int64))
        self.entry_values.append(np.ones(len(columns)))
        return first
