"""Timing models in the store: learnt after a refresh, read with every prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import Engine, delete, insert, select

from app.store.schema_timing import timing_model
from app.store.session import reading
from tle.timing import TimingModel

_ROWS_A_STATEMENT = 500


class TimingModelStore:
    """Keep and read what was learnt of satellites' timing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, satellite_ids: Sequence[str]) -> dict[str, TimingModel]:
        """Return the models of satellites, by id; those never learnt are left out."""
        found: dict[str, TimingModel] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(satellite_ids), _ROWS_A_STATEMENT):
                some = satellite_ids[start : start + _ROWS_A_STATEMENT]
                rows = connection.execute(
                    select(timing_model).where(timing_model.c.satellite_id.in_(some))
                )
                for row in rows:
                    found[row.satellite_id] = TimingModel(
                        np.array(row.bound95_curve_s), np.array(row.sigma_curve_s), row.pair_count
                    )
        return found

    def read_origins(self) -> dict[str, tuple[int, str]]:
        """Return, by satellite, how many sets a model was learnt from, and the newest of them."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(
                    timing_model.c.satellite_id,
                    timing_model.c.set_count,
                    timing_model.c.newest_fingerprint,
                )
            )
            return {row.satellite_id: (row.set_count, row.newest_fingerprint) for row in rows}

    def keep(
        self,
        learnt: Mapping[str, tuple[TimingModel, int, str]],
        *,
        learnt_utc: datetime,
    ) -> None:
        """Replace models: by satellite the model, its number of sets and the newest one."""
        if not learnt:
            return
        with self._engine.begin() as connection:
            connection.execute(
                delete(timing_model).where(timing_model.c.satellite_id.in_(list(learnt)))
            )
            connection.execute(
                insert(timing_model),
                [
                    {
                        "satellite_id": satellite_id,
                        "set_count": count,
                        "newest_fingerprint": newest,
                        "learnt_utc": learnt_utc,
                        "pair_count": model.pair_count,
                        "bound95_curve_s": model.bound95_curve_s.tolist(),
                        "sigma_curve_s": model.sigma_curve_s.tolist(),
                    }
                    for satellite_id, (model, count, newest) in sorted(learnt.items())
                ],
            )
