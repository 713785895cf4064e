"""Goals are read strictly: every fault names its key, its value and the unit."""

import pytest

from scheduler.goals import Goal, read_goal, read_standing_goals
from scheduler.satellites import Satellite


def ask(**wishes):
    return {"id": "g", "satellites": ["s"]} | wishes


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (ask(), "asks for nothing"),
        (ask(contacts=-1), "request.contacts: -1 is not between 0 and 100000 contacts"),
        (ask(contact=1), "request.contact: unknown key"),
        ({"satellites": ["s"], "contacts": 1}, "request.id: missing"),
        (ask(preferred_hours_utc=[[1, 25]]), "25 is not between 0 and 24 h"),
        (ask(preferred_hours_utc=[[6, 6]]), "ends when it begins"),
        (ask(deadline_utc="2026-09-06T12:00"), "UTC offset"),
        (ask(contacts=float("nan")), "request.contacts: nan is not between"),
        (ask(volume_bytes=10**400), "is not between 0 and 1e+18 bytes"),
        (ask(contacts_per_day=1e9), "is not between 0 and 1000 contacts a day"),
        (ask(max_gap_s="8 h"), "request.max_gap_s: '8 h' is not a number"),
        (ask(minutes=True), "request.minutes: True is not a number"),
        (ask(max_gap_s=9, about=True), "request.about: needs one of contacts_per_day"),
        (ask(contacts=1, min_contact_s=600, max_contact_s=300), "300 s is less than min_contact_s"),
        (ask(contacts=1, splittable=False), "give minutes or volume_bytes"),
        (ask(minutes=9, max_gap_s=9, splittable=False), "put max_gap_s into a request of its own"),
    ],
)
def test_goal_that_cannot_be_read_names_its_key(table, message) -> None:
    with pytest.raises(ValueError) as refused:
        read_goal(table, place="request")

    assert message in str(refused.value)


def test_every_field_of_a_goal_can_be_asked_for() -> None:
    whole = ask(
        owner="me", priority=2, min_culmination_deg=20, only_sunlit=True, about=True,
        deadline_utc="2026-09-06T12:00:00Z", min_contact_s=60, max_contact_s=600,
        preferred_hours_utc=[[22, 4]], contacts_per_day=1, contacts_per_orbit=1, contacts=1,
        minutes=10, volume_bytes=1e9, max_gap_s=3600, splittable=True,
    )  # fmt: skip

    assert set(whole) == set(Goal.__dataclass_fields__)
    assert read_goal(whole, place="request").preferred_hours_utc == ((22.0, 4.0),)


def test_standing_request_takes_name_owner_and_priority_from_its_satellite() -> None:
    satellite = Satellite("s", "S", owner="me", priority=3.0, requests=({"contacts": 1},))

    (goal,) = read_standing_goals(satellite)

    assert (goal.id, goal.satellites) == ("s.requests[0]", ("s",))
    assert (goal.owner, goal.priority) == ("me", 3.0)
