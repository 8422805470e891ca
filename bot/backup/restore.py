"""Restores a backup in place of the database, atomically: a killed process leaves the old or the new one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.backup import sqlite_snapshot
from bot.backup.backup_facts import BackupDeclined, BackupFacts, BackupFailed, BackupStore
from bot.backup.file_store import disk_errors, flush_to_disk, temporary_path
from bot.delivery.outbox import mark_possibly_sent
from bot.repository.database import Database, DatabaseUnusable
from bot.repository.private_files import create_private, make_private

#: Seconds to wait for a lock; a running bot does not release its own.
_PATIENCE = 2.0
_BESIDE = ("-wal", "-shm")


def restore(
    target: Path, store: BackupStore, place: object, now: datetime, *, replace: bool = False
) -> tuple[BackupFacts, Path | None]:
    """Replace the database by the backup; returns the backup's facts and the path of the old database, if it was kept.

    Args:
        replace: also if the database has enrollments or installations; it is kept under another name then.

    Raises:
        BackupDeclined: the database has enrollments or installations.
        BackupFailed: the backup cannot be read or is damaged, or a bot is running; the database is unchanged.
    """
    keep = _check_replaceable(target, replace)
    with disk_errors("written", target.parent):
        for left in target.parent.glob(f"{target.name}.restoring-*"):  # left by a killed restore
            left.unlink(missing_ok=True)
        fresh = temporary_path(target, "restoring")
        try:
            create_private(fresh)
            said = store.get(fresh)
            sqlite_snapshot.check_integrity(fresh)
            sqlite_snapshot.check_contents(fresh, place)
            facts = sqlite_snapshot.read_facts(fresh, said.made_at if said else now)
            sqlite_snapshot.check_schema(facts, f"The backup at {place}")
            _prepare(fresh, now)
            return said or facts, _replace_database(fresh, target, keep, now)
        except BackupFailed as error:  # name the backup instead of the temporary file
            raise type(error)(str(error).replace(str(fresh), str(place))) from error
        finally:
            for path in (fresh, *(_with_ending(fresh, ending) for ending in _BESIDE)):
                path.unlink(missing_ok=True)


def _check_replaceable(target: Path, replace: bool) -> bool:
    """Whether the old database must be kept; that is so for an unreadable file, too. Raises `BackupDeclined`."""
    try:
        if sqlite_snapshot.is_blank(target):
            return False
        what = "has enrollments or installations" if _is_ours(target) else "is a database of something else"
    except BackupFailed as error:
        what = f"cannot be read ({error})"
    if not replace:
        raise BackupDeclined(
            f"{target} {what}; it is left alone. With --replace the backup takes its place, and it is kept "
            "under another name."
        )
    return True


def _is_ours(target: Path) -> bool:
    with sqlite_snapshot.open_read_only(target) as connection:
        return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'enrollments'").fetchone() is not None


def _prepare(fresh: Path, now: datetime) -> None:
    """Migrate the copy to this version's schema and mark the messages that may have been sent since the backup."""
    database = Database(make_url("sqlite://").set(database=str(fresh)))
    try:
        database.migrate()
        with database.write() as connection:
            mark_possibly_sent(connection, now)
    except (DatabaseUnusable, SQLAlchemyError) as error:
        raise BackupFailed(f"The backup cannot be brought to this version's schema: {error}") from error
    finally:
        database.close()
    with closing(sqlite3.connect(fresh)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")  # back to one file
    flush_to_disk(fresh)


def _replace_database(fresh: Path, target: Path, keep: bool, now: datetime) -> Path | None:
    kept = target.with_name(f"{target.name}.before-restore-{now:%Y%m%dT%H%M%SZ}") if keep else None
    if target.exists() and os.geteuid() == 0:
        # Restored by root, the file stays the bot's.
        os.chown(fresh, target.stat().st_uid, target.stat().st_gid)
    with _exclusive_access(target, kept):
        if kept is not None:
            make_private(target)
            os.link(target, kept)
        # SQLite would apply a leftover -wal file to the new database; there is none now.
        os.replace(fresh, target)  # noqa: PTH105 - documented as atomic
        flush_to_disk(target.parent)
    return kept


@contextmanager
def _exclusive_access(target: Path, kept: Path | None) -> Iterator[None]:
    """Lock the database exclusively, with its -wal file merged into it."""
    if not target.exists():
        _move_leftovers(target, None)
        yield
        return
    with closing(sqlite3.connect(target, timeout=_PATIENCE, isolation_level=None)) as connection:
        try:
            # Leaving WAL mode needs exclusive access, checkpoints the -wal file and removes it.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            code = error.sqlite_errorcode & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise BackupFailed(f"Another process has {target} open: stop the bot first.") from error
            if code not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise BackupFailed(f"{target} cannot be opened: {error}.") from error
            _move_leftovers(target, kept)
        yield


def _move_leftovers(target: Path, kept: Path | None) -> None:
    """Remove the -wal and -shm files of something that is no database, or keep them along with it."""
    for ending in _BESIDE:
        path = _with_ending(target, ending)
        if path.exists():
            path.rename(_with_ending(kept, ending)) if kept is not None else path.unlink()


def _with_ending(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
