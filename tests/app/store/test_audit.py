"""The event log: only ever added to, in the order in which its entries become visible."""

import random
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.store.audit import add_audit_entry
from tests.app.store.test_reservations import NOW, book, draft_at


def test_every_change_of_a_contact_is_in_the_log_with_who_and_why(store):
    (booked,) = book(store, draft_at(0))
    store.reservations.pin(
        booked.reservation_id, True, version=1, who="dana", why="campaign", now_utc=NOW
    )

    entries, _ = store.audit.list(subject=booked.reservation_id)

    assert [(e.action, e.who, e.detail["why"]) for e in entries] == [
        ("contact.pin", "dana", "campaign"),
        ("contact.reserve", "aigerim", "test"),
    ]
    assert {e.owner for e in entries} == {"kaznu"}
    assert entries[0].detail["satellite_id"] == "sat"


def test_a_lockout_and_its_end_are_in_the_log(store):
    """Bite: without add_audit_entry in _write_lockout there is no trace of who kept it still."""
    how = {"who": "dana", "now_utc": NOW}
    store.executions.lock_out("kaznu", "antenna-1", why="people at the dish", **how)
    store.executions.release("kaznu", "antenna-1", why="all gone", **how)

    entries, _ = store.audit.list(subject="kaznu/antenna-1")

    assert [(e.action, e.who, e.detail["why"]) for e in entries] == [
        ("lockout.end", "dana", "all gone"),
        ("lockout.start", "dana", "people at the dish"),
    ]


def test_an_owner_reads_what_concerns_it_and_everybody(store):
    for owner in ("", "kaznu", "hainan"):
        store.audit.add(NOW, "a", "notice.test", owner or "all", {}, owner)

    assert [e.subject for e in store.audit.list_after(0, owner="kaznu")] == ["all", "kaznu"]
    assert store.audit.list(action="notice.", owner="hainan")[1] == 2
    assert store.audit.list()[1] == 3


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET who = 'x'", "DELETE FROM audit_entry"])
def test_the_database_refuses_to_change_the_log(store, change):
    # Bite: without the triggers of migration 0008 both pass.
    store.audit.add(NOW, "a", "act", "subject", {})

    with pytest.raises(IntegrityError), store._engine.begin() as connection:
        connection.execute(text(change))


def test_a_change_undone_leaves_no_entry(store):
    connection = store._engine.connect()
    transaction = connection.begin()
    add_audit_entry(connection, NOW, "a", "act", "subject", {})
    transaction.rollback()
    connection.close()

    store.audit.add(NOW, "a", "after", "subject", {})
    assert [e.action for e in store.audit.list()[0]] == ["after"]


@pytest.mark.parametrize(
    "change",
    ["UPDATE reservation SET state = 'reserved'", "UPDATE reservation SET note = 'x'",
     "DELETE FROM reservation"],
)  # fmt: skip
def test_the_database_refuses_to_change_a_contact_in_a_final_state(store, change):
    # Bite: without the triggers of migration 0008 all three pass.
    (booked,) = book(store, draft_at(0))
    store.reservations.change_state(
        booked.reservation_id, "cancelled", verb="cancel", who="a", why="", now_utc=NOW
    )

    with pytest.raises(IntegrityError), store._engine.begin() as connection:
        connection.execute(text(change))


def test_a_reader_that_follows_the_log_misses_nothing_that_many_write_at_once(store):
    # Bite: numbers taken before the commit, without the lock, let a reader pass a later commit
    # (PostgreSQL); here each writer lingers between its entry and its commit.
    writers, each, seen = 6, 15, []
    done = threading.Event()

    def write(number):
        chance = random.Random(number)
        for step in range(each):
            with store._engine.begin() as connection:
                add_audit_entry(connection, NOW, "w", "act", f"{number}.{step}", {})
                done.wait(chance.uniform(0, 0.004))

    def follow():
        last = 0
        while len(seen) < writers * each and not done.wait(0.001):
            for entry in store.audit.list_after(last, limit=50):
                seen.append(entry.subject)
                last = entry.entry_id

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    reader = threading.Thread(target=follow)
    for thread in (reader, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    reader.join(60)
    done.set()

    assert len(set(seen)) == len(seen) == writers * each
