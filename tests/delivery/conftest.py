"""A world whose deliveries are made when the test says so, on a clock that the test moves."""

from collections.abc import Iterator

import pytest

from tests.support.world import World, running


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """The bot in a local Slack, on SQLite."""
    with running(sqlite_url) as started:
        yield started


@pytest.fixture
def world_on(database_url: str) -> Iterator[World]:
    """The bot in a local Slack, once on each database."""
    with running(database_url) as started:
        yield started
