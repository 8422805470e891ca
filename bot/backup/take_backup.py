"""One backup: a copy, compared with what is kept already, and kept unless something would be lost by that."""

from __future__ import annotations

import tempfile
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from bot.backup import sqlite_snapshot
from bot.backup.backup_facts import Declined, Facts, Store, Stored
from bot.backup.file_store import told


class BackupOutcome(StrEnum):
    """What became of one backup; the metric's label."""

    STORED = "stored"
    UNCHANGED = "unchanged"  # the backup that is there holds just this
    DECLINED = "declined"  # it would have taken the place of one that holds more
    FAILED = "failed"


def take(
    database: Path, store: Store, place: object, now: datetime, *, replace: bool = False
) -> tuple[BackupOutcome, Facts]:
    """Copy the database and keep the copy; nothing is written where nothing has changed.

    Args:
        replace: also in the place of a backup that this database does not continue.

    Raises:
        Declined: the backup there holds what this database does not.
        BackupFailed
    """
    with told("written", Path(tempfile.gettempdir())), tempfile.TemporaryDirectory(prefix="eco-backup-") as folder:
        copy = Path(folder) / "copy.db"
        sqlite_snapshot.copy(database, copy)
        facts = sqlite_snapshot.examine(copy, now)
        there = store.look()
        if there is not None and not replace:
            _check_continues(copy, facts, there, place)
        if there is not None and there.facts is not None and there.facts.sha256 == facts.sha256:
            return BackupOutcome.UNCHANGED, there.facts
        store.put(copy, facts, there)
        return BackupOutcome.STORED, facts


def _check_continues(copy: Path, facts: Facts, there: Stored, place: object) -> None:
    """A backup is replaced only by a database that still has every line of the audit that the backup has.

    So neither the empty database after a lost disk, nor one in which people have begun anew meanwhile, nor that of
    another bot takes the place of the good one.
    """
    if there.facts is None:
        raise Declined(f"What is at {place} is no backup of this bot; it is left alone. --replace writes over it.")
    if sqlite_snapshot.holds(copy, there.facts.last_event):
        return
    raise Declined(
        f"The backup at {place} ({there.facts}) holds what this database ({facts.enrollments} enrollments) does not; "
        f"it is left alone. To bring it back, stop the bot and run: python -m bot restore {place}"
        f"{' --replace' if facts.enrollments else ''}. To give it up: python -m bot backup {place} --replace."
    )
