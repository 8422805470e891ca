"""The hourly look for files of the Cost and Usage Report, while an enrollment waits for them.

The clock asks every few seconds, which costs nothing most of the time; the database says whose hour has passed, and
each look is claimed there, so that several processes share the work and tell the first file once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime, timedelta

from bot.domain.aws.preflight import AwsInspector, Target
from bot.domain.aws_events import BOT, CONNECT
from bot.domain.enrollment import State, Status
from bot.domain.errors import UnknownEnrollment
from bot.domain.schedule import Clock
from bot.repository import check_results, enrollment_reader
from bot.repository.check_results import CheckKind
from bot.repository.database import Database
from bot.use_cases.check_aws import last_report, save_delivered_files

log = logging.getLogger(__name__)

#: How often an enrollment's bucket is looked into.
EVERY = timedelta(hours=1)
#: How often the database is asked whose hour has passed.
_ASK = timedelta(minutes=1)
#: How many looks are planned at most; the others follow with the next question.
_MOST = 50


class FileWatch:
    """Looks for files in threads of its own.

    Args:
        always: also look where no preflight has seen a bucket: a role of the bot's own is set up (ECO_AWS_ROLE).
        workspace: names the workspace; "" until Slack has told it.
    """

    def __init__(  # the parts that it works with, each given once by the composition root
        self,
        database: Database,
        clock: Clock,
        aws: AwsInspector,
        pool: Executor,
        wake: Callable[[], None],
        *,
        always: bool,
        workspace: Callable[[], str],
    ) -> None:
        self._database = database
        self._clock = clock
        self._aws = aws
        self._pool = pool
        self._wake = wake
        self._always = always
        self._workspace = workspace
        self._asked_at: datetime | None = None
        self._planning = False
        self._planned: set[int] = set()
        self._mutex = threading.Lock()

    def tick(self) -> None:
        """Plan the looks that are due; called every few seconds, and done in another thread."""
        now = self._clock.now()
        with self._mutex:
            # A clock that was put back has asked in the future.
            asked = self._asked_at is not None and timedelta() <= now - self._asked_at < _ASK
            if asked or self._planning:
                return
            self._asked_at, self._planning = now, True
        if not self._submit(self._plan):
            self._planning = False

    def run_once(self) -> int:
        """CheckClaim wherever it is due, in this thread; give how many looks that were."""
        return sum(self._probe(number) for number in self._due(_MOST))

    def _plan(self) -> None:
        try:
            with self._mutex:
                room = _MOST - len(self._planned)
            for number in self._due(max(0, room)):
                with self._mutex:
                    new = number not in self._planned
                    self._planned.add(number)
                if new and not self._submit(self._probe_planned, number):
                    return
        except Exception:
            log.exception("whose files are to be looked for cannot be told")
        finally:
            self._planning = False

    def _submit(self, work: Callable[..., None], *values: int) -> bool:
        """Have something done in another thread; False where the process is stopping."""
        try:
            self._pool.submit(work, *values)
        except RuntimeError as error:
            log.info("files are not looked for any more: %s", error)
            return False
        return True

    def _probe_planned(self, number: int) -> None:
        try:
            self._probe(number)
        except Exception:
            log.exception("the files of enrollment %s could not be looked for", number)
        finally:
            with self._mutex:
                self._planned.discard(number)

    def _due(self, most: int) -> list[int]:
        with self._database.read() as connection:
            return check_results.due_for_file_check(
                connection, self._workspace(), self._clock.now(), most, always=self._always
            )

    def _probe(self, number: int) -> bool:
        """CheckClaim into one enrollment's bucket, unless somebody else does; says whether it was looked."""
        target = self._begin(number)
        if target is None:
            return False
        delivered = self._aws.delivered_files(target)
        with self._database.write() as connection:
            before = enrollment_reader.load(connection, self._workspace(), number, lock=True)
            told = save_delivered_files(connection, before, delivered, self._clock.now())
        if told:
            self._wake()
        return True

    def _begin(self, number: int) -> Target | None:
        now = self._clock.now()
        with self._database.write() as connection:
            try:
                enrollment = enrollment_reader.load(connection, self._workspace(), number)
            except UnknownEnrollment:
                return None
            if enrollment.status is not Status.ACTIVE or enrollment.step(CONNECT).state is not State.WAITING:
                return None
            if check_results.claim(connection, number, CheckKind.DELIVERED_FILES, BOT, now, now + EVERY) is not None:
                return None
            report = last_report(connection, number)
        bucket = enrollment.value("bucket") or (report.bucket if report else None)
        role = enrollment.value("role_arn") or (report.role_arn if report else None)
        return Target(enrollment.account_id, enrollment.external_id, role, bucket)
