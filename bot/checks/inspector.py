"""The AWS checks by boto3, behind the protocol `AwsInspector`: the preflight, and the delivered files."""

from __future__ import annotations

import logging
from datetime import UTC, date
from typing import TYPE_CHECKING

from bot.checks.bounded_threads import BoundedThreadPool, Deadline
from bot.domain.aws import cost_problems, crawlers, deliveries, extraction, rules
from bot.domain.aws.calls import Call
from bot.domain.aws.check_sets import CRAWLER, DELIVERED, EXTRACTED
from bot.domain.aws.costs import MonthlyCosts
from bot.domain.aws.facts import Unseen
from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Target
from bot.domain.schedule import Clock

if TYPE_CHECKING:
    from bot.checks.account_snapshot import SnapshotReader

log = logging.getLogger(__name__)

#: Seconds after which a check ends, whatever AWS does; the documentation promises 20.
LIMIT = 18.0
#: Threads of all checks together: enough for three preflights at a time, others wait.
THREADS = 48


class BotoInspector:
    """Implements `AwsInspector` by calls of AWS.

    Args:
        role: ECO_AWS_ROLE, the name or the ARN of the role to assume in a management account; None for none.
        endpoint: an endpoint for all services; None for those of AWS, or AWS_ENDPOINT_URL.
        limit: the most seconds that a check takes.
    """

    def __init__(self, role: str | None, clock: Clock, *, endpoint: str | None = None, limit: float = LIMIT) -> None:
        self._role = role
        self._clock = clock
        self._endpoint = endpoint
        self._limit = limit
        self._pool = BoundedThreadPool(THREADS)

    def preflight(self, target: Target) -> CheckReport:
        """Check all that is in the target's set of checks."""
        special = {DELIVERED: self._delivery, CRAWLER: self._crawler}
        return special.get(target.checks, self._account)(target)

    def _account(self, target: Target) -> CheckReport:
        reader = self._reader(target)
        snapshot = reader.read_all()
        self._log_unfinished(reader, target)
        judge = extraction.judge if target.checks == EXTRACTED else rules.judge
        return judge(snapshot, target, self._clock.now(), self._role)

    def _delivery(self, target: Target) -> CheckReport:
        from bot.checks.delivery_queries import delivery  # noqa: PLC0415 - see `_reader`

        reader = self._reader(target)
        identity, found = reader.read_one(
            Call.FILES, lambda access: delivery(access, target.bucket or "", target.account_id)
        )
        self._log_unfinished(reader, target)
        return deliveries.judge(identity, found, target, self._clock.now(), self._role)

    def _crawler(self, target: Target) -> CheckReport:
        from bot.checks.crawler_queries import facts  # noqa: PLC0415 - see `_reader`

        there = crawlers.where(target)
        names, reader = (crawlers.crawler_name(there), crawlers.stack_name(there)), self._reader(there)
        identity, found = reader.read_one(Call.CRAWLER, lambda access: facts(access, *names))
        self._log_unfinished(reader, there)
        return crawlers.judge(identity, found, there, self._clock.now(), self._role)

    def delivered_files(self, target: Target) -> DeliveredFiles:
        """Count the delivered files, as far as that goes without the rest of the preflight."""
        if target.checks == DELIVERED:
            report = self._delivery(target)
            return report.delivered or DeliveredFiles(problem=rules.problem(report.findings))
        reader = self._reader(target)
        snapshot = reader.read_files()
        self._log_unfinished(reader, target)
        count = extraction.delivered_files if target.checks == EXTRACTED else rules.delivered_files
        return count(snapshot, target, self._clock.now(), self._role)

    def monthly_costs(self, target: Target, month: date) -> MonthlyCosts:
        """The unblended costs of a month by account, from Cost Explorer."""
        from bot.checks.cost_queries import monthly_costs  # noqa: PLC0415 - see `_reader`

        reader = self._reader(target)
        identity, found = reader.read_one(Call.COSTS, lambda access: monthly_costs(access, month))
        self._log_unfinished(reader, target)
        if isinstance(found, Unseen):
            return MonthlyCosts(month, problem=cost_problems.why_not(identity, found, target.account_id, self._role))
        return found

    def watch(self, target: Target) -> CheckReport:
        """Check the last delivery, the newest files and the role: about six calls, ten for a delivery of an MSP."""
        if target.checks == DELIVERED:
            return deliveries.watched(self._delivery(target))
        reader = self._reader(target)
        snapshot = reader.read_watched()
        self._log_unfinished(reader, target)
        judge = extraction.watched if target.checks == EXTRACTED else rules.watched
        return judge(snapshot, target, self._clock.now(), self._role)

    def running(self) -> tuple[str, ...]:
        """The names of the calls that are running; after a check, those that have not ended by its deadline."""
        return self._pool.running()

    def _reader(self, target: Target) -> SnapshotReader:
        # boto3 takes longer to import than all the rest of the bot, and most processes never need it.
        from bot.checks.account_snapshot import SnapshotReader  # noqa: PLC0415 - see above

        role, today = self._arn(target.account_id), self._clock.now().astimezone(UTC).date()
        return SnapshotReader(target, role, self._endpoint, self._pool, Deadline(self._limit), today)

    def _arn(self, account_id: str) -> str | None:
        if self._role is None or self._role.startswith("arn:"):
            return self._role
        return f"arn:aws:iam::{account_id}:role/{self._role.lstrip('/')}"

    def _log_unfinished(self, reader: SnapshotReader, target: Target) -> None:
        if calls := reader.unfinished():
            log.warning("AWS check of %s: gave up waiting for %s", target.account_id, ", ".join(calls))
