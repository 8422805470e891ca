"""Fixtures: a workspace at a frozen time, a client of it, and a tiny bot in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from slack_sdk import WebClient

from bot.localslack import LocalSlack, Person, TimeMachine
from tests.localslack.tiny import TinyBot, client_of

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> TimeMachine:
    """A clock that stands still until a test moves it."""
    return TimeMachine(frozen_at=START)


@pytest.fixture
def slack(clock: TimeMachine) -> Iterator[LocalSlack]:
    """A workspace in which the bot has every scope, without the pace limit."""
    with LocalSlack.start(clock, pace=False, ack_limit=1.0) as running:
        yield running


@pytest.fixture
def client(slack: LocalSlack) -> WebClient:
    """The bot's Web API client."""
    return client_of(slack)


@pytest.fixture
def bot(slack: LocalSlack) -> Iterator[TinyBot]:
    """A Bolt app without listeners, reached over HTTP."""
    with TinyBot(slack) as tiny:
        yield tiny


@pytest.fixture
def ana(slack: LocalSlack) -> Person:
    """Someone who is in every channel, the private ones too."""
    return slack.person("ana")


@pytest.fixture
def dev(slack: LocalSlack) -> Person:
    """Someone who is in public channels only."""
    return slack.person("dev")
