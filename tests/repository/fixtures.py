"""A migrated and empty database for each test, of either kind, without migrating one each time."""

import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy.exc import ProgrammingError

from bot.repository.database import Database
from bot.repository.tables import metadata
from tests.support.postgres import Cluster


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


@pytest.fixture(scope="session")
def migrated_postgres(postgres_cluster: Cluster) -> Iterator[list[Database]]:
    """PostgreSQL databases with the newest schema, copied from one, to be emptied; the last one is in use."""
    made: list[Database] = []
    yield made
    for database in made:
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with the newest schema: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        copy = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path)
        opened = Database(f"sqlite:///{copy}")
        yield opened
        opened.close()
    else:
        made: list[Database] = request.getfixturevalue("migrated_postgres")
        if not (made and emptied(made[-1])):
            cluster: Cluster = request.getfixturevalue("postgres_cluster")
            made.append(Database(cluster.url(cluster.create_database(request.getfixturevalue("postgres_template")))))
        yield made[-1]


def emptied(database: Database) -> bool:
    """Delete all rows; False where a test that has failed left other tables behind: no other test shall fail by it."""
    try:
        with database.write() as connection:
            for table in filled_tables():
                connection.exec_driver_sql(f"DELETE FROM {table}")
    except ProgrammingError:
        return False
    return True
