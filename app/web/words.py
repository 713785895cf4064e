"""Words for stable tags: what a grade, an access class or a figure's trust is called on the page.

The sentences of reason tags are ``scheduler.reasons.REASONS``; they are translated like these.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping

Translations = gettext.NullTranslations


def mark(message: str) -> str:
    """Mark a message for translation; it is translated when it is shown."""
    return message


_ = mark  # as the extraction of messages knows it


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

WHERE_FROM = _("Where this figure comes from: %(trust)s")

STATES: Mapping[str, str] = {
    "planned": _("planned"),
    "reserved": _("reserved"),
    "preparing": _("preparing"),
    "executing": _("executing"),
    "post_pass": _("after the pass"),
    "completed": _("completed"),
    "failed": _("failed"),
    "missed": _("missed"),
    "cancelled": _("cancelled"),
    "blocked": _("blocked"),
    "lifted": _("lifted"),
}

CONDITIONS: Mapping[str, str] = {
    "drifted": _("drifted"),
    "conflicting": _("conflicting"),
    "provisional": _("provisional"),
    "tentative": _("tentative"),
    "pinned": _("pinned"),
}

# Keys of the timeline, as printed on them, and what they do.
KEYS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("←", "→"), _("walk from contact to contact")),
    (("↑", "↓"), _("taken or skipped passes")),
    (("Shift", "←", "→"), _("move in time")),
    (("+", "−"), _("zoom")),
    (("N",), _("now")),
    (("Enter",), _("open")),
    (("W",), _("why")),
    (("P",), _("pin")),
    (("?",), _("these keys")),
)

EVERYWHERE: Mapping[str, str] = {
    "live": _("live"),
    "lost": _("connection lost, trying again"),
    "refused": _("That was refused: %(detail)s"),
    "unreachable": _("The service does not answer. Nothing was changed; try again."),
    "signInFirst": _("This needs a key: sign in first."),
}

ERRORS: Mapping[int, str] = {
    401: _("This needs a key"),
    403: _("This key may not do that"),
    404: _("There is nothing at this address"),
    422: _("The address asks for something that is not possible"),
    429: _("Too much is waiting; try again soon"),
    500: _("The service has a fault; its log says more"),
    503: _("The service cannot answer just now; try again"),
}

PLAN_STATUS: Mapping[str, str] = {
    "optimal": _("optimal"),
    "feasible": _("feasible"),
    "infeasible": _("infeasible"),
    "time_limit": _("time limit reached"),
    "failed": _("failed"),
}

DAY: Mapping[str, str] = {
    # the timeline
    "label": _("Timeline of contacts; arrow keys walk, ? lists the keys"),
    "failed": _("The plan could not be loaded; the table below still holds"),
    "skipped": _("skipped"),
    "blocked": _("blocked"),
    "otherOwner": _("taken by another owner"),
    "wouldFit": _("The antenna is free from %(start)s UTC for %(seconds)s s of this pass."),
    "wouldCost": _("To take it, what is in its way would have to be given up."),
    # the panel of a contact
    "minutes": _("min"),
    "max": _("max elevation"),
    "state": _("State"),
    "bookedBy": _("Booked by"),
    "note": _("Note"),
    "day": _("Day (UTC)"),
    "aos": _("AOS"),
    "aosOtherwise": _("AOS if it has not manoeuvred"),
    "los": _("LOS"),
    "start": _("Start"),
    "end": _("End"),
    "reserved": _("Reserved"),
    "newest": _("AOS by the newest elements"),
    "shift": _("moved by %(seconds)s s"),
    "because": _("Because"),
    "antenna": _("Antenna"),
    "service": _("Service"),
    "owner": _("Owner"),
    "azimuth": _("Azimuth"),
    "bytes": _("Expected data"),
    "unknown": _("unknown: the rate is not known"),
    "age": _("Element age at AOS"),
    "days": _("days"),
    "timing": _("Timing, 95\u00a0% bound"),
    "why": _("Why not"),
    "exports": _("As a file"),
    # what an operator does
    "reserve": _("Reserve"),
    "reserveTitle": _("Reserve %(name)s"),
    "pin": _("Pin"),
    "unpin": _("Let go of the pin"),
    "cancelContact": _("Cancel the contact"),
    "cancelTitle": _("Cancel %(name)s"),
    "moveContact": _("Move to the new time"),
    "moveTitle": _("Move %(name)s to the new time of its pass"),
    "noNewTime": _(
        "The new time meets another reservation, or its setup would begin too soon. Nothing was "
        "changed."
    ),
    "block": _("Block"),
    "blockTitle": _("Block an antenna"),
    "blockNote": _("The antenna serves nobody in this span; plans leave it out."),
    "blockRefused": _("Nothing was blocked: the span holds reservations (%(count)s)."),
    "lift": _("Lift"),
    "working": _("Working…"),
    "notFree": _("This pass is not free any more, or begins too soon. Nothing was changed."),
    "provisionalWarning": _(
        "The elements are expired: times may be wrong. Refresh first, or give the reason why it "
        "has to be booked now; it is recorded."
    ),
    "raceTitle": _("Somebody was faster"),
    "raceLost": _("The antenna was taken by %(who)s: %(name)s, reserved from %(start)s."),
    "raceNext": _("The nearest pass still free: %(name)s, %(start)s."),
    "reserveNext": _("Reserve that one"),
    "askPrice": _("What would it cost?"),
    "askWorth": _("What is it worth?"),
    "pricing": _("Solving again…"),
    "signInToBook": _("Sign in to see and book contacts"),
    # sky, curves, map
    "sky": _("Sky plot"),
    "skyNow": _("Sky now"),
    "north": _("N"),
    "east": _("E"),
    "south": _("S"),
    "west": _("W"),
    "sun": _("Sun"),
    "mask": _("Horizon mask"),
    "keyhole": _("Keyhole of this pass: within %(degrees)s° of the zenith"),
    "trimmed": _("Dashed: outside the contact"),
    "elevation": _("Elevation"),
    "range": _("Range"),
    "rangeRate": _("Range rate"),
    "doppler": _("Doppler"),
    "limitLine": _("Dashed: horizon mask or tracking floor, whichever is higher."),
    "band": _(
        "Shaded: timing within ±%(seconds)s s (95\u00a0%), elements %(days)s days old at AOS."
    ),
    "track": _("track minute by minute"),
    "map": _("Map with coastlines, day and night, stations and satellites"),
    "night": _("Night"),
    "visible": _("From here the station sees the satellite above its mask"),
    "groundTrack": _("Ground track"),
    "satellite": _("Satellite"),
    "light": _("Light"),
    "sunlit": _("sunlit"),
    "inShadow": _("in shadow"),
    "latitude": _("Latitude"),
    "longitude": _("Longitude"),
    "altitude": _("Altitude"),
}


CHANGES: Mapping[str, str] = {
    "kept": _("kept"),
    "moved": _("moved"),
    "added": _("added"),
    "dropped": _("dropped"),
}

UNITS: Mapping[str, str] = {"priority-minutes": _("priority-minutes")}

# Symbols of units as each language writes them.
SYMBOLS: Mapping[str, str] = {
    "s": _("s"),
    "m": _("m"),
    "km": _("km"),
    "km/s": _("km/s"),
    "kHz": _("kHz"),
    "MHz": _("MHz"),
    "GB": _("GB"),
    "dB/K": _("dB/K"),
    "°/s": _("°/s"),
    "°/s²": _("°/s²"),
}

# Why a goal is not met, where a pass is not meant.
GOAL_REASONS: Mapping[str, str] = {
    "no_window": _("All its windows together would not do."),
    "beaten_by": _("Other contacts are worth more."),
}

# Quantity of a goal: what to divide by, and the unit that is shown.
QUANTITIES: Mapping[str, tuple[float, str]] = {
    "count": (1.0, _("contacts")),
    "duration_s": (60.0, _("min")),
    "usable_s": (60.0, _("min")),
    "reserved_s": (60.0, _("min")),
    "volume": (1e9, _("GB")),
    "gap_s": (3600.0, _("h")),
}

PLAN: Mapping[str, str] = {
    "working": _("Working…"),
    "stopped": _("Stopped. The plan shown here is unchanged."),
    "planFailed": _("No plan came of it: %(detail)s"),
    "publishAsk": _("Reserve the contacts of this plan? Everybody sees them at once."),
    "overrideAsk": _("Reason for publishing all the same (it is recorded):"),
    "published": _(
        "Published: %(booked)s reserved, %(kept)s kept, %(released)s given back, "
        "%(refused)s refused."
    ),
}


ORBITS: Mapping[str, str] = {
    "steady": _("steady"),
    "manoeuvred": _("manoeuvred"),
    "decaying": _("decaying"),
    "lost": _("lost"),
}

ANSWERS: Mapping[str, str] = {
    "data": _("new data"),
    "not_modified": _("nothing newer"),
    "no_data": _("no such object"),
    "failed": _("failed"),
    "refused": _("refused"),
}

VERDICTS: Mapping[str, str] = {
    "accepted": _("accepted"),
    "flagged": _("accepted, with a remark"),
    "quarantined": _("in quarantine"),
    "rejected": _("rejected"),
}

ELEMENTS: Mapping[str, str] = {
    "acceptTitle": _("Accept the set of %(name)s"),
    "rejectTitle": _("Reject the set of %(name)s"),
    "accepted": _("The set of %(name)s serves from now on."),
    "rejected": _("The set of %(name)s is rejected for good."),
    "tooFew": _("A curve needs at least two sets."),
    "meanMotion": _("Mean motion"),
    "revDay": _("rev/day"),
    "semiMajorAxis": _("Semi-major axis"),
}

WEBHOOK_STATES: Mapping[str, str] = {
    "enabled": _("in use"),
    "disabled": _("switched off"),
}

WEBHOOKS: Mapping[str, str] = {
    "testDelivered": _("%(name)s took the test: %(answer)s."),
    "testFailed": _("%(name)s did not take the test: %(answer)s."),
    "replayed": _("%(count)s events wait to be sent to %(name)s again."),
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
