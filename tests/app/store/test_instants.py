"""One instant, one answer: what goes into the database comes out, on both kinds."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from app.store.schema import UTCDateTime
from app.store.session import open_engine, reading

COUNT = 10_000
ALMATY = ZoneInfo("Asia/Almaty")


def make_instants():
    """Make seeded instants: zones of all kinds, both folds, year bounds, microseconds."""
    zones = [UTC, ALMATY, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]
    zones += [timezone(timedelta(minutes=m)) for m in (-719, -210, 345, 840)]
    step = timedelta(days=36_500) / COUNT + timedelta(microseconds=7)
    first = datetime(1957, 1, 2)  # noqa: DTZ001
    for at in range(COUNT):
        naive = first + step * (at % (COUNT - 200))
        yield naive.replace(tzinfo=zones[at % len(zones)], fold=at % 2)


def test_instants_of_all_zones_come_back_equal(database_url):
    """Bite: with a plain DateTime column SQLite gives back local times without their offset."""
    engine = open_engine(database_url)
    table = Table(
        "instant", MetaData(), Column("id", Integer, primary_key=True), Column("at", UTCDateTime)
    )
    table.create(engine)
    given = list(make_instants())
    with engine.begin() as connection:
        connection.execute(insert(table), [{"id": n, "at": at} for n, at in enumerate(given)])
    with reading(engine) as connection:
        found = connection.execute(select(table.c.at).order_by(table.c.id)).scalars().all()
    engine.dispose()

    assert len(found) == COUNT
    assert found == [instant.astimezone(UTC) for instant in given]


def test_the_long_day_of_almaty_keeps_both_its_last_hours(database_url):
    engine = open_engine(database_url)
    table = Table("instant", MetaData(), Column("at", UTCDateTime))
    table.create(engine)
    both = [datetime(2024, 2, 29, 23, 30, tzinfo=ALMATY, fold=fold) for fold in (0, 1)]
    with engine.begin() as connection:
        connection.execute(insert(table), [{"at": instant} for instant in both])
    with reading(engine) as connection:
        found = connection.execute(select(table.c.at).order_by(table.c.at)).scalars().all()
    engine.dispose()

    assert found[1] - found[0] == timedelta(hours=1)


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="no UTC offset"):
        UTCDateTime().process_bind_param(datetime(2026, 1, 1), None)  # noqa: DTZ001
