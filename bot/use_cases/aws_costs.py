"""**Get AWS costs**: ask Cost Explorer for the costs of a month, in a thread pool, and have them sent as a file."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date

from bot.delivery import outbox
from bot.domain.aws.costs import MonthlyCosts
from bot.domain.aws.preflight import AwsInspector, Target
from bot.domain.enrollment import Enrollment, State
from bot.domain.schedule import Clock
from bot.domain.step_spec import StepKey
from bot.domain.transitions import require_state
from bot.language.spoken import ENGLISH, speaking
from bot.repository import enrollment_reader
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind
from bot.use_cases import stand_ins
from bot.use_cases.caller import Caller

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CostResult:
    """The costs of a month, and the name of the file that is sent; "" where nothing could be read."""

    enrollment: Enrollment
    costs: MonthlyCosts
    file: str


#: How a question ends: with costs, or with an error.
OnCosts = Callable[[CostResult | Exception], None]


@dataclass(frozen=True, slots=True)
class AwsCosts:
    """Asks for costs when a person wants them, and never by itself: AWS charges for each request.

    Attributes:
        aws: inspects AWS; None where AWS is not set up.
        pool: the threads in which it is asked.
    """

    database: Database
    clock: Clock
    aws: AwsInspector | None
    pool: Executor
    wake: Callable[[], None]

    def ask(
        self, caller: Caller, enrollment_id: int, step: StepKey, month: date, request: str, on_costs: OnCosts
    ) -> None:
        """Ask for the costs of a month, and have them sent to the caller.

        Args:
            request: names the request; a repeated one sends no second file.
            on_costs: called once, from any thread, in the language that is spoken now.
        """
        call = copy_context()

        def show(outcome: CostResult | Exception) -> None:
            call.run(on_costs, outcome)

        try:
            now = self.clock.now()
            with self.database.read() as connection:
                enrollment = enrollment_reader.load(connection, caller.workspace, enrollment_id)
                stand_ins.require_change(connection, enrollment, caller.actor, now, step)
            require_state(enrollment, step, now, State.OPEN)
            self.pool.submit(copy_context().run, self._run, caller, enrollment, step, month, request, show)
        except Exception as error:  # noqa: BLE001  # every error is an outcome
            on_costs(error)

    @speaking(ENGLISH)  # the file is one for programs, too
    def _run(
        self, caller: Caller, enrollment: Enrollment, step: StepKey, month: date, request: str, on_costs: OnCosts
    ) -> None:
        outcome: CostResult | Exception
        try:
            assert self.aws is not None, "nothing is asked where AWS is not set up"
            costs = self.aws.monthly_costs(Target(enrollment.account_id, enrollment.external_id), month)
            log.info("Cost Explorer was asked %d times for enrollment %d", costs.requests, enrollment.id)
            outcome = CostResult(enrollment, costs, self._send(caller, enrollment, step, costs, request))
        except Exception as error:  # noqa: BLE001  # every error is an outcome
            outcome = error
        on_costs(outcome)

    def _send(self, caller: Caller, enrollment: Enrollment, step: StepKey, costs: MonthlyCosts, request: str) -> str:
        """Put the file into the outbox; nothing where there are no costs.

        Raises:
            UnknownEnrollment: it was deleted while AWS was asked.
        """
        if costs.problem or not costs.rows:
            return ""
        user, now = caller.actor.user_id, self.clock.now()
        digest = hashlib.sha256(request.encode()).hexdigest()[:8]
        name = f"aws-costs-{enrollment.account_id}-{costs.month:%Y-%m}-{digest}.csv"
        payload = {"to": [user], "file": name, "step": step, "costs": costs.to_json()}
        with self.database.write() as connection:
            enrollment_reader.load(connection, caller.workspace, enrollment.id, lock=True)
            key, kind = f"list:{enrollment.id}:{user}:{name}", MessageKind.LIST
            outbox.owe(connection, caller.workspace, key, kind, user, now, enrollment_id=enrollment.id, payload=payload)
        self.wake()
        return name
