"""Reads a snapshot of an AWS account: all calls in parallel, until a deadline."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillRunning
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from bot.checks import aws_queries, bucket_queries, role_queries
from bot.checks.aws_errors import unseen_after
from bot.checks.aws_sessions import AwsAccess, own_credentials
from bot.checks.bounded_threads import BoundedThreadPool, Deadline, PoolBusy
from bot.domain.aws import cur_definitions, roles
from bot.domain.aws.calls import Call
from bot.domain.aws.check_sets import EXTRACTED, MEMBER
from bot.domain.aws.facts import (
    AccountSnapshot,
    Bucket,
    Identity,
    Policies,
    Reason,
    RoleFacts,
    TrustingRoles,
    Unseen,
    snapshot_without_access,
)
from bot.domain.aws.preflight import DeliveredFiles, Target
from bot.domain.aws.stacks import made_roles

T = TypeVar("T")
log = logging.getLogger(__name__)

#: Set of checks -> the calls that it leaves out: only the account that pays lists the others, and the report that Spot
#: extracts data from is the MSP's, as the settings of its bucket may be.
_LEFT_OUT: Mapping[str, frozenset[Call]] = {
    MEMBER: frozenset({Call.ACCOUNTS}),
    EXTRACTED: frozenset({Call.ACCOUNTS, Call.REPORTS, Call.BUCKET_POLICY, Call.OWNERSHIP, Call.ENCRYPTION, Call.KEY}),
}


class SnapshotReader:
    """Reads one snapshot of an account; calls that have not been answered by the deadline are left out.

    Args:
        role_arn: the role that the bot assumes in the account; None to use its own credentials.
        today: the day, in UTC; its month's files are read first.
    """

    def __init__(
        self,
        target: Target,
        role_arn: str | None,
        endpoint: str | None,
        pool: BoundedThreadPool,
        deadline: Deadline,
        today: date,
    ) -> None:
        self._target = target
        self._role_arn = role_arn
        self._endpoint = endpoint
        self._pool = pool
        self._deadline = deadline
        self._today = today
        self._started: list[tuple[str, Future[Any]]] = []

    @property
    def _owner(self) -> str | None:
        """Whose the bucket has to be; None where it may be anybody's."""
        return None if self._target.checks == EXTRACTED else self._target.account_id

    def unfinished(self) -> list[str]:
        """The names of the calls that were started and have not ended; after a read their results are dropped."""
        return [name for name, future in self._started if not future.done()]

    def read_all(self) -> AccountSnapshot:
        """Read everything that the preflight judges."""
        account, recorded = self._target.account_id, self._target.bucket
        name = roles.role_name(self._target.role_arn or roles.DEFAULT_ROLE)
        access, identity = self._sign_in()
        if access is None or isinstance(identity, Unseen) or identity.account_id != account:
            return snapshot_without_access(identity, name)
        organization = self._start(Call.ORGANIZATION, lambda: aws_queries.organization(access))
        accounts = self._start(Call.ACCOUNTS, lambda: aws_queries.accounts(access, account))
        reports = self._start(Call.REPORTS, lambda: aws_queries.reports(access))
        stacks = self._start(Call.STACKS, lambda: role_queries.stacks(access))
        trusting = self._start(Call.ROLES, lambda: role_queries.trusting_roles(access))

        def which_bucket() -> str:
            best = cur_definitions.best(reports(), recorded)
            return best.bucket if best else recorded or ""

        def the_bucket() -> Bucket | Unseen | None:
            found = which_bucket()
            return bucket_queries.bucket(access, found, account) if found else Unseen(Reason.SKIPPED)

        def the_files() -> DeliveredFiles | Unseen:
            found = which_bucket()
            best = cur_definitions.best(reports(), recorded)
            if not found:
                return Unseen(Reason.SKIPPED)
            return bucket_queries.delivered(access, found, self._owner, best, self._today)

        def which_role() -> str:
            entered, full = self._target.role_arn, self._target.full_role_arn
            if entered:
                return roles.role_name(entered)
            made = stacks()
            made = made if isinstance(made, Unseen) else made.without(full)
            if len(made_roles(made)) == 1:
                return roles.role_to_check(None, made, TrustingRoles())  # no need to wait for the list of roles
            listed = trusting()
            return roles.role_to_check(None, made, listed if isinstance(listed, Unseen) else listed.without(full))

        def of_bucket(ask: Callable[[AwsAccess, str, str], T | Unseen]) -> Callable[[], T | Unseen]:
            def look() -> T | Unseen:
                found = which_bucket()
                return ask(access, found, account) if found else Unseen(Reason.SKIPPED)

            return look

        bucket = self._start(Call.BUCKET, the_bucket)
        policy = self._start(Call.BUCKET_POLICY, of_bucket(bucket_queries.policy))
        ownership = self._start(Call.OWNERSHIP, of_bucket(bucket_queries.ownership))
        encryption = self._start(Call.ENCRYPTION, of_bucket(bucket_queries.encryption))
        key = self._start(Call.KEY, lambda: bucket_queries.key(access, encryption(), account))
        files = self._start(Call.FILES, the_files)
        role = self._start(Call.ROLE, lambda: role_queries.role(access, which_role()))
        attached: Callable[[], Policies | Unseen] = self._start(
            Call.ATTACHED, lambda: role_queries.attached(access, which_role())
        )
        inline: Callable[[], Policies | Unseen] = self._start(
            Call.INLINE, lambda: role_queries.inline(access, which_role())
        )
        full = self._full_role(access)
        return AccountSnapshot(
            identity, organization(), accounts(), reports(), bucket(), files(), stacks(), trusting(), which_role(),
            role(), attached(), inline(), policy(), ownership(), encryption(), key(), full(),
        )  # fmt: skip

    def _full_role(self, access: AwsAccess) -> Callable[[], RoleFacts | None]:
        """Start to read the role with the full policy, if it is another one."""
        arn = self._target.full_role_arn
        if not arn or arn == self._target.role_arn:
            return lambda: None
        name = roles.role_name(arn)
        role = self._start(Call.ROLE, lambda: role_queries.role(access, name))
        attached = self._start(Call.ATTACHED, lambda: role_queries.attached(access, name))
        inline = self._start(Call.INLINE, lambda: role_queries.inline(access, name))
        return lambda: RoleFacts(role(), attached(), inline())

    def read_files(self) -> AccountSnapshot:
        """Read the delivered files only; everything else is marked as skipped."""
        access, identity = self._sign_in()
        snapshot = snapshot_without_access(identity, "")
        if access is None or isinstance(identity, Unseen) or identity.account_id != self._target.account_id:
            return snapshot
        return self._with_files(access, snapshot, newest_only=False)

    def read_watched(self) -> AccountSnapshot:
        """Read the report, its newest files, and the role if its ARN is known; everything else is marked as skipped."""
        access, identity = self._sign_in()
        name = roles.role_name(self._target.role_arn or "")
        snapshot = snapshot_without_access(identity, name)
        if access is None or isinstance(identity, Unseen) or identity.account_id != self._target.account_id:
            return snapshot
        role = self._start(Call.ROLE, lambda: role_queries.role(access, name)) if name else None
        found = self._with_files(access, snapshot, newest_only=True)
        return replace(found, role=role()) if role else found

    def _with_files(self, access: AwsAccess, snapshot: AccountSnapshot, *, newest_only: bool) -> AccountSnapshot:
        recorded = self._target.bucket
        reports = self._start(Call.REPORTS, lambda: aws_queries.reports(access))()
        best = cur_definitions.best(reports, recorded)
        name = best.bucket if best else recorded
        if not name:
            return replace(snapshot, reports=reports)

        def look() -> DeliveredFiles | Unseen:
            return bucket_queries.delivered(access, name, self._owner, best, self._today, newest_only=newest_only)

        files = self._start(Call.FILES, look)()
        gone = isinstance(files, Unseen) and files.reason is Reason.SKIPPED
        return replace(snapshot, reports=reports, files=files, bucket=None if gone else snapshot.bucket)

    def read_one(self, call: Call, look: Callable[[AwsAccess], T | Unseen]) -> tuple[Identity | Unseen, T | Unseen]:
        """Read a single fact, and whose credentials read it; `Unseen` where they are not of the account."""
        access, identity = self._sign_in()
        if access is None or isinstance(identity, Unseen) or identity.account_id != self._target.account_id:
            return identity, Unseen(Reason.SKIPPED)
        return identity, self._start(call, lambda: look(access))()

    def _sign_in(self) -> tuple[AwsAccess | None, Identity | Unseen]:
        """Get credentials for the account and their identity; no credentials where that failed."""
        access: list[AwsAccess] = []

        def enter() -> Identity | Unseen:
            own = own_credentials(self._endpoint, self._deadline)
            if self._role_arn:
                try:
                    own = own.assume_role(self._role_arn, self._target.external_id)
                except Exception as error:  # noqa: BLE001 - classified like any other, but as a failure of this call
                    return unseen_after(error, Call.ASSUME_ROLE)
            access.append(own)
            return aws_queries.identity(own)

        identity = self._start(Call.IDENTITY, enter)()
        return (access[0] if access else None), identity

    def _start(self, call: Call, look: Callable[[], T | Unseen]) -> Callable[[], T | Unseen]:
        """Start a call in a thread; the returned function waits for its result until the deadline."""
        if call in _LEFT_OUT.get(self._target.checks, ()):
            return lambda: Unseen(Reason.SKIPPED)
        name, left = call.value.name, self._deadline.left()
        future: Future[T | Unseen] = self._pool.start(name, lambda: _guarded(call, look), left)
        self._started.append((name, future))

        def answer() -> T | Unseen:
            try:
                return future.result(self._deadline.left())
            except StillRunning:
                return Unseen(Reason.TIMED_OUT, call)
            except PoolBusy:
                return Unseen(Reason.TIMED_OUT, call, "earlier looks still wait")

        return answer


def _guarded(call: Call, look: Callable[[], T | Unseen]) -> T | Unseen:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - becomes a finding, and the other calls go on
        found = unseen_after(error, call)
        if found.reason is Reason.UNEXPECTED:
            # Not the message of the error: it may hold signed parts of the request.
            log.warning("AWS check: %s: %s", call.value.name, found.detail)
        return found
