"""Fixtures: the bot with an AWS side that a test plays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.bot_world import World, running
from tests.support.fake_aws_inspector import PlayedAws


@pytest.fixture
def aws() -> Iterator[PlayedAws]:
    """An AWS side that is let go at the end, whatever a test left it at."""
    played = PlayedAws()
    yield played
    played.let_go()


@pytest.fixture
def checked(database_url: str, aws: PlayedAws) -> Iterator[World]:
    """The bot with that AWS side, on each database, and an enrollment at its second step."""
    with running(database_url, aws=aws) as world:
        world.start(collaborators=["ben"])
        yield world
        aws.let_go()
