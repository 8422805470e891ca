"""Hourly looks into AWS: for the first files while an enrollment waits for them, and whether it works after that.

The clock calls `tick` every few seconds, which mostly does nothing: the database is asked once a minute for the
enrollments that are due. Each check is claimed there, so that several processes share the work and report the first
file once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from datetime import datetime, timedelta

from bot.delivery import outbox_writer
from bot.domain import aws_events
from bot.domain.aws.preflight import AwsInspector, CheckReport, DeliveredFiles, Target
from bot.domain.aws_events import BOT
from bot.domain.enrollment import Enrollment
from bot.domain.errors import UnknownEnrollment
from bot.domain.schedule import Clock
from bot.repository import check_results, enrollment_reader
from bot.repository.check_results import CheckKind
from bot.repository.database import Connection, Database
from bot.telemetry.log_context import note
from bot.use_cases.confirmations import last_report

log = logging.getLogger(__name__)

#: How often an enrollment's bucket is checked.
_INTERVAL = timedelta(hours=1)
#: How often the database is asked which enrollments are due.
_POLL_INTERVAL = timedelta(minutes=1)
#: How many checks are queued at most; the others follow with the next poll.
_MAX_QUEUED = 50
#: How many watches a poll starts at most, so that AWS is asked evenly: 1,500 an hour, with about six calls each.
WATCHES_A_POLL = 25
_HOUR = timedelta(hours=1)
#: Seconds between the looks at enrollments that started one after the other; it has no factor in common with an hour.
_STEP = 2221


class FileWatch:
    """Checks buckets for files, and connected accounts, in the threads of a pool.

    Args:
        always: also check where no preflight has seen a bucket, because the bot has a role of its own (ECO_AWS_ROLE).
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        aws: AwsInspector,
        pool: Executor,
        wake: Callable[[], None],
        *,
        always: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self._aws = aws
        self._pool = pool
        self._wake = wake
        self._always = always
        self._polled_at: datetime | None = None
        self._polling = False
        self._queued: set[tuple[CheckKind, int]] = set()
        self._mutex = threading.Lock()

    def tick(self, workspace: str) -> None:
        """Queue the checks of a workspace's enrollments that are due, in another thread, at most once a minute."""
        note(workspace=workspace)
        now = self._clock.now()
        with self._mutex:
            # After the clock was set back, the last poll lies in the future.
            recently = self._polled_at is not None and timedelta() <= now - self._polled_at < _POLL_INTERVAL
            if recently or self._polling:
                return
            self._polled_at, self._polling = now, True
        if not self._submit(self._queue_due, workspace):
            self._polling = False

    def run_once(self, workspace: str) -> int:
        """Check every enrollment that is due, in this thread; return how many were checked."""
        return sum(self._check(workspace, *due) for due in self._due(workspace, _MAX_QUEUED))

    def _queue_due(self, workspace: str) -> None:
        try:
            with self._mutex:
                room = _MAX_QUEUED - len(self._queued)
            for due in self._due(workspace, max(0, room)):
                with self._mutex:
                    is_new = due not in self._queued
                    self._queued.add(due)
                if is_new and not self._submit(self._check_queued, workspace, *due):
                    return
        except Exception:
            log.exception("cannot find the enrollments that wait for files or are watched")
        finally:
            self._polling = False

    def _submit(self, work: Callable[..., None], *arguments: object) -> bool:
        """Run something in the pool; return False if the process is stopping."""
        try:
            self._pool.submit(copy_context().run, work, *arguments)
        except RuntimeError as error:
            log.info("the file watch has stopped: %s", error)
            return False
        return True

    def _check_queued(self, workspace: str, kind: CheckKind, enrollment_id: int) -> None:
        note(enrollment=enrollment_id, workspace=workspace)
        try:
            self._check(workspace, kind, enrollment_id)
        except Exception:
            log.exception("the hourly check of enrollment %s failed", enrollment_id)
        finally:
            with self._mutex:
                self._queued.discard((kind, enrollment_id))

    def _due(self, workspace: str, limit: int) -> list[tuple[CheckKind, int]]:
        """The checks that are due: those of enrollments that wait come first."""
        now, found = self._clock.now(), list[tuple[CheckKind, int]]()
        with self._database.read() as connection:
            for kind, most in ((CheckKind.DELIVERED_FILES, limit), (CheckKind.WATCH, WATCHES_A_POLL)):
                room = min(most, limit - len(found))
                due = check_results.due(connection, kind, workspace, now, room, always=self._always)
                found += [(kind, enrollment_id) for enrollment_id in due]
        return found

    def _check(self, workspace: str, kind: CheckKind, enrollment_id: int) -> bool:
        """Claim a check of one enrollment, do it, store the result; return False if there was nothing to claim."""
        target = self._claim(workspace, kind, enrollment_id)
        if target is None:
            return False
        delivered = self._aws.delivered_files(target) if kind is CheckKind.DELIVERED_FILES else None
        report = self._aws.watch(target) if delivered is None else None
        with self._database.write() as connection:
            before = enrollment_reader.load(connection, workspace, enrollment_id, lock=True)
            now = self._clock.now()
            if delivered is not None:
                is_news = save_delivered_files(connection, before, delivered, now)
            else:
                is_news = report is not None and save_watch(connection, before, report, now)
        if is_news:
            self._wake()
        return True

    def _claim(self, workspace: str, kind: CheckKind, enrollment_id: int) -> Target | None:
        now, watched = self._clock.now(), kind is CheckKind.WATCH
        until = next_watch(enrollment_id, now) if watched else now + _INTERVAL
        with self._database.write() as connection:
            try:
                enrollment = enrollment_reader.load(connection, workspace, enrollment_id)
            except UnknownEnrollment:
                return None
            if not (aws_events.is_watched(enrollment) if watched else aws_events.waits_for_files(enrollment)):
                return None
            if check_results.claim(connection, enrollment_id, kind, BOT, now, until) is not None:
                return None
            report = last_report(connection, enrollment, None)
            seen = check_results.last_files(connection, enrollment_id)
        bucket = enrollment.value("bucket") or (report.bucket if report else None)
        role = enrollment.value("role_arn") or (report.role_arn if report else None)
        checks = enrollment.procedure.checks_from(None)
        return Target(enrollment.account_id, enrollment.external_id, role, bucket, seen=seen, checks=checks)


def save_delivered_files(connection: Connection, before: Enrollment, delivered: DeliveredFiles, now: datetime) -> bool:
    """Store the result of a file check; announce the first files, once. Return whether they were announced."""
    check_results.save(connection, before.id, CheckKind.DELIVERED_FILES, BOT, now, delivered.to_json())
    change = aws_events.first_file_arrived(before, delivered, now)
    if change is None:
        return False
    outbox_writer.save_with_outbox(connection, before, change)
    return True


def save_watch(connection: Connection, before: Enrollment, report: CheckReport, now: datetime) -> bool:
    """Store the result of a watch; tell once that something broke, and once that it works again.

    Returns:
        Whether something was told.
    """
    last = check_results.last(connection, before.id, CheckKind.WATCH)
    since = last.found.get("unseen_since") if last else None
    unseen_since = (datetime.fromisoformat(since) if since else now) if aws_events.unseen(report) else None
    found = {"report": report.to_json(), "unseen_since": unseen_since.isoformat() if unseen_since else None}
    check_results.save(connection, before.id, CheckKind.WATCH, BOT, now, found)
    change = aws_events.watched(before, report, unseen_since, now)
    if change is None:
        return False
    outbox_writer.save_with_outbox(connection, before, change)
    return True


def next_watch(enrollment_id: int, now: datetime) -> datetime:
    """When an enrollment is watched next: at its own second of each hour, which spreads the looks over the hour.

    A look that comes late does not move the others: the next one is at least half an hour away.
    """
    second = timedelta(seconds=enrollment_id * _STEP % 3600)
    soonest = now + _HOUR / 2
    at = soonest.replace(minute=0, second=0, microsecond=0) + second
    return at if at >= soonest else at + _HOUR
