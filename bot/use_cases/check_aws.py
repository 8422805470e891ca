"""**Check AWS** as a use case: one look at a time for each enrollment, off the caller's thread, its result kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery import outbox_writer
from bot.domain import aws_events
from bot.domain.access import require_change
from bot.domain.aws.preflight import AwsInspector, CheckReport, DeliveredFiles, Target
from bot.domain.enrollment import Enrollment, State
from bot.domain.schedule import Clock
from bot.domain.transitions import require_state
from bot.repository import check_results, enrollment_reader
from bot.repository.check_results import CheckClaim, CheckKind
from bot.repository.database import Connection, Database
from bot.use_cases.enrollments import Caller

log = logging.getLogger(__name__)

#: What a look may take (20 s) and some waiting for a thread; after that the look of a dead process is nobody's.
LEASE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check: of which enrollment, when, by whom."""

    enrollment: Enrollment
    report: CheckReport
    at: datetime
    by: str


#: What a check comes to: a result, somebody of another process who is at it, or why there is none.
CheckOutcome = CheckResult | CheckClaim | Exception
OutcomeListener = Callable[[CheckOutcome], None]


class AwsChecks:
    """Looks at the AWS side on somebody's request; what was found is kept whether or not anybody still looks.

    Args:
        aws: who looks; None where nothing of AWS is set up.
        pool: the threads in which it is looked.
    """

    def __init__(
        self, database: Database, clock: Clock, aws: AwsInspector | None, pool: Executor, wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._clock = clock
        self._aws = aws
        self._pool = pool
        self._wake = wake
        self._running: dict[int, list[OutcomeListener]] = {}
        self._mutex = threading.Lock()

    @property
    def available(self) -> bool:
        """Whether there is anybody who can look."""
        return self._aws is not None

    def last(self, enrollment_id: int) -> CheckReport | None:
        """The newest result that was kept."""
        with self._database.read() as connection:
            return last_report(connection, enrollment_id)

    def check(self, caller: Caller, enrollment_id: int, told: OutcomeListener) -> None:
        """Begin to look, or join whoever does in this process.

        Args:
            told: called once, from any thread, with what it comes to.
        """
        with self._mutex:
            joined = enrollment_id in self._running
            self._running.setdefault(enrollment_id, []).append(told)
        if joined:
            return
        try:
            target = self._begin(caller, enrollment_id)
            if isinstance(target, CheckClaim):
                self._tell(enrollment_id, target)
            else:
                self._submit(caller, enrollment_id, target)
        except Exception as error:  # noqa: BLE001  # whoever waits is told, whatever it is
            self._tell(enrollment_id, error)

    def _begin(self, caller: Caller, enrollment_id: int) -> Target | CheckClaim:
        now = self._clock.now()
        with self._database.write() as connection:
            enrollment = enrollment_reader.load(connection, caller.workspace, enrollment_id)
            require_change(enrollment, caller.actor)
            require_state(enrollment, aws_events.CONNECT, now, State.OPEN, State.WAITING, State.DUE)
            by = caller.actor.user_id
            taken = check_results.claim(connection, enrollment_id, CheckKind.PREFLIGHT, by, now, now + LEASE)
        role_arn, bucket = enrollment.value("role_arn"), enrollment.value("bucket")
        return taken or Target(enrollment.account_id, enrollment.external_id, role_arn, bucket)

    def _submit(self, caller: Caller, enrollment_id: int, target: Target) -> None:
        try:
            self._pool.submit(self._look, caller, enrollment_id, target)
        except RuntimeError:  # the process is stopping
            self._give_up(enrollment_id)
            raise

    def _look(self, caller: Caller, enrollment_id: int, target: Target) -> None:
        outcome: CheckOutcome
        try:
            assert self._aws is not None, "nobody asks for a look where nobody can look"
            outcome = self._keep(caller, enrollment_id, self._aws.preflight(target))
        except Exception as error:  # noqa: BLE001  # whoever waits is told, whatever it is
            outcome = error
            self._give_up(enrollment_id)
        self._tell(enrollment_id, outcome)

    def _keep(self, caller: Caller, enrollment_id: int, report: CheckReport) -> CheckResult:
        by = caller.actor.user_id
        with self._database.write() as connection:
            before = enrollment_reader.load(connection, caller.workspace, enrollment_id, lock=True)
            now = self._clock.now()
            check_results.save(connection, enrollment_id, CheckKind.PREFLIGHT, by, now, report.to_json(), report.bucket)
            check_results.release(connection, enrollment_id, CheckKind.PREFLIGHT, now)
            change = aws_events.checked(before, report, by, now)
            saved = outbox_writer.save_with_outbox(connection, before, change)
        self._wake()
        return CheckResult(saved, report, now, by)

    def _give_up(self, enrollment_id: int) -> None:
        try:
            with self._database.write() as connection:
                check_results.release(connection, enrollment_id, CheckKind.PREFLIGHT, self._clock.now())
        except Exception as error:  # noqa: BLE001  # the claim lapses by itself
            log.warning("the claim of a check stays until it lapses: %s", error)

    def _tell(self, enrollment_id: int, outcome: CheckOutcome) -> None:
        with self._mutex:
            waiting = self._running.pop(enrollment_id, [])
        for told in waiting:
            try:
                told(outcome)
            except Exception:
                log.exception("whoever asked for a check could not be told its result")


def last_report(connection: Connection, enrollment_id: int) -> CheckReport | None:
    """The newest preflight of an enrollment."""
    kept = check_results.last(connection, enrollment_id, CheckKind.PREFLIGHT)
    return CheckReport.from_json(kept.found) if kept is not None else None


def save_delivered_files(connection: Connection, before: Enrollment, delivered: DeliveredFiles, now: datetime) -> bool:
    """Keep what a look at the files saw, and tell the first file once; says whether there is something to tell."""
    check_results.save(connection, before.id, CheckKind.DELIVERED_FILES, aws_events.BOT, now, delivered.to_json())
    change = aws_events.landed(before, delivered, now)
    if change is None:
        return False
    outbox_writer.save_with_outbox(connection, before, change)
    return True
