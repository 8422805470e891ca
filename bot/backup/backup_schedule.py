"""Backups of a running bot: at an interval, and once more when the process stops."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.backup.backup_facts import BackupDeclined, BackupFailed, BackupStore
from bot.backup.file_store import store_for
from bot.backup.take_backup import BackupOutcome, take_backup
from bot.settings.backup_place import S3Place

log = logging.getLogger(__name__)

#: Called with the outcome and the time of each backup, for the metrics.
Count = Callable[[BackupOutcome, datetime], None]


class BackupSchedule:
    """Takes the backups of one process; a failure is logged and counted, and the next backup is tried as usual.

    Args:
        file: the database.
        count: called after every backup.
    """

    def __init__(
        self, file: Path, place: S3Place, now: Callable[[], datetime], count: Count, store: BackupStore | None = None
    ) -> None:
        self._file = file
        self._place = place
        self._now = now
        self._count = count
        self._store = store or store_for(place)
        self._turn = threading.Lock()
        self._begun = False

    def back_up(self) -> BackupOutcome:
        """Take a backup, after a running one has ended."""
        with self._turn:
            self._begun = True
            now = self._now()
            outcome = BackupOutcome.FAILED
            try:
                outcome, facts = take_backup(self._file, self._store, self._place, now)
                log.info("backup at %s: %s (%s)", self._place, outcome, facts)
            except BackupDeclined as declined:
                outcome = BackupOutcome.DECLINED
                log.warning("%s", declined)
            except BackupFailed as failed:
                log.error("no backup could be taken: %s", failed)  # noqa: TRY400 - the message says it all
            finally:
                self._count(outcome, now)
            return outcome

    def back_up_before_exit(self, timeout: float) -> None:
        """Take a last backup, within `timeout` seconds; does nothing where none has been taken yet."""
        if not self._begun:
            return
        # A daemon thread, so that a backup that hangs does not keep the process from exiting.
        taking = threading.Thread(target=self.back_up, name="last backup", daemon=True)
        taking.start()
        taking.join(timeout)
        if taking.is_alive():
            log.warning("there was no time to finish the last backup; changes since the one before are not in it")
