"""Stores a backup in a file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bot.backup import sqlite_snapshot
from bot.backup.backup_facts import BackupFacts, BackupFailed, BackupStore, StoredBackup
from bot.backup.s3_store import S3Store
from bot.repository.private_files import create_private
from bot.settings.backup_place import S3Place


def store_for(place: S3Place | Path) -> BackupStore:
    """The store for a place: S3 or a file."""
    return S3Store(place) if isinstance(place, S3Place) else FileStore(place)


class FileStore:
    """Stores a backup in one file. Its facts are read from the database in it, so any copy of one will do."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def current(self) -> StoredBackup | None:
        """See `BackupStore`."""
        if not self._file.exists():
            return None
        with disk_errors("read", self._file):
            status = self._file.stat()
        version = f"{status.st_ino}:{status.st_mtime_ns}:{status.st_size}"
        try:
            return StoredBackup(
                sqlite_snapshot.read_facts(self._file, datetime.fromtimestamp(status.st_mtime, UTC)), version
            )
        except BackupFailed:
            return StoredBackup(None, version)

    def put(self, copy: Path, facts: BackupFacts, replacing: StoredBackup | None) -> None:
        """See `BackupStore`. Atomic: a reader gets the old or the new file, complete."""
        with disk_errors("written", self._file):
            fresh = temporary_path(self._file, "writing")
            try:
                create_private(fresh)
                shutil.copyfile(copy, fresh)
                flush_to_disk(fresh)
                if sqlite_snapshot.sha256_of(fresh) != facts.sha256:
                    raise BackupFailed(f"What was written to {fresh} is not what was copied.")
                os.replace(fresh, self._file)  # noqa: PTH105 - documented as atomic
                flush_to_disk(self._file.parent)
            finally:
                fresh.unlink(missing_ok=True)

    def get(self, into: Path) -> BackupFacts | None:
        """See `BackupStore`."""
        if not self._file.is_file():
            raise BackupFailed(f"There is no backup at {self._file}.")
        # By SQLite, so that the content of a -wal file is copied, too.
        sqlite_snapshot.copy(self._file, into)
        return None


def temporary_path(file: Path, what: str) -> Path:
    """A new name in the same folder, hence on the same disk."""
    return file.with_name(f"{file.name}.{what}-{uuid4().hex[:8]}")


def flush_to_disk(path: Path) -> None:
    """Flush a file, or a folder's entries, to the disk (fsync)."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def disk_errors(verb: str, file: Path) -> Iterator[None]:
    """Turn the errors of the operating system into `BackupFailed`.

    Raises:
        BackupFailed
    """
    try:
        yield
    except OSError as error:
        raise BackupFailed(f"{file} cannot be {verb}: {error.strerror or error}.") from error
