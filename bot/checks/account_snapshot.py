"""One look at an account: everything asked side by side, and what has not come by the deadline is not waited for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillRunning
from dataclasses import replace
from typing import Any, TypeVar

from bot.checks import aws_queries
from bot.checks.aws_errors import unseen_after
from bot.checks.aws_sessions import AwsAccess, own_credentials
from bot.checks.bounded_threads import BoundedThreadPool, Deadline, PoolBusy
from bot.domain.aws import cur_definitions as judging
from bot.domain.aws import roles
from bot.domain.aws.calls import Call
from bot.domain.aws.facts import AccountSnapshot, Bucket, Identity, Policies, Stack, Unseen, Why, unseen
from bot.domain.aws.preflight import DeliveredFiles, Target

T = TypeVar("T")
log = logging.getLogger(__name__)


class SnapshotReader:
    """One look: where, as whom, until when.

    Args:
        role_arn: the role that the bot assumes there; None where it goes as itself.
    """

    def __init__(
        self, target: Target, role_arn: str | None, endpoint: str | None, pool: BoundedThreadPool, deadline: Deadline
    ) -> None:
        self._target = target
        self._role_arn = role_arn
        self._endpoint = endpoint
        self._pool = pool
        self._deadline = deadline
        self._started: list[tuple[str, Future[Any]]] = []

    def late(self) -> list[str]:
        """What was asked and has not ended; nobody waits for it any more when the look is over."""
        return [name for name, future in self._started if not future.done()]

    def everything(self) -> AccountSnapshot:
        """Everything that a preflight looks at."""
        account, recorded = self._target.account_id, self._target.bucket
        name = roles.role_name(self._target.role_arn or roles.DEFAULT_ROLE)
        access, identity = self._enter()
        if access is None or isinstance(identity, Unseen) or identity.account_id != account:
            return unseen(identity, name)
        organization = self._ask(Call.ORGANIZATION, lambda: aws_queries.organization(access))
        accounts = self._ask(Call.ACCOUNTS, lambda: aws_queries.accounts(access))
        reports = self._ask(Call.REPORTS, lambda: aws_queries.reports(access))
        stack = self._ask(Call.STACKS, lambda: aws_queries.stack(access))

        def which_bucket() -> str:
            best = judging.best(reports(), recorded)
            return best.bucket if best else recorded or ""

        def the_bucket() -> Bucket | Unseen | None:
            found = which_bucket()
            return aws_queries.bucket(access, found, account) if found else Unseen(Why.SKIPPED)

        def the_files() -> DeliveredFiles | Unseen:
            found = which_bucket()
            best = judging.best(reports(), recorded)
            return aws_queries.delivered(access, found, account, best) if found else Unseen(Why.SKIPPED)

        def which_role() -> str:
            made = None if self._target.role_arn else stack()
            return roles.role_name(made.role_arn) if isinstance(made, Stack) else name

        bucket = self._ask(Call.BUCKET, the_bucket)
        files = self._ask(Call.FILES, the_files)
        role = self._ask(Call.ROLE, lambda: aws_queries.role(access, which_role()))
        attached: Callable[[], Policies | Unseen] = self._ask(
            Call.ATTACHED, lambda: aws_queries.attached(access, which_role())
        )
        inline: Callable[[], Policies | Unseen] = self._ask(
            Call.INLINE, lambda: aws_queries.inline(access, which_role())
        )
        return AccountSnapshot(
            identity, organization(), accounts(), reports(), bucket(), files(), stack(), which_role(),
            role(), attached(), inline(),
        )  # fmt: skip

    def files(self) -> AccountSnapshot:
        """The files alone; all else is skipped."""
        account, recorded = self._target.account_id, self._target.bucket
        access, identity = self._enter()
        snapshot = unseen(identity, "")
        if access is None or isinstance(identity, Unseen) or identity.account_id != account:
            return snapshot
        reports = self._ask(Call.REPORTS, lambda: aws_queries.reports(access))()
        best = judging.best(reports, recorded)
        name = best.bucket if best else recorded
        if not name:
            return replace(snapshot, reports=reports)
        files = self._ask(Call.FILES, lambda: aws_queries.delivered(access, name, account, best))()
        gone = isinstance(files, Unseen) and files.why is Why.SKIPPED
        return replace(snapshot, reports=reports, files=files, bucket=None if gone else snapshot.bucket)

    def _enter(self) -> tuple[AwsAccess | None, Identity | Unseen]:
        """The way into the account, and as whom."""
        access: list[AwsAccess] = []

        def enter() -> Identity | Unseen:
            own = own_credentials(self._endpoint, self._deadline)
            if self._role_arn:
                try:
                    own = own.assume_role(self._role_arn, self._target.external_id)
                except Exception as error:  # noqa: BLE001 - sorted like any other, but under the name of this call
                    return unseen_after(error, Call.ASSUME_ROLE)
            access.append(own)
            return aws_queries.identity(own)

        identity = self._ask(Call.IDENTITY, enter)()
        return (access[0] if access else None), identity

    def _ask(self, call: Call, look: Callable[[], T | Unseen]) -> Callable[[], T | Unseen]:
        """Begin to look; what is returned waits for the answer, until the deadline."""
        name, left = call.value.name, self._deadline.left()
        future: Future[T | Unseen] = self._pool.start(name, lambda: _tried(call, look), left)
        self._started.append((name, future))

        def answer() -> T | Unseen:
            try:
                return future.result(self._deadline.left())
            except StillRunning:
                return Unseen(Why.SILENT, call)
            except PoolBusy:
                return Unseen(Why.SILENT, call, "earlier looks still wait")

        return answer


def _tried(call: Call, look: Callable[[], T | Unseen]) -> T | Unseen:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the other looks go on
        found = unseen_after(error, call)
        if found.why is Why.STRANGE:
            # Its words may hold what was signed; where it happened is what helps.
            log.warning("AWS check: %s: %s", call.value.name, found.detail)
        return found
