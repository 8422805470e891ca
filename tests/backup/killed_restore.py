"""Restores a backup in forked processes, each killed at its nth file operation; run by test_restore.py.

Arguments: the database, the backup, the number to begin at. For each number a fork restores and dies; after each, a
line is printed and one is waited for, so that the test can look and put the old database back. Ends with "whole"
when a restore came to its end.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.backup.file_store import FileStore
from bot.backup.restore import restore
from bot.repository.database import Database

#: What Python tells of before it does it; SQLite's own work lies between these.
EVENTS = {"open", "os.rename", "os.remove", "os.link", "os.chmod", "sqlite3.connect"}


def main(target: Path, backup: Path) -> None:
    """Fork and kill until a restore completes."""
    for nth in range(1, 1000):
        child = os.fork()
        if child == 0:
            _restore(target, backup, nth)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            print("whole" if os.waitstatus_to_exitcode(status) == 0 else "failed", flush=True)
            return
        print(nth, flush=True)
        sys.stdin.readline()


def _restore(target: Path, backup: Path, nth: int) -> None:
    left = [nth]

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event in EVENTS and str(target.parent) in str(args[0]):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    restore(target, FileStore(backup), backup, datetime.now(UTC), replace=True)
    os._exit(0)


if __name__ == "__main__":
    Database("sqlite:///unused.db").close()  # imported before the forks
    main(Path(sys.argv[1]), Path(sys.argv[2]))
