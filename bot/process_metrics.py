"""The metrics of one process: counts what happens, and looks up what stands in the database when they are read."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError

from bot.backup.take_backup import BackupOutcome
from bot.delivery import channel_leases
from bot.domain.schedule import Clock
from bot.repository.database import Database
from bot.repository.portfolio_figures import together
from bot.telemetry.metrics import BackupMetrics, DeliveryMetrics, OutsideMetrics, TemplateMetrics
from bot.telemetry.portfolio_metrics import PortfolioMetrics
from bot.use_cases import Portfolios

log = logging.getLogger(__name__)


class ProcessMetrics:
    """The metrics of delivery, enrollments, backups, Slack's API and the database.

    Attributes:
        called, delivered, template_faults: count a call of Slack, a message that was processed, and texts of an
            operator that could not be used.
    """

    def __init__(self, database: Database, portfolios: Portfolios, clock: Clock) -> None:
        self._database = database
        self._portfolios = portfolios
        self._clock = clock
        self._outside = OutsideMetrics()
        self._delivery = DeliveryMetrics()
        self._backup = BackupMetrics(BackupOutcome)
        self._enrollments = PortfolioMetrics()
        self._templates = TemplateMetrics()
        self.template_faults = self._templates.faults
        self.called, self.delivered = self._outside.called, self._delivery.delivered
        event.listen(database.engine, "handle_error", self._count_database_error)

    def count_backup(self, outcome: BackupOutcome, at: datetime) -> None:
        """Count a backup that was taken at a time."""
        stored = outcome in (BackupOutcome.STORED, BackupOutcome.UNCHANGED)
        self._backup.taken(outcome, at if stored else None)

    def render(self, workspaces: Sequence[str], *, backups: bool) -> str:
        """The metrics in Prometheus' text format, over these workspaces; those of backups where there are any."""
        try:
            now = self._clock.now()
            with self._database.read() as connection:
                rows = [channel_leases.waiting_rows(connection, workspace, now) for workspace in workspaces]
            oldest = max((each.oldest for each in rows), default=timedelta())
            due, aside = sum(each.due for each in rows), sum(each.put_aside for each in rows)
            self._delivery.due(due, oldest.total_seconds(), aside)
            found = together(map(self._portfolios.figures, workspaces))
            self._enrollments.show(
                found.by_step, found.party_days, found.late, found.blocked, found.broken, found.oldest_days
            )
        except SQLAlchemyError as error:  # the other metrics are needed most then
            log.warning("due messages and enrollments cannot be counted: %s", error)
            self._delivery.due(math.nan, math.nan, math.nan)
            self._enrollments.unknown()
        parts = [
            self._delivery,
            self._enrollments,
            self._outside,
            self._templates,
            *([self._backup] if backups else []),
        ]
        return "".join(part.render() for part in parts)

    def _count_database_error(self, context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception or context.original_exception
        self._outside.database_error(type(error).__name__)
