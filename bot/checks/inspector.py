"""The checks as the rest of the bot sees them: a preflight and a landing, neither of which raises."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.checks.bounded_threads import BoundedThreadPool, Deadline
from bot.domain.aws import rules
from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Target
from bot.domain.schedule import Clock

if TYPE_CHECKING:
    from bot.checks.account_snapshot import SnapshotReader

log = logging.getLogger(__name__)

#: Seconds after which a look ends, whatever AWS does; people are promised 20.
LIMIT = 18.0
#: Threads of all looks together: three preflights at a time, others wait for a place.
THREADS = 32


class BotoInspector:
    """Who looks at AWS.

    Args:
        role: ECO_AWS_ROLE, the name or the ARN of the role to assume in a management account; None: none.
        endpoint: where every service is called instead of AWS; None for AWS, or for what AWS_ENDPOINT_URL says.
        limit: seconds that a look may take.
    """

    def __init__(self, role: str | None, clock: Clock, *, endpoint: str | None = None, limit: float = LIMIT) -> None:
        self._role = role
        self._clock = clock
        self._endpoint = endpoint
        self._limit = limit
        self._pool = BoundedThreadPool(THREADS)

    def preflight(self, target: Target) -> CheckReport:
        """Look at everything."""
        look = self._look(target)
        snapshot = look.everything()
        self._tell_late(look, target)
        return rules.judge(snapshot, target, self._clock.now(), self._role)

    def delivered_files(self, target: Target) -> DeliveredFiles:
        """Look at the files only."""
        look = self._look(target)
        snapshot = look.files()
        self._tell_late(look, target)
        return rules.delivered_files(snapshot, target, self._clock.now(), self._role)

    def running(self) -> tuple[str, ...]:
        """What is being asked of AWS, each in a thread; after a look only what nobody waits for any more."""
        return self._pool.running()

    def _look(self, target: Target) -> SnapshotReader:
        # boto3 takes longer to import than the rest of the bot together, and most processes never look.
        from bot.checks.account_snapshot import SnapshotReader  # noqa: PLC0415 - see above

        return SnapshotReader(target, self._arn(target.account_id), self._endpoint, self._pool, Deadline(self._limit))

    def _arn(self, account_id: str) -> str | None:
        if self._role is None or self._role.startswith("arn:"):
            return self._role
        return f"arn:aws:iam::{account_id}:role/{self._role.lstrip('/')}"

    def _tell_late(self, look: SnapshotReader, target: Target) -> None:
        if late := look.late():
            log.warning("AWS check of %s: gave up waiting for %s", target.account_id, ", ".join(late))
