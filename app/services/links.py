"""Link budgets of a station as people ask for them, at the command line or in a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import InputError
from app.services.selection import choose_stations
from app.settings import Configuration
from scheduler.link_budget.downlink import (
    MODES,
    Downlink,
    DownlinkBudget,
    compute_downlink,
    find_site_attenuation,
)
from scheduler.link_budget.modes import Mode


def find_mode(name: str) -> Mode:
    """Return a mode by its name; InputError lists what there is."""
    if name not in MODES:
        raise InputError("mode", f"{name!r} is none of {', '.join(MODES)}", value=name)
    return MODES[name]


def compute_budgets(
    configuration: Configuration,
    station: str,
    link: Downlink,
    *,
    elevations_deg: Sequence[float],
    exceeded_percent: float,
    dish_diameter_m: float | None,
) -> tuple[DownlinkBudget, ...]:
    """Compute the budget at each elevation, in the weather of the station where it is known."""
    (site,) = choose_stations(configuration, [station])
    if not site.antennas:
        raise InputError("station", f"{site.id} has no antenna to receive with", value=station)
    weather = find_site_attenuation(site, link.frequency_hz)
    try:
        return tuple(
            compute_downlink(
                link,
                site,
                elevation_deg,
                site=weather,
                exceeded_percent=exceeded_percent,
                dish_diameter_m=dish_diameter_m,
            )
            for elevation_deg in elevations_deg
        )
    except ValueError as error:
        raise InputError("elevation", str(error)) from error
