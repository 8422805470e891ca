"""Takes a backup: copies the database and stores the copy, unless that would overwrite data it does not have."""

from __future__ import annotations

import tempfile
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from bot.backup import sqlite_snapshot
from bot.backup.backup_facts import BackupDeclined, BackupFacts, BackupStore, StoredBackup
from bot.backup.file_store import disk_errors
from bot.program_name import command_line


class BackupOutcome(StrEnum):
    """The outcome of a backup; a label of the metric."""

    STORED = "stored"
    UNCHANGED = "unchanged"  # the stored backup is equal
    DECLINED = "declined"  # the stored backup has data that the database does not have
    FAILED = "failed"


def take_backup(
    database: Path, store: BackupStore, place: object, now: datetime, *, replace: bool = False
) -> tuple[BackupOutcome, BackupFacts]:
    """Copy the database and store the copy, unless the stored backup is equal.

    Args:
        replace: also overwrite a backup with data that this database does not have.

    Raises:
        BackupDeclined: the stored backup has data that this database does not have.
        BackupFailed
    """
    with (
        disk_errors("written", Path(tempfile.gettempdir())),
        tempfile.TemporaryDirectory(prefix="eco-backup-") as folder,
    ):
        copy = Path(folder) / "copy.db"
        sqlite_snapshot.copy(database, copy)
        facts = sqlite_snapshot.read_facts(copy, now)
        there = store.current()
        if there is not None and not replace:
            _check_continues(copy, facts, there, place)
        if there is not None and there.facts is not None and there.facts.sha256 == facts.sha256:
            return BackupOutcome.UNCHANGED, there.facts
        store.put(copy, facts, there)
        return BackupOutcome.STORED, facts


def _check_continues(copy: Path, facts: BackupFacts, there: StoredBackup, place: object) -> None:
    """Raise `BackupDeclined` unless the database has every audit event of the stored backup, or tells of its deletion.

    So a good backup is not overwritten by the empty database after a lost disk, by one that was begun anew since, or
    by that of another bot.
    """
    if there.facts is None:
        raise BackupDeclined(
            f"What is at {place} is no backup of this bot; it is left alone. --replace writes over it."
        )
    if sqlite_snapshot.continues(copy, there.facts):
        return
    raise BackupDeclined(
        f"The backup at {place} ({there.facts}) holds what this database ({facts.enrollments} enrollments) does not; "
        f"it is left alone. To bring it back, stop the bot and run: {command_line(f'restore {place}')}"
        f"{' --replace' if facts.enrollments else ''}. To give it up: {command_line(f'backup {place} --replace')}."
    )
