"""What a process has once, however many workspaces it serves: its database, metrics, backups and texts."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.backup import sqlite_snapshot
from bot.backup.backup_schedule import BackupSchedule
from bot.clock import Ticker
from bot.domain.schedule import Clock
from bot.presentation import texts, vendor_pages
from bot.process_metrics import ProcessMetrics
from bot.repository.database import Database, DatabaseUnusable
from bot.repository.schema_upgrade import outlived
from bot.settings import Settings
from bot.telemetry.metrics import WorkspaceMetrics
from bot.use_cases import Portfolios

log = logging.getLogger(__name__)

#: Seconds that a stop waits at most for the last backup.
_LAST_BACKUP = 3.0


class CannotStart(Exception):
    """The process cannot serve anybody; the message gives a remedy."""


class ProcessParts:
    """The parts of one process; `close` ends them.

    Attributes:
        metrics: of delivery, enrollments, backups, Slack's API and the database.
        other_workspaces: counts requests of workspaces that are not served, and messages that nobody sends.
        has_backups: whether the database is backed up to S3.
        outlived: why this process cannot go on beside a newer version; None if it can.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.database = Database(settings.database_url, settings.db_pool, events=settings.webhook_url is not None)
        self.metrics = ProcessMetrics(self.database, Portfolios(self.database, clock), clock)
        self.other_workspaces = WorkspaceMetrics()
        self.outlived: str | None = None
        self._tick, self._backup_every = settings.tick, settings.backup_every
        vendor_pages.use(settings.docs_url, settings.support_email)
        texts.use_templates(settings.templates, self.metrics.template_faults)
        self._backups: BackupSchedule | None = None
        if settings.backup_s3 is not None:
            file = sqlite_snapshot.database_file(self.database)
            self._backups = BackupSchedule(file, settings.backup_s3, clock.now, self.metrics.count_backup)

    @property
    def has_backups(self) -> bool:
        """Whether the database is backed up to S3."""
        return self._backups is not None

    def run_by(self, ticker: Ticker, failed: Callable[[str], None]) -> None:
        """Have the clock take the backups, where the settings ask for them, and watch the database's schema.

        Args:
            failed: told, once, that a newer version has migrated the database so that this process cannot go on.
        """
        if self._backups is not None:
            ticker.every(self._backup_every, "backup", self._backups.back_up)
        ticker.every(self._tick, "schema", lambda: self._watch_schema(failed))

    def _watch_schema(self, failed: Callable[[str], None]) -> None:
        if self.outlived is not None:
            return
        with self.database.read() as connection:
            self.outlived = outlived(connection)
        if self.outlived is not None:
            failed(self.outlived)

    def problems(self, others: Callable[[], list[str]] = list) -> list[str]:
        """Why the process cannot serve anybody, a sentence each.

        Args:
            others: gives further sentences; it may read the database.
        """
        sentences = [self.outlived] if self.outlived is not None else []
        try:
            self.database.check()
            sentences += others()
        except DatabaseUnusable as error:
            sentences.append(str(error))
        except Exception as error:
            log.warning("the database does not answer", exc_info=error)
            sentences.append("The database does not answer.")
        return sentences

    def close(self, timeout: float) -> None:
        """Take a last backup within `timeout` seconds, and close the database."""
        if self._backups is not None:
            self._backups.back_up_before_exit(min(_LAST_BACKUP, max(0.0, timeout)))
        self.database.close()
