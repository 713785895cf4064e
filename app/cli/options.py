"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StationsFile = Annotated[Path | None, typer.Option("--stations", help="File of ground stations.")]
SatellitesFile = Annotated[Path | None, typer.Option("--satellites", help="File of satellites.")]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", help="sqlite:///FILE or postgresql://…")
]
StationNames = Annotated[
    list[str] | None,
    typer.Option("--station", metavar="ID", help="Repeatable. Default: all enabled stations."),
]
SatelliteNames = Annotated[
    list[str] | None,
    typer.Option(
        "--satellite",
        metavar="ID|NUMBER|all",
        help="Repeatable. Default: all served satellites; with --elements all of the file.",
    ),
]
Start = Annotated[
    str | None, typer.Option("--start", metavar="ISO", help="With Z or an offset. Default: now.")
]
End = Annotated[str | None, typer.Option("--end", metavar="ISO", help="Instead of --days.")]
Days = Annotated[float | None, typer.Option("--days", metavar="N", help="Length of the span.")]
ElementsFile = Annotated[
    Path | None,
    typer.Option(
        "--elements", metavar="FILE", help="TLE, OMM or OEM file; the database stays closed."
    ),
]
MinElevation = Annotated[
    float | None,
    typer.Option("--min-elevation", metavar="DEG", help="Tracking floor of all antennas."),
]
NoMask = Annotated[bool, typer.Option("--no-mask", help="Leave the horizon mask out.")]
