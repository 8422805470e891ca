"""A migrated and empty database for each test, of either kind, without migrating one each time."""

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.repository.database import Database
from bot.repository.tables import metadata


@cache
def migrated() -> bytes:
    """The bytes of a SQLite file with the newest schema: migrating one takes far longer than writing them."""
    with tempfile.TemporaryDirectory(prefix="eco-migrated-") as folder:
        file = Path(folder) / "eco-bot.db"
        database = Database(f"sqlite:///{file}")
        database.migrate()
        database.close()
        return file.read_bytes()


def filled_tables() -> list[str]:
    """Names of the tables that a test fills, in an order in which they can be emptied."""
    # A process writes the steps of procedures when it starts.
    return [table.name for table in reversed(metadata.sorted_tables) if table.name != "procedure_steps"]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "eco-bot.db"
    file.write_bytes(migrated())
    return file


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with the newest schema: the test runs once on SQLite and once on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    opened.close()
