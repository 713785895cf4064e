"""Link budgets and volumes for notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.services.links import compute_budgets, find_mode
from aspan.passes import Passes, read_configuration
from aspan.tables import Columns, Table, turn_into_columns
from scheduler.link_budget.downlink import Downlink, DownlinkBudget
from scheduler.link_budget.terminals import Transmitter
from scheduler.study.link import LinkDesign, contact_bytes
from tle.timebase import FloatArray


@dataclass(frozen=True, slots=True)
class LinkBudgets(Table):
    """Budgets of one downlink at several elevations; an item is one ``DownlinkBudget``."""

    budgets: tuple[DownlinkBudget, ...]

    def __len__(self) -> int:
        return len(self.budgets)

    def __getitem__(self, index: int) -> DownlinkBudget:
        return self.budgets[index]

    def columns(self) -> Columns:
        """Return a row for each line of each budget, with its unit and source, as columns."""
        return turn_into_columns(
            [
                {
                    "elevation_deg": each.elevation_deg,
                    "range_km": each.range_km,
                    "line": line.name,
                    "value": line.value,
                    "unit": line.unit,
                    "source": line.source,
                    "margin_db": each.budget.margin_db,
                    "availability_percent": each.availability_percent,
                }
                for each in self.budgets
                for line in each.budget.lines
            ]
        )


def link_budget(
    station: str,
    *,
    eirp_dbw: float,
    bit_rate_bps: float,
    altitude_km: float,
    frequency_hz: float = 8.2e9,
    mode: str = "DVB-S2 QPSK 3/4",
    elevations_deg: tuple[float, ...] = (5.0, 10.0, 30.0, 90.0),
    exceeded_percent: float = 1.0,
    dish_diameter_m: float | None = None,
    stations_file: str | Path | None = None,
) -> LinkBudgets:
    """Compute itemised budgets of a downlink to the first antenna of a station.

    ``mode`` is a name of ``scheduler.link_budget.downlink.MODES``. Rain statistics are those of
    the site, where the product has them (docs/link-budget.md): exceeded for ``exceeded_percent`` of
    a year.
    """
    link = Downlink(
        Transmitter(eirp_dbw, "given"), find_mode(mode), frequency_hz, bit_rate_bps, altitude_km
    )
    return LinkBudgets(
        compute_budgets(
            read_configuration(stations_file),
            station,
            link,
            elevations_deg=elevations_deg,
            exceeded_percent=exceeded_percent,
            dish_diameter_m=dish_diameter_m,
        )
    )


def pass_volumes(
    passes: Passes, link: LinkDesign, *, lock_s: float = 0.0, dish_diameter_m: float | None = None
) -> FloatArray:
    """Return the bytes that an adaptive downlink brings down in each pass, shape (n_passes,).

    Within the windows of each station's first antenna, in the order of the passes; the rate is the
    fastest DVB-S2 mode that closes with the margin in clear air.
    """
    found = []
    for part in passes.parts:
        table, windows = part.table, part.windows
        volumes = np.zeros(len(table))
        first = windows.window_antenna == 0
        rows = windows.rows[windows.window_row[first]]
        spans = np.column_stack([windows.window_start_unix_s, windows.window_end_unix_s])[first]
        for at, tracked in enumerate(table.objects):
            mine = table.object_index[rows] == at
            if mine.any():
                found_bytes = contact_bytes(
                    link, part.station, (dish_diameter_m,), tracked.elements, spans[mine],
                    lock_s=lock_s,
                )  # fmt: skip
                np.add.at(volumes, rows[mine], found_bytes[:, 0])
        found.append(volumes[np.argsort(table.aos_unix_s, kind="stable")])
    return np.concatenate(found) if found else np.zeros(0)
