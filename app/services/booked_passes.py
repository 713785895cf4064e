"""The passes of booked satellites as the newest elements predict them now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.services.elements import ElementService
from app.services.prediction import PredictionTask, predict
from app.settings import Configuration
from scheduler.drift import Occupied, Prediction, match_pass
from scheduler.intervals import Span
from scheduler.plan import Contact
from scheduler.prediction.passes import Pass
from scheduler.stations import Station
from tle.freshness import Grade
from tle.timebase import DAY_S, from_unix_s

MARGIN = timedelta(hours=3)  # how far a pass may move and still be looked for


@dataclass(frozen=True, slots=True)
class BookedPass:
    """A pass at one antenna: what it is, what of it can be used, how good its elements are."""

    visible: Pass
    prediction: Prediction
    grade: Grade


PassesByPlace = Mapping[tuple[str, str], Sequence[BookedPass]]  # satellite, antenna


def predict_booked(
    configuration: Configuration,
    elements: ElementService,
    station: Station,
    contacts: Sequence[Contact],
    now_utc: datetime,
) -> PassesByPlace:
    """Find the passes of the contacts' satellites around them, per satellite and antenna."""
    wanted = {contact.satellite_id for contact in contacts}
    satellites = [each for each in configuration.satellites if each.id in wanted]
    span = Span(
        from_unix_s(min(each.reserved_start_unix_s for each in contacts)) - MARGIN,
        from_unix_s(max(each.reserved_end_unix_s for each in contacts)) + MARGIN,
    )
    task = PredictionTask((station,), elements.choose(satellites, now_utc), span, now_utc)
    (found,) = predict(task, lambda done, text: None)
    grades = found.grade_by_origin
    passes: dict[tuple[str, str], list[BookedPass]] = defaultdict(list)
    for row in range(len(found.table)):
        visible = found.table.read(row)
        windows, cuts = found.windows[row]
        for antenna in station.antennas:
            prediction = Prediction(
                aos_unix_s=visible.aos_unix_s,
                culmination_unix_s=visible.culmination_unix_s,
                los_unix_s=visible.los_unix_s,
                windows_unix_s=tuple(
                    (window.start_unix_s, window.end_unix_s)
                    for window in windows
                    if window.antenna_id == antenna.id
                ),
                setup_s=antenna.setup_s,
                teardown_s=antenna.teardown_s,
                masked=tuple(
                    Occupied(cut.reason, cut.start_unix_s, cut.end_unix_s)
                    for cut in cuts
                    if cut.antenna_id == antenna.id and cut.reason == "below_horizon_mask"
                ),
            )
            grade = grades[visible.elements.element_set_id]
            passes[visible.satellite_id, antenna.id].append(BookedPass(visible, prediction, grade))
    return passes


def find_booked(contact: Contact, passes: PassesByPlace) -> BookedPass | None:
    """Find a contact's pass again: the nearest culmination within half a period."""
    found = passes.get((contact.satellite_id, contact.antenna_id), ())
    if not found:
        return None
    half_period_s = DAY_S / found[0].visible.elements.mean_motion_rev_day / 2
    nearest = match_pass(
        find_culmination(contact), [each.prediction for each in found], half_period_s
    )
    return next((each for each in found if each.prediction is nearest), None)


def find_culmination(contact: Contact) -> float:
    """Return when a contact's pass culminated at booking, in Unix seconds."""
    if contact.culmination_unix_s is not None:
        return contact.culmination_unix_s
    return (contact.aos_unix_s + contact.los_unix_s) / 2
