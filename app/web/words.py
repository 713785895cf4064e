"""Words for stable tags: what a grade, an access class or a figure's trust is called on the page.

The sentences of reason tags are ``scheduler.reasons.REASONS``; they are translated like these.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping

Translations = gettext.NullTranslations


def _(message: str) -> str:
    """Mark a message for translation; it is translated when it is shown."""
    return message


GRADES: Mapping[str, str] = {
    "fresh": _("fresh"),
    "ageing": _("ageing"),
    "stale": _("stale"),
    "expired": _("expired"),
}

ACCESS: Mapping[str, str] = {
    "open": _("open broadcast"),
    "agreement": _("by agreement"),
    "none": _("no agreement"),
}

PERIODS: Mapping[str, str] = {"day": _("a day"), "week": _("a week"), "month": _("a month")}

CONFIDENCE: Mapping[str, str] = {
    "sourced": _("sourced"),
    "sourced in part": _("sourced in part"),
    "computed": _("computed"),
    "from memory": _("from memory, not checked"),
    "assumption": _("assumption"),
    "unknown": _("unknown"),
}

TIMELINE: Mapping[str, str] = {
    "label": _("Timeline of contacts; arrow keys walk, ? lists the keys"),
    "failed": _("The plan could not be loaded; the table below still holds"),
    "skipped": _("skipped"),
    "minutes": _("min"),
    "max": _("max"),
    "tentative": _("tentative"),
    "provisional": _("provisional"),
    "aos": _("AOS"),
    "los": _("LOS"),
    "start": _("Start"),
    "end": _("End"),
    "reserved": _("Reserved, with setup and teardown"),
    "antenna": _("Antenna"),
    "service": _("Service"),
    "owner": _("Owner"),
    "azimuth": _("Azimuth"),
    "bytes": _("Expected data"),
    "unknown": _("unknown: the rate is not known"),
    "age": _("Element age at AOS"),
    "days": _("days"),
    "why": _("Why not"),
    "sky": _("Sky plot"),
}


def say(words: Mapping[str, str], translations: Translations) -> dict[str, str]:
    """Translate every word of a table."""
    return {tag: translations.gettext(text) for tag, text in words.items()}


# Attribute, name in words, unit.
STATION_FIELDS: tuple[tuple[str, str, str], ...] = (
    ("latitude_deg", _("Latitude"), "°"),
    ("longitude_deg", _("Longitude"), "°"),
    ("altitude_m", _("Altitude above the ellipsoid"), "m"),
    ("time_zone", _("Time zone"), ""),
)
ANTENNA_FIELDS: tuple[tuple[str, str, str], ...] = (
    ("mount", _("Mount"), ""),
    ("dish_diameter_m", _("Dish diameter"), "m"),
    ("receive_bands_hz", _("Receive bands"), "Hz"),
    ("polarisations", _("Polarisations"), ""),
    ("g_over_t_db_k", _("G/T"), "dB/K"),
    ("tracking_floor_deg", _("Tracking floor"), "°"),
    ("min_culmination_deg", _("Minimum culmination"), "°"),
    ("azimuth_rate_deg_s", _("Azimuth rate"), "°/s"),
    ("azimuth_acceleration_deg_s2", _("Azimuth acceleration"), "°/s²"),
    ("elevation_rate_deg_s", _("Elevation rate"), "°/s"),
    ("elevation_acceleration_deg_s2", _("Elevation acceleration"), "°/s²"),
    ("azimuth_travel_deg", _("Azimuth travel"), "°"),
    ("settle_s", _("Settling"), "s"),
    ("setup_s", _("Setup"), "s"),
    ("teardown_s", _("Teardown"), "s"),
    ("min_contact_s", _("Shortest contact"), "s"),
)
