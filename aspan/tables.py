"""What every table of the notebook face offers: columns, and a frame of pandas or polars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, "NDArray[Any] | Sequence[Any]"]


class Table:
    """Something with columns of one length; columns of datetime64 are instants in UTC."""

    __slots__ = ()

    def columns(self) -> Columns:
        """Return the columns by name."""
        raise NotImplementedError

    def to_pandas(self) -> Any:
        """Return a pandas.DataFrame, instants with their UTC zone (needs aspan[notebook])."""
        import pandas  # noqa: PLC0415 (seconds to import; only who asks pays)

        frame = pandas.DataFrame(self.columns())
        for name in frame.select_dtypes("datetime").columns:
            frame[name] = frame[name].dt.tz_localize("UTC")
        return frame

    def to_polars(self) -> Any:
        """Return a polars.DataFrame, instants with their UTC zone (needs polars installed)."""
        import polars  # noqa: PLC0415 (only who asks pays)

        frame = polars.DataFrame(self.columns(), strict=False)
        instants = polars.selectors.datetime(time_zone=None)
        return frame.with_columns(instants.dt.replace_time_zone("UTC"))


def to_instants(unix_s: Sequence[float] | NDArray[np.float64]) -> NDArray[Any]:
    """Turn Unix seconds into instants to the millisecond, datetime64[ms]."""
    seconds = np.asarray(unix_s, dtype=np.float64)
    return np.rint(seconds * 1e3).astype("datetime64[ms]")


def turn_into_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Turn rows into columns, in the order of the first row's names; None where one has none."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}
