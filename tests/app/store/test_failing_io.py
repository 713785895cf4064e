"""Any single failing statement or write is survived: the old plan stays, nothing half is left.

SQLite's own method (reliability A6): fail the first call, then the second, until all goes well.
"""

import json
import subprocess
import sys

import pytest
from sqlalchemy import event

from app.store import DATABASE_ERRORS, open_store
from app.store.plans import PlanStore
from app.store.session import open_engine
from tests.app.builders import START_UNIX_S, make_plan
from tle.timebase import from_unix_s

NOW_UTC = from_unix_s(START_UNIX_S)
LATER_UTC = from_unix_s(START_UNIX_S + 60.0)


class InjectedError(OSError):
    """A failure that was asked for."""


@pytest.fixture
def engine(database_url):
    """Give an engine on a database with one plan in it."""
    with_plan = open_store(database_url)
    with_plan.plans.add(make_plan("old"), created_utc=NOW_UTC)
    with_plan.close()
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


def test_each_failing_statement_leaves_the_old_plan_as_it_was(engine):
    """Bite: with a commit between plan and contacts a half plan is listed."""
    plans, failing, calls = PlanStore(engine), False, 0
    limit = 0

    def fail(*_):
        nonlocal calls
        calls += failing
        if failing and calls == limit:
            raise InjectedError("disk I/O error")

    event.listen(engine, "before_cursor_execute", fail)
    event.listen(engine, "commit", fail)
    for limit in range(1, 200):  # noqa: B007  (read by ``fail``)
        calls, failing = 0, True
        try:
            plans.add(make_plan("new"), created_utc=LATER_UTC)
        except (InjectedError, *DATABASE_ERRORS):
            failing = False
            assert plans.read("old") == make_plan("old")
            assert [item.plan_id for item in plans.list(limit=10)[0]] == ["old"]
        else:
            failing = False
            break

    assert limit > 3  # plan, contacts, what was not taken, the log, the commit
    assert plans.read("new") == make_plan("new")


_FULL_DISK = """
import json, resource, sys
from app.store import DATABASE_ERRORS, open_store
from tests.app.builders import START_UNIX_S, make_plan
from tle.timebase import from_unix_s

store = open_store(sys.argv[1])
old, new = make_plan("old", contacts=40), make_plan("new", contacts=40, losers=120)
store.plans.add(old, created_utc=from_unix_s(START_UNIX_S))
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
failed, half = 0, 0
for step in range(2000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (step * 2048, most))  # the next byte: EFBIG
    try:
        store.plans.add(new, created_utc=from_unix_s(START_UNIX_S + 60.0))
        is_stored = True
    except DATABASE_ERRORS:
        is_stored = False
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    if is_stored:
        break
    failed += 1
    half += store.plans.read("old") != old or store.plans.list(limit=9)[1] != 1
print(json.dumps([failed, half, is_stored and store.plans.read("new") == new]))
"""


def test_each_write_that_the_disk_refuses_leaves_the_old_plan(tmp_path):
    """The system itself refuses to write beyond a size that grows by 2 KB from try to try.

    Bite: as above; half plans are counted in most of the tries.
    """
    url = f"sqlite:///{tmp_path / 'full.sqlite3'}"
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, url],
        capture_output=True, text=True, check=True, timeout=240,
    )  # fmt: skip
    failed, half, is_stored = json.loads(done.stdout.splitlines()[-1])

    assert failed > 10
    assert (half, is_stored) == (0, True)
