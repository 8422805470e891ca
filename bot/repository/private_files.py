"""Files that only their owner can read: they hold customers' addresses."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

#: Files that SQLite puts beside a database.
BESIDE = ("-wal", "-shm", "-journal")


def create_private(file: Path) -> None:
    """Create an empty file that only its owner can read and write, unless it exists.

    SQLite gives the files beside a database the same rights. One that exists is not opened: closing it would release
    every lock that this process holds on it.
    """
    if file.exists():
        return
    # Whoever writes it next says better why it cannot be created.
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def make_private(file: Path) -> None:
    """Take away everybody else's rights to a file and to those beside it, where they are this user's."""
    for path in (file, *(file.with_name(file.name + ending) for ending in BESIDE)):
        if path.exists() and path.stat().st_uid == os.geteuid() and path.stat().st_mode & 0o077:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o700)
