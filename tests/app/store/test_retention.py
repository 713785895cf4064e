"""The log can be shortened in one way, which leaves a file and an entry; on both databases."""

import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.errors import InputError, StoreError
from app.store.booking import KeyedRequest
from app.store.retention import prune_log
from app.store.webhooks import Webhook
from tests.app.store.test_reservations import NOW, draft_at, no_gap

OLD = NOW - timedelta(days=100)
BEFORE = NOW - timedelta(days=40)


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "log-2026.ndjson"


def add(store, subject, at_utc=OLD, action="contact.test"):
    store.audit.add(at_utc, "dana", action, subject, {"ü": [1.5, None]})


def prune(store, archive, before_utc=BEFORE):
    return prune_log(store._engine, before_utc, archive, who="root", now_utc=NOW)


def read_subjects(store):
    return [each.subject for each in store.audit.list_after(0)]


def test_old_entries_move_into_a_file_and_the_log_tells_of_it(store, archive):
    add(store, "old")
    add(store, "plan-1", action="plan.publish")
    add(store, "young", NOW)

    done = prune(store, archive)

    (line,) = archive.read_bytes().splitlines()
    assert json.loads(line)["subject"] == "old"
    assert json.loads(line)["detail"] == {"ü": [1.5, None]}
    assert (done.entries, done.kept) == (1, 1)
    assert read_subjects(store) == ["plan-1", "young", "event log"]
    (entry,) = store.audit.list(action="log.prune")[0]
    assert (entry.who, entry.detail["entries"]) == ("root", 1)
    assert entry.detail["sha256"] == hashlib.sha256(archive.read_bytes()).hexdigest()


def test_afterwards_the_database_refuses_to_delete_as_before(store, archive):
    """Bite: without ENABLE or the trigger made again the last entry is gone."""
    add(store, "old")
    add(store, "young", NOW)
    prune(store, archive)

    with pytest.raises(IntegrityError), store._engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_entry"))

    assert read_subjects(store) == ["young", "event log"]


def test_ids_never_start_again(store, archive):
    """Bite: on SQLite a log that loses its newest entry gives its id to the next."""
    for subject in ("a", "b", "c"):
        add(store, subject)
    newest = store.audit.newest_id()

    prune(store, archive)

    assert [each.entry_id for each in store.audit.list_after(0)] == [newest, newest + 1]


def test_what_a_webhook_has_not_been_sent_stays(store, archive):
    """Bite: without the webhooks in _find_first_kept the sender finds no entry and fails."""
    add(store, "sent")
    store.webhooks.add(
        Webhook("hook", "https://ops", "s", (), (), "", "enabled", "", 0, 0, None, OLD, "dana")
    )
    for subject in ("waiting", "unseen"):
        add(store, subject)
        store.webhooks.spread(lambda hook, entry: entry.subject == "waiting", now_utc=OLD)
    add(store, "young", NOW)

    done = prune(store, archive)

    assert done.entries == 2  # the one sent and the making of the webhook
    assert read_subjects(store)[:2] == ["waiting", "unseen"]
    claimed = store.webhooks.claim(now_utc=NOW, lease=timedelta(seconds=9))
    assert claimed is not None
    assert claimed.entry.subject == "waiting"


def test_an_old_idempotency_key_goes_with_the_log(store, archive):
    request = KeyedRequest("key-1", "digest")
    how = {"who": "dana", "why": "", "gap_rule": no_gap, "now_utc": OLD}
    store.reservations.book_once(request, draft_at(0), **how)
    add(store, "young", NOW)

    prune(store, archive)

    assert store.reservations.find_booked(request, who="dana") is None


def test_a_month_stays_and_nothing_is_written_over(store, archive, tmp_path):
    add(store, "old")

    with pytest.raises(InputError, match="at least 30 days ago"):
        prune(store, archive, NOW - timedelta(days=29))
    archive.write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        prune(store, archive)
    with pytest.raises(StoreError, match="cannot be written: No such file or directory"):
        prune(store, tmp_path / "folder" / "log")
    none = prune(store, tmp_path / "none", OLD - timedelta(days=1))

    assert archive.read_text() == "mine"
    assert (none.entries, read_subjects(store)) == (0, ["old"])
    assert [each.name for each in tmp_path.glob("*non*")] == []
