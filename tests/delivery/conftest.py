"""Fixtures: the databases, for tests of the outbox's rows; bots that are forked and killed, and their Slack."""

from collections.abc import Iterator

import pytest

from bot.demo.demo_workspace import start_slack
from bot.localslack import LocalSlack, TimeMachine
from tests.delivery.crash_harness import ForkServer, fork_server
from tests.repository.fixtures import database

__all__ = ["database"]


@pytest.fixture(scope="module")
def forks() -> Iterator[ForkServer]:
    """Starts bots by forking."""
    with fork_server() as made:
        yield made


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    """A local Slack with the real time."""
    with start_slack(TimeMachine(), pace=False) as running:
        yield running
