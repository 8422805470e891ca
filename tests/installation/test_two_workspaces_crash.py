"""kill -9 of a process that serves two workspaces, one with a dead token: nothing is lost or said twice in either."""

from __future__ import annotations

import os
import random
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.localslack import LocalSlack, OAuthApp, TimeMachine
from bot.repository.database import Database
from tests.delivery.test_crashes import let_leases_end
from tests.repository.keeping import rows, start
from tests.support.bot_process import ROOT, free_port
from tests.support.forked_commands import ForkedCommand
from tests.support.two_workspaces import ACME, NORTH, browse, several_environment, two_slacks
from tests.support.wait_until import eventually

CHANNELS = ("eco-rollout", "eco-portfolio", "eco-private")
#: Enrollments of a channel; each has a card and a line in its thread.
EACH = 3
#: How often the process is killed, after so many new messages at most.
KILLS, AFTER = 5, 6


class Process:
    """`python -m bot serve`, forked, ready, and killed as any other."""

    def __init__(self, slacks: dict[str, LocalSlack], oauth: OAuthApp, database_url: str, folder: Path) -> None:
        port = free_port()
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        env = kept | several_environment(
            slacks[ACME], oauth, database_url, port, ECO_TICK="1s", ECO_REMINDER_HOURS="always", PYTHONPATH=str(ROOT)
        )
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / f"{port}.log"
        self._command = ForkedCommand(folder, ["serve"], env, folder / f"{port}.out", self.log)
        assert eventually(self._is_ready, 40), self.log.read_text()
        for slack in slacks.values():
            slack.connect_http(f"{self.url}/slack/events")

    def install(self, slack: LocalSlack) -> None:
        """Install the app in a workspace, as a person does in a browser."""
        offer = browse(f"{self.url}/slack/install")
        assert browse(slack.installs.allow(offer.link), offer.cookie).status == 200

    def end(self, how: signal.Signals) -> None:
        """Send a signal, and wait for the end."""
        self._command.send_signal(how)
        self._command.wait(20)

    def _is_ready(self) -> bool:
        assert self._command.poll() is None, self.log.read_text()
        try:
            return browse(f"{self.url}/readyz").status == 200
        except OSError:
            return False


def owe(database: Database, slack: LocalSlack, team: str) -> None:
    """Let a workspace owe cards and lines in several channels."""
    for number, name in enumerate(CHANNELS * EACH):
        channel, account = slack.channel(name).id, f"{number:012}"
        start(
            database, workspace=team, account_id=account, account_name=f"Payer {number}", channel_id=channel,
            owner=slack.person("ana").id, started_at=datetime.now(UTC),
        )  # fmt: skip


def posted(slack: LocalSlack) -> int:
    """How many messages Slack has."""
    channels = [slack.channel(name) for name in CHANNELS]
    return sum(1 + len(channel.thread(message.ts)) for channel in channels for message in channel.messages)


def each_said(slack: LocalSlack) -> list[tuple[str, int]]:
    """Every card by its name, with the number of lines in its thread."""
    channels = [slack.channel(name) for name in CHANNELS]
    found = [(message.text.split(" (")[0], len(c.thread(message.ts))) for c in channels for message in c.messages]
    return sorted(found)


EXPECTED = sorted((f"Eco enrollment of Payer {number}", 1) for number in range(len(CHANNELS) * EACH))


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_or_said_twice_beside_a_dead_token(database_url: str, tmp_path: Path, seed: int) -> None:
    """One token is revoked at the first kill. The other workspace gets all of it; the first one, once it is back."""
    chance, oauth = random.Random(seed), OAuthApp()
    with two_slacks(TimeMachine(), oauth) as slacks:
        process = Process(slacks, oauth, database_url, tmp_path)
        for slack in slacks.values():
            process.install(slack)
        process.end(signal.SIGKILL)
        database = Database(database_url)
        for team, slack in slacks.items():
            owe(database, slack, team)

        for kill in range(KILLS):
            let_leases_end(database_url)
            process = Process(slacks, oauth, database_url, tmp_path)
            before, more = posted(slacks[ACME]), chance.randint(1, AFTER)
            eventually(lambda: posted(slacks[ACME]) >= min(before + more, 2 * len(EXPECTED)), 60)  # noqa: B023
            if kill == 0:
                slacks[NORTH].installs.revoke()
            process.end(signal.SIGKILL)
        let_leases_end(database_url)
        process = Process(slacks, oauth, database_url, tmp_path)
        eventually(lambda: each_said(slacks[ACME]) == EXPECTED, 90)
        assert f"Northwind ({NORTH}) is not served" in browse(f"{process.url}/readyz").text
        owed = [row for row in rows(database) if row["workspace"] == NORTH and row["state"] == "owed"]
        assert owed, "what could not be said is kept"

        process.install(slacks[NORTH])

        eventually(lambda: each_said(slacks[NORTH]) == EXPECTED, 90)
        assert each_said(slacks[ACME]) == EXPECTED
        process.end(signal.SIGTERM)
        database.close()
