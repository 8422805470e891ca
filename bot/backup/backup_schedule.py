"""The backups of a bot in service: every so often, once more at an orderly stop, never in anybody's way."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.backup.backup_facts import BackupFailed, Declined, Store
from bot.backup.file_store import store_at
from bot.backup.take_backup import BackupOutcome, take
from bot.settings.backup_place import S3Place

log = logging.getLogger(__name__)

#: Told what became of a backup, and when, for the metrics.
Count = Callable[[BackupOutcome, datetime], None]


class BackupSchedule:
    """Takes the backups of one process; a failing one is logged and counted, and the next one comes.

    Args:
        file: the database.
        count: told of every backup.
    """

    def __init__(
        self, file: Path, place: S3Place, now: Callable[[], datetime], count: Count, store: Store | None = None
    ) -> None:
        self._file = file
        self._place = place
        self._now = now
        self._count = count
        self._store = store or store_at(place)
        self._turn = threading.Lock()
        self._begun = False

    def back_up(self) -> BackupOutcome:
        """Take one backup; waits for a running one."""
        with self._turn:
            self._begun = True
            now = self._now()
            outcome = BackupOutcome.FAILED
            try:
                outcome, facts = take(self._file, self._store, self._place, now)
                log.info("backup at %s: %s (%s)", self._place, outcome, facts)
            except Declined as declined:
                outcome = BackupOutcome.DECLINED
                log.warning("%s", declined)
            except BackupFailed as failed:
                log.error("no backup could be taken: %s", failed)  # noqa: TRY400 - the sentence says it all
            finally:
                self._count(outcome, now)
            return outcome

    def last(self, timeout: float) -> None:
        """Take what has changed since the last backup along, within `timeout` seconds; nothing before the first one."""
        if not self._begun:
            return
        # A daemon: what hangs longer than that must not keep the process.
        taking = threading.Thread(target=self.back_up, name="last backup", daemon=True)
        taking.start()
        taking.join(timeout)
        if taking.is_alive():
            log.warning("there was no time to finish the last backup; changes since the one before are not in it")
