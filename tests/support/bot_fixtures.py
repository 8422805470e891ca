"""Fixtures: the bot in a local Slack, on SQLite, and on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.bot_world import World, running


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """The bot in a local Slack, on SQLite, over HTTP; it is Monday, 10:00 in London, and nothing is sent by itself."""
    with running(sqlite_url) as started:
        yield started


@pytest.fixture
def world_on(database_url: str) -> Iterator[World]:
    """The same once on SQLite and once on PostgreSQL."""
    with running(database_url) as started:
        yield started
