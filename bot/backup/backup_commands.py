"""The commands `backup`, `restore` and `restored` of the command line; each gives an exit code and a message."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from bot.backup import sqlite_snapshot
from bot.backup.backup_facts import BackupFailed
from bot.backup.file_store import store_for
from bot.backup.restore import restore
from bot.backup.take_backup import BackupOutcome, take_backup
from bot.delivery.outbox import mark_possibly_sent
from bot.domain.errors import InvalidInput
from bot.domain.schedule import Clock
from bot.program_name import command_line
from bot.repository.database import Database, DatabaseUnusable
from bot.repository.existing_database import open_existing
from bot.settings import Settings
from bot.settings.backup_place import S3Place, parse_place

DONE, BROKEN, WRONG = 0, 1, 2


def run(
    command: str, where: str | None, settings: Settings, clock: Clock, *, replace: bool, if_empty: bool
) -> tuple[int, str]:
    """Run `backup` or `restore`; returns the exit code and a message.

    Args:
        where: the place of the backup; None for ECO_BACKUP_S3.
        replace: overwrite a backup, or a database, whose content would be lost.
        if_empty: succeed without a restore where the database has enrollments or installations, or there is no backup.
    """
    try:
        database = Database(settings.database_url, pool=1)
    except DatabaseUnusable as fault:
        return WRONG, str(fault)
    try:
        place = parse_place(where) if where is not None else settings.backup_s3
        if place is None:
            raise InvalidInput(f"Say where: {command_line(command)} s3://bucket/key, or set ECO_BACKUP_S3.")
        file = sqlite_snapshot.database_file(database)
        if isinstance(place, Path):
            _require_another_file(place, file)
        if command == "backup":
            return DONE, _backup(file, place, clock, replace=replace)
        return DONE, _restore(file, place, clock, replace=replace, if_empty=if_empty)
    except InvalidInput as wrong:
        return WRONG, str(wrong)
    except BackupFailed as failed:
        return BROKEN, str(failed)
    finally:
        database.close()


def mark_restored(settings: Settings, clock: Clock) -> tuple[int, str]:
    """Run `restored`: mark what may have been sent since the backup that pg_restore brought back."""
    try:
        with closing(open_existing(settings.database_url)) as database:
            database.migrate()
            with database.write() as connection:
                mark_possibly_sent(connection, clock.now())
    except DatabaseUnusable as fault:
        return BROKEN, str(fault)
    return DONE, "The bot will look for messages that may have been sent since the backup before it posts them again."


def _require_another_file(place: Path, database: Path) -> None:
    """Raise `InvalidInput` for the database itself, also by a link: a running bot would go on in a deleted file."""
    own = database.resolve()
    if place.resolve() in (own, *(own.with_name(f"{own.name}{end}") for end in ("-wal", "-shm"))) or (
        place.exists() and database.exists() and place.samefile(database)
    ):
        raise InvalidInput(f"{place} is the database itself: name another file.")
    if place.is_dir():
        raise InvalidInput(f"{place} is a folder: name a file in it.")


def _backup(file: Path, place: S3Place | Path, clock: Clock, *, replace: bool) -> str:
    outcome, facts = take_backup(file, store_for(place), place, clock.now(), replace=replace)
    if outcome is BackupOutcome.UNCHANGED:
        return f"Nothing has changed since the backup at {place} ({facts})."
    return f"Backed up to {place}: {facts}."


def _restore(file: Path, place: S3Place | Path, clock: Clock, *, replace: bool, if_empty: bool) -> str:
    store = store_for(place)
    if if_empty:
        if not sqlite_snapshot.is_blank(file):
            return f"{file} has enrollments or installations: nothing to restore."
        if store.current() is None:
            return f"There is no backup at {place} yet: nothing to restore."
    facts, kept = restore(file, store, place, clock.now(), replace=replace)
    where = f" What was there before is kept as {kept}." if kept is not None else ""
    return f"Restored {file} from {place}: {facts}.{where}"
