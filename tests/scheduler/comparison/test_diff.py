"""What became of the contacts of one plan in another."""

from dataclasses import replace

from scheduler.comparison.diff import diff_plans
from tests.app.builders import make_contact, make_not_taken, make_plan


def shift(contact, start_s, **changes):
    return replace(contact, start_unix_s=contact.start_unix_s + start_s, **changes)


def test_the_same_plan_keeps_every_contact():
    diff = diff_plans(make_plan(), make_plan("plan-2"))

    assert diff.counts == {"kept": 3, "moved": 0, "added": 0, "dropped": 0}


def test_a_contact_moved_by_new_elements_is_matched_though_its_pass_has_another_id():
    """Bite: matching by pass_id gives one dropped and one added."""
    old = make_plan(contacts=1)
    moved = shift(old.contacts[0], 4.0, pass_id="other", element_set_id="f" * 16)
    change = diff_plans(old, replace(old, contacts=(moved,))).changes[0]

    assert (change.kind, change.cause, change.start_shift_s) == ("moved", "new_elements", 4.0)


def test_a_change_of_antenna_is_a_move():
    old = make_plan(contacts=1)
    other = replace(old.contacts[0], antenna_id="antenna-2")
    change = diff_plans(old, replace(old, contacts=(other,))).changes[0]

    assert (change.kind, change.cause) == ("moved", "antenna_changed")


def test_dropped_and_added_contacts_carry_the_reason_of_the_other_plan():
    lost = make_contact(0)
    loser = replace(
        make_not_taken(),
        satellite_id="sat-a",
        aos_unix_s=lost.aos_unix_s,
        los_unix_s=lost.los_unix_s,
        reason="beaten_by",
    )
    old = make_plan(contacts=1, losers=0)
    new = replace(old, contacts=(make_contact(5),), not_taken=(loser,))
    changes = diff_plans(old, new).changes

    assert [(c.kind, c.cause) for c in changes] == [
        ("dropped", "beaten_by"),
        ("added", "no_such_pass"),
    ]


def test_two_contacts_of_one_pass_are_matched_one_to_one():
    parts = (make_contact(0), shift(make_contact(0), 300.0, contact_id="second part"))
    old = make_plan(contacts=0, losers=0)
    diff = diff_plans(replace(old, contacts=parts), replace(old, contacts=parts[::-1]))

    assert diff.counts["kept"] == 2
