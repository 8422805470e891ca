"""Fixtures for every test: databases, and an environment without the developer's own Slack or AWS."""

import gc
import logging
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from bot.repository.database import Database
from tests.repository.fixtures import filled_tables, migrated_file
from tests.support import postgres

__all__ = ["migrated_file"]

pytest_plugins = [
    "tests.support.no_skips",
    "tests.support.shared_statements",
    "tests.support.shared_service_models",
    "tests.support.bot_fixtures",
]

# How long one example takes says more of the machine than of the code; pytest's own timeout stays.
settings.register_profile("eco", deadline=None, print_blob=True)
# Fewer examples of generated input, for `make quick`.
settings.register_profile("quick", settings.get_profile("eco"), max_examples=10)
settings.load_profile("eco")

#: Settings of the bot and of its libraries: a developer's real ones must not reach a test.
SETTINGS = ("SLACK_", "ECO_", "AWS_", "BOTO_", "PG", "LOG_")
SETTINGS_BY_NAME = {"DATABASE_URL", "HOST", "PORT"}
#: A proxy leads nowhere: every test talks to this machine.
PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"}
KEPT = {"TESTS_NO_SKIPS"}

# Collecting the tests makes objects that stay until the end. Looking through them again and again for garbage took a
# second in each process.
gc.disable()

# A run starts some hundred processes: without bytecode each of them would compile the whole bot again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_configure() -> None:
    """Empty the environment of settings, once for the run and all its child processes."""
    for name in set(os.environ) - KEPT:
        if name.startswith(SETTINGS) or name in SETTINGS_BY_NAME or name.upper() in PROXIES:
            del os.environ[name]
    # boto3 would otherwise ask the network who it is.
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


def pytest_collection_finish() -> None:
    """Look for garbage from here on, among what the tests make, and less often than Python does by itself."""
    gc.freeze()
    gc.set_threshold(100_000)
    gc.enable()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two processes for each core with `-n auto`: half of a test's time goes into waiting for disk and sockets.

    One with `-n logical`, for tests that only calculate: each process spends seconds on finding the tests.
    """
    return (os.cpu_count() or 1) * (1 if config.option.numprocesses == "logical" else 2)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Undo what a command does to the logging of its process: other tests look at what is logged, too."""
    root = logging.getLogger()
    level, handlers, hooks = root.level, list(root.handlers), (sys.excepthook, threading.excepthook)
    yield
    root.setLevel(level)
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
    sys.excepthook, threading.excepthook = hooks


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'eco-bot.db'}"


@pytest.fixture
def sqlite_url(empty_sqlite_url: str, migrated_file: Path) -> str:
    """URL of a SQLite file with the newest schema and no rows: a copy, as migrating each takes far longer."""
    shutil.copy(migrated_file, empty_sqlite_url.removeprefix("sqlite:///"))
    return empty_sqlite_url


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL server of this test process; the test is skipped where the machine has none."""
    with ExitStack() as stack:
        try:
            cluster = stack.enter_context(postgres.running_cluster())
        except postgres.PostgresUnavailableError as absent:
            pytest.skip(str(absent))
        yield cluster


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: postgres.Cluster) -> str:
    """Name of a migrated database that `postgres_url` copies."""
    name = postgres_cluster.create_database()
    database = Database(postgres_cluster.url(name))
    database.migrate()
    database.close()
    return name


@pytest.fixture
def empty_postgres_url(postgres_cluster: postgres.Cluster) -> Iterator[str]:
    """URL of a PostgreSQL database without a schema, dropped after the test."""
    name = postgres_cluster.create_database()
    yield postgres_cluster.url(name)
    postgres_cluster.drop_database(name)


@pytest.fixture(scope="session")
def reused_databases() -> Iterator[list[postgres.ReusedDatabase]]:
    """PostgreSQL databases that tests have used and `postgres_url` has emptied."""
    emptied: list[postgres.ReusedDatabase] = []
    yield emptied
    for database in emptied:
        database.close()


@pytest.fixture
def postgres_url(
    postgres_cluster: postgres.Cluster, postgres_template: str, reused_databases: list[postgres.ReusedDatabase]
) -> Iterator[str]:
    """URL of a PostgreSQL database with the newest schema and no rows.

    Emptied after the test for the next one: creating and dropping it takes several times as long. One that cannot be
    emptied, because the test has changed its tables, is used by no other test.
    """
    if not reused_databases:
        made = postgres_cluster.create_database(postgres_template)
        reused_databases.append(postgres.ReusedDatabase(postgres_cluster, made))
    database = reused_databases.pop()
    yield postgres_cluster.url(database.name)
    database.empty(filled_tables())
    reused_databases.append(database)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a database with the newest schema and no rows: the test runs once on SQLite and once on PostgreSQL."""
    return request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """URL of a database without a schema: the test runs once on SQLite and once on PostgreSQL."""
    return request.getfixturevalue({"sqlite": "empty_sqlite_url", "postgresql": "empty_postgres_url"}[request.param])
