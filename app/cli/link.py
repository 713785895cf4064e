"""The command that computes a link."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.options import StationsFile


def link(
    station: Annotated[str, typer.Argument(help="Station whose first antenna receives.")],
    eirp_dbw: Annotated[float, typer.Option("--eirp-dbw", help="EIRP towards the station, dBW.")],
    rate_bps: Annotated[float, typer.Option("--rate-bps", min=1.0, help="Bits of information.")],
    altitude_km: Annotated[
        float, typer.Option("--altitude-km", min=100.0, max=60_000.0, help="Above 6,378 km.")
    ],
    frequency_hz: Annotated[
        float, typer.Option("--frequency-hz", min=1e8, max=1e11, help="Carrier, Hz.")
    ] = 8.2e9,
    mode: Annotated[
        str, typer.Option("--mode", help="Modulation and code; a wrong name lists them.")
    ] = "DVB-S2 QPSK 3/4",
    elevation: Annotated[
        list[float] | None,
        typer.Option("--elevation", metavar="DEG", help="Repeatable. Default: 5, 10, 30, 90."),
    ] = None,
    exceeded_percent: Annotated[
        float,
        typer.Option("--exceeded-percent", help="Share of a year with more gas and rain, %."),
    ] = 1.0,
    dish_m: Annotated[
        float | None, typer.Option("--dish-m", min=0.1, max=100.0, help="Another dish, m.")
    ] = None,
    stations: StationsFile = None,
) -> None:
    """Compute the budget of a downlink, line by line, and for how much of a year it holds."""
    from app.commands.link import run_link  # noqa: PLC0415
    from app.services.links import find_mode  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415
    from scheduler.link_budget.downlink import Downlink  # noqa: PLC0415
    from scheduler.link_budget.terminals import Transmitter  # noqa: PLC0415

    run_link(
        load_settings(stations=stations),
        station,
        Downlink(
            Transmitter(eirp_dbw, "given"), find_mode(mode), frequency_hz, rate_bps, altitude_km
        ),
        elevations_deg=elevation or (5.0, 10.0, 30.0, 90.0),
        exceeded_percent=exceeded_percent,
        dish_diameter_m=dish_m,
    )
