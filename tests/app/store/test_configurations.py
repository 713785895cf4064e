"""What a contact was booked under stays readable, on both databases."""

import dataclasses
import threading

import pytest
from sqlalchemy import func, select

from app.errors import CollisionError
from app.settings import ConfigurationText
from app.store import open_store
from app.store.booking import KeyedRequest, Publication
from app.store.configurations import keep_configuration
from app.store.maintenance import back_up, restore
from app.store.schema_reservations import configuration
from app.store.session import migrate, open_engine, upgrade
from tests.app.builders import make_plan
from tests.app.store.test_reservations import NOW, draft_at, no_gap

OLD = ConfigurationText('name = "Алматы"\r\n', "# a comment\n\n")
NEW = ConfigurationText('name = "Almaty"\n', "# a comment\n\n")
HOW = {"who": "dana", "why": "test", "now_utc": NOW, "gap_rule": no_gap}


def draft_under(text, start_s=0.0, **where):
    return dataclasses.replace(draft_at(start_s, **where), configuration=text)


def book(store, draft):
    return store.reservations.book([draft], **HOW)[0]


def publish(store, **changes):
    store.plans.add(make_plan(plan_id="plan-1"), created_utc=NOW)
    changes = {"released": (), "moved": (), "new": ()} | changes
    return store.reservations.publish(Publication("plan-1", **changes), **HOW)[0]


WAYS = {
    "book": lambda store, old: book(store, draft_under(NEW, 2000)),
    "book once": lambda store, old: store.reservations.book_once(
        KeyedRequest("key", "digest"), draft_under(NEW, 2000), **HOW
    )[0],
    "pre-empt": lambda store, old: (
        store.reservations.preempt(
            draft_under(NEW, 100), told=(), release_rule=lambda gone: None, **HOW
        ).booked
    ),
    "move": lambda store, old: store.reservations.move(
        old.reservation_id, draft_under(NEW, 100), version=None, **HOW
    ),
    "publish a new one": lambda store, old: publish(store, new=(draft_under(NEW, 2000),)),
    "publish a move": lambda store, old: publish(
        store, moved=((old.reservation_id, draft_under(NEW, 100)),)
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_book_keeps_the_configuration_word_for_word(store, way):
    """Bite: with keep_configuration left out of _take_snapshot both digests lead nowhere."""
    old = book(store, draft_under(OLD))

    new = WAYS[way](store, old)

    kept = [store.configurations.read(each.snapshot["configuration_digest"]) for each in (old, new)]
    assert kept == [OLD, NEW]


def test_a_configuration_is_kept_once_and_not_without_its_booking(store):
    """Bite: kept in a transaction of its own (PostgreSQL), NEW stays behind without a contact."""
    book(store, draft_under(OLD))
    book(store, draft_under(OLD, 2000))

    with pytest.raises(CollisionError):
        store.reservations.book([draft_under(NEW, 4000), draft_under(NEW, 4100)], **HOW)

    with store._engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(configuration)).scalar() == 1
    assert store.configurations.read(NEW.digest) is None


def test_two_first_bookings_at_once_both_get_their_configuration(store):
    """Bite: without ON CONFLICT the second ends in IntegrityError on PostgreSQL."""
    booked = []
    other = threading.Thread(
        target=lambda: booked.append(book(store, draft_under(NEW, antenna_id="a2")))
    )

    with store._engine.begin() as connection:
        keep_configuration(connection, NEW)
        other.start()
        other.join(0.5)  # it waits for this transaction
        assert booked == []
    other.join(20.0)

    (contact,) = booked
    assert store.configurations.read(contact.snapshot["configuration_digest"]) == NEW


def test_a_backup_carries_the_configurations(store, tmp_path):
    book(store, draft_under(OLD))
    back_up(store._engine, tmp_path / "backup.sqlite3")
    restored = open_store(f"sqlite:///{tmp_path / 'restored.sqlite3'}")

    restore(tmp_path / "backup.sqlite3", restored._engine)

    assert restored.configurations.read(OLD.digest) == OLD
    restored.close()


def test_a_contact_older_than_the_table_keeps_its_digest(database_url):
    store = open_store(database_url)
    booked = book(store, draft_under(OLD))
    store.close()
    engine = open_engine(database_url)
    migrate(engine, "0013")
    upgrade(engine)
    engine.dispose()

    store = open_store(database_url)

    assert store.reservations.read(booked.reservation_id) == booked
    assert booked.snapshot == {"configuration_digest": OLD.digest}
    assert store.configurations.read(OLD.digest) is None
    store.close()
