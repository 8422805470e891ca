"""**Check AWS**: run one preflight at a time for each enrollment, in a thread pool, and store its result."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery import outbox_writer
from bot.domain import aws_events
from bot.domain.aws.preflight import RECORDED, AwsInspector, CheckReport, Target
from bot.domain.enrollment import Enrollment, State
from bot.domain.schedule import Clock
from bot.domain.step_spec import StepKey
from bot.domain.transitions import require_state
from bot.language.spoken import ENGLISH, speaking
from bot.repository import check_results, enrollment_reader
from bot.repository.check_results import CheckClaim, CheckKind
from bot.repository.database import Database
from bot.use_cases import stand_ins
from bot.use_cases.aws_costs import AwsCosts
from bot.use_cases.caller import Caller
from bot.use_cases.confirmations import last_report

log = logging.getLogger(__name__)

#: How long a claim lasts if its process dies: a check's 20 s and some waiting for a thread.
_CLAIM_LASTS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A finished check: of which enrollment, when, by whom, with which findings."""

    enrollment: Enrollment
    report: CheckReport
    at: datetime
    by: str


#: How a check ends: with a result, with the claim of another process that is checking, or with an error.
CheckOutcome = CheckResult | CheckClaim | Exception
OnOutcome = Callable[[CheckOutcome], None]


class AwsChecks:
    """Runs the checks that people start. A result is stored even if the person has closed the modal.

    Attributes:
        costs: asks for the costs of accounts.

    Args:
        aws: inspects AWS; None where AWS is not set up.
        pool: the threads in which checks run.
    """

    def __init__(
        self, database: Database, clock: Clock, aws: AwsInspector | None, pool: Executor, wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._clock = clock
        self._aws = aws
        self._pool = pool
        self._wake = wake
        self._callbacks: dict[tuple[int, StepKey], list[OnOutcome]] = {}
        self._mutex = threading.Lock()
        self.costs = AwsCosts(database, clock, aws, pool, wake)

    @property
    def available(self) -> bool:
        """Whether AWS is set up."""
        return self._aws is not None

    def last(self, enrollment: Enrollment, step: StepKey) -> CheckReport | None:
        """The newest stored report of the checks that a step uses."""
        with self._database.read() as connection:
            return last_report(connection, enrollment, step)

    def check(self, caller: Caller, enrollment_id: int, on_outcome: OnOutcome, step: StepKey) -> None:
        """Start a check, or join the one of the step that is running in this process.

        Args:
            step: the step from which it is started, which must not be finished.
            on_outcome: called once, from any thread, in the language that is spoken now.
        """
        call = copy_context()
        with self._mutex:
            is_running = (enrollment_id, step) in self._callbacks
            self._callbacks.setdefault((enrollment_id, step), []).append(lambda outcome: call.run(on_outcome, outcome))
        if is_running:
            return
        try:
            target = self._claim(caller, enrollment_id, step)
            if isinstance(target, CheckClaim):
                self._report(enrollment_id, step, target)
            else:
                self._submit(caller, enrollment_id, target, step)
        except Exception as error:  # noqa: BLE001  # every error is an outcome
            self._report(enrollment_id, step, error)

    def _claim(self, caller: Caller, enrollment_id: int, step: StepKey) -> Target | CheckClaim:
        now, by = self._clock.now(), caller.actor.user_id
        with self._database.write() as connection:
            enrollment = enrollment_reader.load(connection, caller.workspace, enrollment_id)
            stand_ins.require_change(connection, enrollment, caller.actor, now, step)
            require_state(enrollment, step, now, State.OPEN, State.WAITING, State.DUE)
            until = now + _CLAIM_LASTS
            other = check_results.claim(connection, enrollment_id, CheckKind.PREFLIGHT, by, now, until)
            seen = check_results.last_files(connection, enrollment_id)
        recorded = {key: enrollment.value(key) for key in RECORDED}
        checks = enrollment.procedure.checks_from(step)
        return other or Target(enrollment.account_id, enrollment.external_id, seen=seen, checks=checks, **recorded)

    def _submit(self, caller: Caller, enrollment_id: int, target: Target, step: StepKey) -> None:
        try:
            self._pool.submit(copy_context().run, self._run, caller, enrollment_id, target, step)
        except RuntimeError:  # the process is stopping
            self._release(enrollment_id)
            raise

    @speaking(ENGLISH)  # what a check has found is stored, and read by others
    def _run(self, caller: Caller, enrollment_id: int, target: Target, step: StepKey) -> None:
        outcome: CheckOutcome
        try:
            assert self._aws is not None, "no check is started where AWS is not set up"
            outcome = self._save(caller, enrollment_id, self._aws.preflight(target), step)
        except Exception as error:  # noqa: BLE001  # every error is an outcome
            outcome = error
            self._release(enrollment_id)
        self._report(enrollment_id, step, outcome)

    def _save(self, caller: Caller, enrollment_id: int, report: CheckReport, step: StepKey) -> CheckResult:
        by = caller.actor.user_id
        with self._database.write() as connection:
            before = enrollment_reader.load(connection, caller.workspace, enrollment_id, lock=True)
            now = self._clock.now()
            check_results.save(connection, enrollment_id, CheckKind.PREFLIGHT, by, now, report.to_json(), report.bucket)
            check_results.release(connection, enrollment_id, CheckKind.PREFLIGHT, now)
            absent = stand_ins.acts_for(connection, before, caller.actor, now)
            change = stand_ins.in_the_name_of(aws_events.checked(before, report, by, now, step), absent)
            saved = outbox_writer.save_with_outbox(connection, before, change)
        self._wake()
        return CheckResult(saved, report, now, by)

    def _release(self, enrollment_id: int) -> None:
        try:
            with self._database.write() as connection:
                check_results.release(connection, enrollment_id, CheckKind.PREFLIGHT, self._clock.now())
        except Exception as error:  # noqa: BLE001  # the claim expires by itself
            log.warning("the claim of an AWS check stays until it expires: %s", error)

    def _report(self, enrollment_id: int, step: StepKey, outcome: CheckOutcome) -> None:
        with self._mutex:
            callbacks = self._callbacks.pop((enrollment_id, step), [])
        for on_outcome in callbacks:
            try:
                on_outcome(outcome)
            except Exception:
                log.exception("the outcome of an AWS check could not be shown")
