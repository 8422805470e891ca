"""Scheduled backups: counted and logged, and they do not hold up the process."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.backup.backup_facts import BackupFacts, BackupFailed, StoredBackup
from bot.backup.backup_schedule import BackupSchedule
from bot.backup.take_backup import BackupOutcome
from bot.settings.backup_place import S3Place
from tests.backup.databases import NOW, Made
from tests.support.bot_world import running

Makes = Callable[..., Made]
PLACE = S3Place("eco-backups", "x")


class Kept:
    """A store in memory, which can hang or fail."""

    def __init__(self) -> None:
        self.stored: StoredBackup | None = None
        self.fault: Exception | None = None
        self.go = threading.Event()
        self.go.set()

    def current(self) -> StoredBackup | None:
        """The stored facts."""
        self.go.wait(20)
        if self.fault is not None:
            raise self.fault
        return self.stored

    def put(self, copy: Path, facts: BackupFacts, replacing: StoredBackup | None) -> None:
        """Store the facts."""
        self.stored = StoredBackup(facts, facts.sha256)

    def get(self, into: Path) -> BackupFacts | None:
        """Not used."""
        raise AssertionError(into)


def keeper(made: Made, store: Kept) -> tuple[BackupSchedule, list[BackupOutcome]]:
    """A backup schedule, and the outcomes that it counts."""
    counted: list[BackupOutcome] = []
    return BackupSchedule(made.file, PLACE, lambda: NOW, lambda outcome, _: counted.append(outcome), store), counted


def test_a_failing_backup_is_logged_and_counted(made: Makes, caplog: pytest.LogCaptureFixture) -> None:
    """A failure raises nothing, and the next backup is taken as usual."""
    store = Kept()
    keeping, counted = keeper(made(), store)

    store.fault = BackupFailed("There is no bucket eco-backups.")
    keeping.back_up()
    store.fault = None
    keeping.back_up()
    keeping.back_up()

    assert [BackupOutcome.FAILED, BackupOutcome.STORED, BackupOutcome.UNCHANGED] == counted
    assert "There is no bucket eco-backups." in caplog.text


def test_what_nobody_thought_of_is_counted_too(made: Makes) -> None:
    """An unexpected exception counts as a failure and is raised, for the clock to log."""
    store = Kept()
    keeping, counted = keeper(made(), store)
    store.fault = ZeroDivisionError("no sentence")

    with pytest.raises(ZeroDivisionError):
        keeping.back_up()

    assert [BackupOutcome.FAILED] == counted


def test_the_last_backup_takes_along_what_has_changed(made: Makes) -> None:
    """At the stop, changes since the last backup are backed up."""
    store, database = Kept(), made()
    keeping, _ = keeper(database, store)
    keeping.back_up()
    database.enroll()

    keeping.back_up_before_exit(10)

    assert store.stored is not None
    assert store.stored.facts is not None
    assert 4 == store.stored.facts.enrollments


def test_the_last_backup_does_not_hold_up_the_stop(made: Makes, caplog: pytest.LogCaptureFixture) -> None:
    """A store that hangs delays the stop by the time-out only, and a warning is logged."""
    store = Kept()
    keeping, counted = keeper(made(), store)
    keeping.back_up()
    store.go.clear()

    began = time.monotonic()
    keeping.back_up_before_exit(0.2)

    assert time.monotonic() - began < 5
    assert "no time to finish the last backup" in caplog.text
    store.go.set()
    while len(counted) < 2:
        time.sleep(0.001)  # until the thread has ended, never for a fixed time


def test_before_the_first_backup_there_is_no_last_one(made: Makes) -> None:
    """A bot whose start failed takes no last backup."""
    store = Kept()
    keeping, counted = keeper(made(), store)

    keeping.back_up_before_exit(10)

    assert ([], None) == (counted, store.stored)


def test_a_bot_without_backups_shows_none_and_one_with_failing_ones_is_ready(
    sqlite_url: str, aws: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No series without a backup place; a missing bucket is counted and does not make the bot unready."""
    with running(sqlite_url) as world:
        assert "eco_backup" not in world.app.metrics()
    with running(sqlite_url, ECO_BACKUP_S3="s3://eco-nowhere/x") as world:
        failed = 'eco_backups_total{outcome="failed"} 1.0'
        world.slack.wait_for(lambda: failed in world.app.metrics(), timeout=20, what="the failed backup")
        assert [] == world.app.problems()
