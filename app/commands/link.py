"""``aspan link``: the itemised budget of a downlink, at several elevations side by side."""

from __future__ import annotations

from collections.abc import Sequence

from app.commands.terminal import print_table
from app.services.links import compute_budgets
from app.settings import Settings, load_configuration
from scheduler.link_budget.downlink import Downlink


def run_link(
    settings: Settings,
    station: str,
    link: Downlink,
    *,
    elevations_deg: Sequence[float],
    exceeded_percent: float,
    dish_diameter_m: float | None,
) -> None:
    """Print every line of the budgets with its source, the margins and the yearly availability."""
    found = compute_budgets(
        load_configuration(settings),
        station,
        link,
        elevations_deg=elevations_deg,
        exceeded_percent=exceeded_percent,
        dish_diameter_m=dish_diameter_m,
    )
    heads = ("line", "unit", *(f"{each.elevation_deg:g} deg" for each in found), "source")
    rows = [
        (
            lines[0].name,
            lines[0].unit,
            *(f"{line.value:.2f}" for line in lines),
            lines[0].source if len({line.source for line in lines}) == 1 else "by geometry",
        )
        for lines in zip(*(each.budget.lines for each in found), strict=True)
    ]
    rows.append(("Margin", "dB", *(f"{each.budget.margin_db:.2f}" for each in found), ""))
    rows.append(("Range", "km", *(f"{each.range_km:.0f}" for each in found), "round Earth"))
    years = [each.availability_percent for each in found]
    shown = ["-" if year is None else f"{year:.2f}" for year in years]
    source = "no statistics of this site" if years[0] is None else "the rain of the site"
    rows.append(("Available in a year", "%", *shown, source))
    print_table(heads, rows, right=set(range(2, 2 + len(found))))
