"""kill -9 of one process with three workspaces: in none is a message lost, said twice or out of order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.delivery.crash_harness import ForkServer, fork_server
from tests.installation.several_crash_run import TEAMS, crash_run_of_several


@pytest.fixture(scope="module")
def forks() -> Iterator[ForkServer]:
    """Starts bots by forking."""
    with fork_server() as made:
        yield made


def test_three_workspaces_of_a_process_that_is_killed_get_everything_once(forks: ForkServer, database_url: str) -> None:
    """Beside faults of Slack, a token that dies and comes back, and people at work; `make crashes` has longer runs."""
    results = crash_run_of_several(forks, database_url, 31)

    assert set(TEAMS) == set(results)
    for team, result in results.items():
        assert result.clean, (team, result)
        assert result.owed - result.edits - result.answers >= 16, "4 cards and 12 lines; reminders and digests"
