"""Seeded runs in which processes are killed again and again: no message is lost, none is sent twice."""

from collections.abc import Iterator

import pytest

from tests.delivery.crash_harness import ForkServer, crash_run, fork_server
from tests.delivery.crash_results import Result


@pytest.fixture(scope="module")
def forks() -> Iterator[ForkServer]:
    """Starts bots by forking."""
    with fork_server() as made:
        yield made


def messages(result: Result) -> int:
    """How many were owed, without the lines of what happened meanwhile."""
    return result.owed - result.edits - result.answers


@pytest.mark.parametrize("seed", [1, 2])
def test_a_process_killed_again_and_again_loses_nothing_and_repeats_nothing(
    forks: ForkServer, database_url: str, seed: int
) -> None:
    """Cards, lines, reminders, digests and edits, killed at random and at named points: each comes once, in order."""
    result = crash_run(forks, database_url, seed)
    assert result.clean, result
    assert 160 < messages(result) <= 202, "40 cards, 120 lines, and the reminders and digests"
    assert result.answers
    assert result.kills


@pytest.mark.parametrize("processes", [2, 4])
def test_several_processes_share_the_work_while_one_after_the_other_is_killed(
    forks: ForkServer, database_url: str, processes: int
) -> None:
    """Two and four processes on one database: each message stands there once, in order."""
    result = crash_run(forks, database_url, 10 + processes, processes=processes)
    assert result.clean, result
    assert 160 < messages(result) <= 202, "40 cards, 120 lines, and the reminders and digests"
    assert result.answers


def test_look_ups_at_one_page_in_a_while_lose_nothing_and_repeat_nothing(forks: ForkServer, database_url: str) -> None:
    """Slack gives look-ups a page of 15 messages every two seconds: each look-up goes on where it was stopped."""
    result = crash_run(forks, database_url, 21, kills=4, period=2)
    assert result.clean, result
    assert 160 < messages(result) <= 202
