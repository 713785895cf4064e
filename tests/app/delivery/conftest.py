"""A store on SQLite that costs no migration: for what does not depend on the kind of database."""

from __future__ import annotations

import shutil

import pytest

from app.store import open_store


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """Migrate one database file, to be copied."""
    file = tmp_path_factory.mktemp("empty") / "empty.sqlite3"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def quick_store(empty_database, tmp_path):
    """Give an open store on a copy of the empty database."""
    file = tmp_path / "quick.sqlite3"
    shutil.copy(empty_database, file)
    opened = open_store(f"sqlite:///{file}")
    yield opened
    opened.close()
