"""Fixtures: databases that a released version wrote, brought up to date by this one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.repository.database import Database
from tests.repository.released.loading import load
from tests.support.postgres import Cluster

REVISION = "0002"


def bring_up_to_date(url: str) -> str:
    """Fill an empty database as the released version has left it, and migrate it; return its URL."""
    load(url, REVISION)
    database = Database(url)
    database.migrate()
    database.close()
    return url


@pytest.fixture(scope="module")
def brought_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that was brought up to date, to be copied: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("released") / "eco-bot.db"
    bring_up_to_date(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="module")
def brought_postgres(postgres_cluster: Cluster) -> Iterator[str]:
    """The name of such a PostgreSQL database, to be copied."""
    name = postgres_cluster.create_database()
    bring_up_to_date(postgres_cluster.url(name))
    yield name
    postgres_cluster.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def brought(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of the released version that was brought up to date, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('brought_file'), tmp_path)}"
    else:
        cluster: Cluster = request.getfixturevalue("postgres_cluster")
        name = cluster.create_database(request.getfixturevalue("brought_postgres"))
        yield cluster.url(name)
        cluster.drop_database(name)
