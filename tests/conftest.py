"""Fixtures for every test: databases, and an environment without the developer's own Slack or AWS."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import postgres

pytest_plugins = ["tests.support.no_skips", "tests.support.worlds"]

# How long one example takes says more of the machine than of the code; pytest's own timeout stays.
settings.register_profile("eco", deadline=None, print_blob=True)
settings.load_profile("eco")

#: Settings of the bot and of its libraries: a developer's real ones must not reach a test.
SETTINGS = ("SLACK_", "ECO_", "AWS_", "BOTO_", "PG", "LOG_")
SETTINGS_BY_NAME = {"DATABASE_URL", "HOST", "PORT"}
KEPT = {"TESTS_NO_SKIPS"}


def pytest_configure() -> None:
    """Empty the environment of settings, once for the run and all its child processes."""
    for name in set(os.environ) - KEPT:
        if name.startswith(SETTINGS) or name in SETTINGS_BY_NAME:
            del os.environ[name]
    # boto3 would otherwise ask the network who it is.
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'eco-bot.db'}"


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
def postgres_template() -> str | None:
    """Name of a database that every new one is a copy of; None for an empty one.

    The place to create and migrate one database per run, should migrating each one become slow.
    """
    return None


@pytest.fixture
def postgres_url(postgres_cluster: postgres.Cluster, postgres_template: str | None) -> Iterator[str]:
    """URL of a fresh PostgreSQL database, dropped after the test."""
    name = postgres_cluster.create_database(postgres_template)
    yield postgres_cluster.url(name)
    postgres_cluster.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a fresh, empty database: the test runs once on SQLite and once on PostgreSQL."""
    return request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
