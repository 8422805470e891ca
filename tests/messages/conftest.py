"""Fixtures: a workspace with the bot in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.world import World, running


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """The bot in a local Slack, on SQLite, over HTTP."""
    with running(sqlite_url) as world:
        yield world
