"""Brings a backup back in the place of the database: whole or not at all, whenever the process dies."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.backup import sqlite_snapshot
from bot.backup.backup_facts import BackupFailed, Declined, Facts, Store
from bot.backup.file_store import beside, sync, told
from bot.delivery import after_restore
from bot.repository.database import Database, DatabaseUnusable

#: Seconds that a lock is waited for: a bot that runs keeps its own.
_PATIENCE = 2.0
_BESIDE = ("-wal", "-shm")


def restore(
    target: Path, store: Store, place: object, now: datetime, *, replace: bool = False
) -> tuple[Facts, Path | None]:
    """Put the backup in the place of the database; give what it holds, and where the old database went.

    Args:
        replace: also where the database has enrollments; it is kept under another name then.

    Raises:
        Declined: the database has enrollments.
        BackupFailed: the backup cannot be had or is not sound, or a bot is running; the database is as it was.
    """
    keep = _must_be_kept(target, replace)
    with told("written", target.parent):
        for left in target.parent.glob(f"{target.name}.restoring-*"):  # by a restore that was killed
            left.unlink(missing_ok=True)
        fresh = beside(target, "restoring")
        try:
            said = store.get(fresh)
            sqlite_snapshot.check_whole(fresh)
            facts = sqlite_snapshot.examine(fresh, said.made_at if said else now)
            sqlite_snapshot.check_schema(facts, f"The backup at {place}")
            _make_ready(fresh, now)
            return said or facts, _put_in_place(fresh, target, keep, now)
        except BackupFailed as error:  # people know the backup by its own name
            raise type(error)(str(error).replace(str(fresh), str(place))) from error
        finally:
            for path in (fresh, *(_with_ending(fresh, ending) for ending in _BESIDE)):
                path.unlink(missing_ok=True)


def _must_be_kept(target: Path, replace: bool) -> bool:
    """Whether there is something to keep; an unreadable file is kept, too, for whoever can mend it."""
    try:
        if sqlite_snapshot.is_blank(target):
            return False
        what = "has enrollments" if _is_ours(target) else "is a database of something else"
    except BackupFailed as error:
        what = f"cannot be read ({error})"
    if not replace:
        raise Declined(
            f"{target} {what}; it is left alone. With --replace the backup takes its place, and it is kept "
            "under another name."
        )
    return True


def _is_ours(target: Path) -> bool:
    with sqlite_snapshot.reading(target) as connection:
        return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'enrollments'").fetchone() is not None


def _make_ready(fresh: Path, now: datetime) -> None:
    """Bring the copy to this version's schema and tell it that time went by, before anybody depends on it."""
    database = Database(make_url("sqlite://").set(database=str(fresh)))
    try:
        database.migrate()
        with database.write() as connection:
            after_restore.mark_possibly_sent(connection, now)
    except (DatabaseUnusable, SQLAlchemyError) as error:
        raise BackupFailed(f"The backup cannot be brought to this version's schema: {error}") from error
    finally:
        database.close()
    with closing(sqlite3.connect(fresh)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")  # all in one file again
    sync(fresh)


def _put_in_place(fresh: Path, target: Path, keep: bool, now: datetime) -> Path | None:
    kept = target.with_name(f"{target.name}.before-restore-{now:%Y%m%dT%H%M%SZ}") if keep else None
    if target.exists():
        shutil.copymode(target, fresh)
    with _alone_with(target, kept):
        if kept is not None:
            os.link(target, kept)
        # A -wal that is left beside it would be taken for the new file's own; now there is none.
        os.replace(fresh, target)  # noqa: PTH105 - the call that is atomic, by its own name
        sync(target.parent)
    return kept


@contextmanager
def _alone_with(target: Path, kept: Path | None) -> Iterator[None]:
    """Nobody else has the database open meanwhile, and all of it is in its one file."""
    if not target.exists():
        _put_aside(target, None)
        yield
        return
    with closing(sqlite3.connect(target, timeout=_PATIENCE, isolation_level=None)) as connection:
        try:
            # Leaving WAL needs the database for oneself, empties the -wal into it and removes it.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            code = error.sqlite_errorcode & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise BackupFailed(f"Another process has {target} open: stop the bot first.") from error
            if code not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise BackupFailed(f"{target} cannot be opened: {error}.") from error
            _put_aside(target, kept)
        yield


def _put_aside(target: Path, kept: Path | None) -> None:
    """Take away what lies beside something that is no database, keeping it with that."""
    for ending in _BESIDE:
        path = _with_ending(target, ending)
        if path.exists():
            path.rename(_with_ending(kept, ending)) if kept is not None else path.unlink()


def _with_ending(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
