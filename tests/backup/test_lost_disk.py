"""A lost disk from end to end: a bot takes backups, its disk is lost, it restores and goes on."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.backup.backup_facts import BackupFacts
from bot.backup.s3_store import S3Store
from bot.demo.demo_workspace import start_slack
from bot.localslack import LocalSlack, Message, TimeMachine
from bot.settings.backup_place import S3Place
from tests.backup.databases import accounts
from tests.support.bot_process import ForkedBot, environment
from tests.support.forked_commands import run_command
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS
from tests.support.wait_until import eventually

FORM = {
    "AWS management account ID": "1234-5678-9012",
    "Account name": "Production",
    "Spot organization ID": "606079874885",
    "Owner": "ana",
}


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    """A local Slack with the real time."""
    with start_slack(TimeMachine()) as running:
        yield running


class Machine:
    """A machine that runs the bot, with a disk that can be lost."""

    def __init__(self, slack: LocalSlack, folder: Path, place: S3Place, aws: dict[str, str], wait: str) -> None:
        self.slack, self.folder, self.place = slack, folder, place
        self.file = folder / "eco-bot.db"
        self.url = f"sqlite:///{self.file}"
        self.more = aws | {"ECO_BACKUP_S3": str(place), "ECO_WAITS": f"data_generation={wait}"}

    def start(self) -> ForkedBot:
        """A running bot, connected to the local Slack."""
        bot = ForkedBot(self.slack, self.url, self.folder, **self.more)
        self.slack.connect_http(f"{bot.url}/slack/events")
        return bot

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `python -m bot` on this machine."""
        environ = environment(self.slack, self.url, 0, **self.more)
        return run_command(self.folder, *words, environ=environ)

    def lose_the_disk(self) -> None:
        """Delete the disk, as a platform does that restarts the process elsewhere."""
        for path in self.folder.glob("eco-bot.db*"):
            path.unlink()

    def kept(self) -> BackupFacts:
        """The facts of the stored backup."""
        stored = S3Store(self.place).current()
        assert stored is not None
        assert stored.facts is not None
        return stored.facts


def enroll_and_connect(slack: LocalSlack) -> None:
    """Start an enrollment and complete its second step: a wait runs, and a reminder is scheduled."""
    ana = slack.person("ana")
    ana.command("/eco", "enroll", channel="eco-rollout")
    ana.wait_view("Start an enrollment")
    ana.fill(FORM)
    assert ana.submit().ok
    card = slack.wait_for(lambda: next(iter(cards(slack)), None), what="the card")
    ana.click(card, "Mark done", near=SPECS[StepKey.CONNECT_ACCOUNT].title)
    ana.wait_view("Mark done")
    assert ana.submit().ok


def cards(slack: LocalSlack) -> list[Message]:
    """The cards in the channel."""
    return [m for m in slack.channel("eco-rollout").messages if m.text.startswith("Eco enrollment of")]


def reminders(slack: LocalSlack) -> list[Message]:
    """Thread replies that were broadcast to the channel."""
    return [m for m in slack.channel("eco-rollout").messages if m.broadcast]


def test_a_bot_that_lost_its_disk_goes_on_from_its_backup(
    slack: LocalSlack, place: S3Place, aws: dict[str, str], tmp_path: Path
) -> None:
    """A last backup is taken at the stop; a bot with an empty database keeps it; after a restore the bot goes on."""
    machine = Machine(slack, tmp_path, place, aws, wait="8s")
    first = machine.start()
    enroll_and_connect(slack)
    slack.wait_for(lambda: len(slack.channel("eco-rollout").thread(cards(slack)[0].ts)) >= 2, what="the lines")
    assert 0 == first.stop()
    kept = machine.kept()
    machine.lose_the_disk()

    empty = machine.start()
    eventually(lambda: f"python -m bot restore {place}." in empty.log.read_text())
    eventually(lambda: empty.metric('eco_backups_total{outcome="declined"}') == 1)
    assert 0 == empty.metric("eco_backup_last_success_timestamp_seconds")
    assert 0 == empty.stop()
    assert kept == machine.kept(), "the empty database did not take its place, not at the stop either"

    restored = machine.run("restore")
    assert (0, "") == (restored.returncode, restored.stderr)
    assert "1 enrollment" in restored.stdout
    third = machine.start()
    try:
        slack.wait_for(lambda: reminders(slack), timeout=30, what="the reminder that was owed")
        eventually(lambda: third.metric("eco_outbox_due") == 0)
        eventually(lambda: third.metric("eco_backup_last_success_timestamp_seconds") > 0)
    finally:
        third.stop()
    assert (1, 1) == (len(reminders(slack)), len(cards(slack)))
    assert ["123456789012"] == accounts(machine.file)


def test_what_was_said_after_the_backup_is_not_said_again(
    slack: LocalSlack, place: S3Place, aws: dict[str, str], tmp_path: Path
) -> None:
    """A reminder that was sent after the backup is found in Slack after the restore, and not sent again."""
    machine = Machine(slack, tmp_path, place, aws, wait="9s")
    first = machine.start()
    enroll_and_connect(slack)
    ran = machine.run("backup")
    assert (0, "") == (ran.returncode, ran.stderr)
    slack.wait_for(lambda: reminders(slack), timeout=30, what="the reminder")
    first.kill()
    machine.lose_the_disk()

    assert 0 == machine.run("restore").returncode
    second = machine.start()
    try:
        eventually(lambda: second.metric("eco_outbox_due") == 0)
        assert 1 <= second.metric('eco_deliveries_total{kind="reminder",outcome="found"}')
    finally:
        second.stop()
    assert (1, 1) == (len(reminders(slack)), len(cards(slack)))
    lines = [line.text for line in slack.channel("eco-rollout").thread(cards(slack)[0].ts)]
    assert len(set(lines)) == len(lines)
