"""One look at an account: everything asked side by side, and what has not come by the deadline is not waited for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillRunning
from dataclasses import replace
from typing import Any, TypeVar

from bot.checks import aws_queries
from bot.checks.aws_errors import refusal
from bot.checks.aws_sessions import Way, own_way
from bot.checks.bounded_threads import Crew, CrewBusy, Deadline
from bot.domain.aws import cur_definitions as judging
from bot.domain.aws import roles
from bot.domain.aws.calls import Call
from bot.domain.aws.facts import Bucket, Identity, Policies, Sight, Stack, Unseen, Why, unseen
from bot.domain.aws.preflight import Landing, Target

T = TypeVar("T")
log = logging.getLogger(__name__)


class Look:
    """One look: where, as whom, until when.

    Args:
        role_arn: the role that the bot assumes there; None where it goes as itself.
    """

    def __init__(
        self, target: Target, role_arn: str | None, endpoint: str | None, crew: Crew, deadline: Deadline
    ) -> None:
        self._target = target
        self._role_arn = role_arn
        self._endpoint = endpoint
        self._crew = crew
        self._deadline = deadline
        self._started: list[tuple[str, Future[Any]]] = []

    def late(self) -> list[str]:
        """What was asked and has not ended; nobody waits for it any more when the look is over."""
        return [name for name, future in self._started if not future.done()]

    def everything(self) -> Sight:
        """Everything that a preflight looks at."""
        account, recorded = self._target.account_id, self._target.bucket
        name = roles.role_name(self._target.role_arn or roles.DEFAULT_ROLE)
        way, identity = self._enter()
        if way is None or isinstance(identity, Unseen) or identity.account_id != account:
            return unseen(identity, name)
        organization = self._ask(Call.ORGANIZATION, lambda: aws_queries.organization(way))
        accounts = self._ask(Call.ACCOUNTS, lambda: aws_queries.accounts(way))
        reports = self._ask(Call.REPORTS, lambda: aws_queries.reports(way))
        stack = self._ask(Call.STACKS, lambda: aws_queries.stack(way))

        def which_bucket() -> str:
            best = judging.best(reports(), recorded)
            return best.bucket if best else recorded or ""

        def the_bucket() -> Bucket | Unseen | None:
            found = which_bucket()
            return aws_queries.bucket(way, found, account) if found else Unseen(Why.SKIPPED)

        def the_files() -> Landing | Unseen:
            found = which_bucket()
            best = judging.best(reports(), recorded)
            return aws_queries.delivered(way, found, account, best) if found else Unseen(Why.SKIPPED)

        def which_role() -> str:
            made = None if self._target.role_arn else stack()
            return roles.role_name(made.role_arn) if isinstance(made, Stack) else name

        bucket = self._ask(Call.BUCKET, the_bucket)
        files = self._ask(Call.FILES, the_files)
        role = self._ask(Call.ROLE, lambda: aws_queries.role(way, which_role()))
        attached: Callable[[], Policies | Unseen] = self._ask(
            Call.ATTACHED, lambda: aws_queries.attached(way, which_role())
        )
        inline: Callable[[], Policies | Unseen] = self._ask(Call.INLINE, lambda: aws_queries.inline(way, which_role()))
        return Sight(
            identity, organization(), accounts(), reports(), bucket(), files(), stack(), which_role(),
            role(), attached(), inline(),
        )  # fmt: skip

    def files(self) -> Sight:
        """The files alone; all else is skipped."""
        account, recorded = self._target.account_id, self._target.bucket
        way, identity = self._enter()
        sight = unseen(identity, "")
        if way is None or isinstance(identity, Unseen) or identity.account_id != account:
            return sight
        reports = self._ask(Call.REPORTS, lambda: aws_queries.reports(way))()
        best = judging.best(reports, recorded)
        name = best.bucket if best else recorded
        if not name:
            return replace(sight, reports=reports)
        files = self._ask(Call.FILES, lambda: aws_queries.delivered(way, name, account, best))()
        gone = isinstance(files, Unseen) and files.why is Why.SKIPPED
        return replace(sight, reports=reports, files=files, bucket=None if gone else sight.bucket)

    def _enter(self) -> tuple[Way | None, Identity | Unseen]:
        """The way into the account, and as whom."""
        way: list[Way] = []

        def enter() -> Identity | Unseen:
            own = own_way(self._endpoint, self._deadline)
            if self._role_arn:
                try:
                    own = own.by_role(self._role_arn, self._target.external_id)
                except Exception as error:  # noqa: BLE001 - sorted like any other, but under the name of this call
                    return refusal(error, Call.ASSUME_ROLE)
            way.append(own)
            return aws_queries.identity(own)

        identity = self._ask(Call.IDENTITY, enter)()
        return (way[0] if way else None), identity

    def _ask(self, call: Call, look: Callable[[], T | Unseen]) -> Callable[[], T | Unseen]:
        """Begin to look; what is returned waits for the answer, until the deadline."""
        name, left = call.value.name, self._deadline.left()
        future: Future[T | Unseen] = self._crew.start(name, lambda: _tried(call, look), left)
        self._started.append((name, future))

        def answer() -> T | Unseen:
            try:
                return future.result(self._deadline.left())
            except StillRunning:
                return Unseen(Why.SILENT, call)
            except CrewBusy:
                return Unseen(Why.SILENT, call, "earlier looks still wait")

        return answer


def _tried(call: Call, look: Callable[[], T | Unseen]) -> T | Unseen:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the other looks go on
        found = refusal(error, call)
        if found.why is Why.STRANGE:
            # Its words may hold what was signed; where it happened is what helps.
            log.warning("AWS check: %s: %s", call.value.name, found.detail)
        return found
