"""Bulk starts: a file of enrollments is checked, shown, and started row by row, each in a transaction of its own.

The outcome of a row is stored in the transaction that starts its enrollment, so a process that dies leaves the row
either started or as it was, and the next process goes on.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol

from bot.delivery import outbox
from bot.domain import lifecycle
from bot.domain.access import Actor
from bot.domain.bulk_progress import LOST_RIGHT, BulkStart, BulkState, Outcome, Preview
from bot.domain.enrollment import Policy
from bot.domain.errors import AlreadyEnrolled, DomainError, NeedsConfirmation, StepConflict
from bot.domain.list_entries import KINDS, NAMED, names_used
from bot.domain.schedule import Clock
from bot.domain.sentences import sentence
from bot.domain.start_form import StartForm
from bot.domain.warnings import unknown_warning
from bot.language.spoken import ENGLISH, speaking
from bot.list_files.table import LineFault
from bot.repository import bulk_rows, idempotency_keys, search
from bot.repository.bulk_rows import BulkRow
from bot.repository.database import Connection, Database
from bot.repository.outbox_columns import MessageKind
from bot.telemetry.log_context import note
from bot.use_cases import confirmations
from bot.use_cases.caller import Caller
from bot.use_cases.enrollments import Enrollments

log = logging.getLogger(__name__)

#: In the place of the enrollment that a request has changed.
_NO_ENROLLMENT = 0
#: The least time between two edits of the message with the progress.
_TOLD_EVERY = timedelta(seconds=3)
#: How many faults and warnings a preview spells out.
_NAMED = 10
_TOO_OLD = sentence("This preview is cancelled or too old. Upload the file again with `/eco import`.")
_BY_HAND = "Start it by hand to confirm."
#: The outcome of a row, the enrollment's ID, and why it was refused.
RowOutcome = tuple[Outcome, int | None, str | None]


class StarterRights(Protocol):
    """What is asked of Slack before each row is started."""

    def starter(self, user: str) -> bool | None:
        """Whether somebody may start enrollments now; None where Slack does not tell."""

    def actor(self, user: str) -> Actor:
        """Somebody with the rights that they have now."""

    def join_for(self, user: str, channel_id: str) -> str | None:
        """Join a channel for somebody; why that cannot be, else None."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row whose people and channel are known; `warnings`: what its channel brings."""

    number: int
    line: str
    form: StartForm
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BulkCheck:
    """What would become of the rows of a file.

    Attributes:
        good: the rows that can be started, in order. already: lines of accounts that have an enrollment.
        warnings: line -> what the person confirms by starting it.
    """

    good: tuple[Candidate, ...]
    already: tuple[int, ...] = ()
    faults: tuple[LineFault, ...] = ()
    warnings: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def preview(self) -> Preview:
        """What the preview says of it: the first faults and warnings, and who and where."""
        warned = [each for each in self.good if each.number in self.warnings]
        return Preview(
            len(self.faults),
            len(self.already),
            tuple((fault.number, fault.sentence) for fault in self.faults[:_NAMED]),
            len(warned),
            tuple((one.number, one.form.account_name, " ".join(self.warnings[one.number])) for one in warned[:_NAMED]),
            dict(Counter(each.form.owner for each in self.good)),
            dict(Counter(each.form.channel_id for each in self.good)),
        )


class BulkStarts:
    """The use cases of bulk starts."""

    def __init__(self, database: Database, enrollments: Enrollments, policy: Policy, clock: Clock) -> None:
        self._database = database
        self._enrollments = enrollments
        self._policy = policy
        self._clock = clock

    @speaking(ENGLISH)  # the preview is stored
    def check(self, caller: Caller, candidates: Sequence[Candidate], faults: Sequence[LineFault] = ()) -> BulkCheck:
        """Say what would become of rows, without changing anything; `faults` are those that were found before."""
        good, already, wrong = list[Candidate](), list[int](), list(faults)
        warnings, organizations = dict[int, tuple[str, ...]](), dict[tuple[str, str], int]()
        with self._database.read() as connection:
            enrolled = search.enrolled(connection, caller.workspace, [each.form.account_id for each in candidates])
            for each in candidates:
                if each.form.account_id in enrolled:
                    already.append(each.number)
                    continue
                try:
                    found = self._warnings(connection, caller, each)
                except DomainError as fault:
                    wrong.append(LineFault(each.number, each.line, str(fault)))
                    continue
                for key, value in each.form.values.items():
                    first = organizations.setdefault((key, value or ""), each.number)
                    if value and first != each.number:
                        found.append(f"{value} is the organization on line {first}, too.")
                good.append(each)
                if found:
                    warnings[each.number] = tuple(found)
        wrong.sort(key=lambda fault: fault.number)
        return BulkCheck(tuple(good), tuple(already), tuple(wrong), warnings)

    def _warnings(self, connection: Connection, caller: Caller, each: Candidate) -> list[str]:
        now, form = self._clock.now(), each.form
        made = form.new_enrollment(caller.workspace, caller.actor.user_id, now, None)
        lifecycle.start(made, form.position, self._policy)
        return [
            *each.warnings,
            *confirmations.shared_values(connection, made, form.values, caller.actor),
            *(
                warning
                for names in NAMED
                for warning in unknown_warning(KINDS[names].noun, names_used(made, names), made.names_in(names))
            ),
        ]

    def start_row(self, caller: Caller, candidate: Candidate, batch: str, *, warned: bool = False) -> int | None:
        """Start one row now; return the enrollment's ID, None where the account has one already.

        Args:
            batch: names the file; a new owner hears of all its enrollments at once.
            warned: the person has seen the row's warnings.

        Raises:
            StepConflict: it cannot be started; says why.
        """
        row = BulkRow(candidate.number, candidate.form, warned)
        with self._database.write() as connection:
            outcome, number, said = self._start(connection, caller, row, batch)
        self._enrollments.wake()
        if outcome is Outcome.REFUSED:
            raise StepConflict(said or "")
        return number if outcome is Outcome.STARTED else None

    # In the background ----------------------------------------------------------------------------------------

    def show(self, caller: Caller, source: str, checked: BulkCheck) -> int | None:
        """Store what somebody may start, and have the preview sent to them.

        Returns:
            The bulk start's ID; None for a repeated request, which changes nothing.
        """
        rows = [BulkRow(each.number, each.form, each.number in checked.warnings) for each in checked.good]
        now, user = self._clock.now(), caller.actor.user_id
        with self._database.write() as connection:
            key = caller.idempotency_key
            if key and not idempotency_keys.add(connection, caller.workspace, key, _NO_ENROLLMENT, now):
                return None
            number = bulk_rows.add(connection, caller.workspace, user, source, rows, checked.preview(), now)
            payload = {"bulk": number, "to": [user]}
            told = bulk_rows.key_of_message(number)
            outbox.owe(connection, caller.workspace, told, MessageKind.BULK, user, now, payload=payload)
        self._enrollments.wake()
        return number

    def begin(self, caller: Caller, number: int) -> None:
        """Have the rows started that somebody was shown; a second time changes nothing.

        Raises:
            StepConflict: the preview was cancelled or is too old.
        """
        self._move(caller, number, BulkState.SHOWN, BulkState.RUNNING)

    def cancel(self, caller: Caller, number: int) -> None:
        """Start none of the rows that somebody was shown."""
        self._move(caller, number, BulkState.SHOWN, BulkState.CANCELLED)

    def stop(self, caller: Caller, number: int) -> None:
        """Leave out the rows that have not begun."""
        self._move(caller, number, BulkState.RUNNING, BulkState.STOPPED)

    def _move(self, caller: Caller, number: int, before: BulkState, after: BulkState) -> None:
        with self._database.write(urgent=True) as connection:
            found = bulk_rows.load(connection, caller.workspace, number)
            if found is None or found.by != caller.actor.user_id:
                raise StepConflict(_TOO_OLD)
            if found.state is before:
                self._settle(connection, found, after)
            elif after is BulkState.RUNNING and found.state is BulkState.CANCELLED:
                raise StepConflict(_TOO_OLD)
        self._enrollments.wake()

    def work(self, workspace: str, rights: StarterRights, stopping: Callable[[], bool] = lambda: False) -> None:
        """Start the rows of the running bulk starts, until none is left or the process is `stopping`."""
        note(workspace=workspace)
        with self._database.read() as connection:
            found = bulk_rows.running(connection, workspace)
        for number, user in found:
            joined = dict[str, str | None]()
            while not stopping() and self._next(workspace, number, user, rights, joined):
                pass

    def _next(
        self, workspace: str, number: int, user: str, rights: StarterRights, joined: dict[str, str | None]
    ) -> bool:
        """Start the next row; return whether there may be another one to start now."""
        with self._database.read() as connection:
            row = bulk_rows.next_row(connection, number)
        if row is None:
            with self._database.write() as connection:
                self._finish(connection, workspace, number, BulkState.DONE)
            self._enrollments.wake()
            return False
        allowed = rights.starter(user)
        if allowed is None:
            log.info("bulk start %s waits: Slack does not tell whether %s may start enrollments", number, user)
            return False
        if not allowed:
            with self._database.write() as connection:
                self._finish(connection, workspace, number, BulkState.STOPPED, LOST_RIGHT)
            self._enrollments.wake()
            return False
        channel = row.form.channel_id
        if channel not in joined:
            joined[channel] = rights.join_for(user, channel)
        caller = Caller(workspace, rights.actor(user))
        with self._database.write() as connection:
            if not bulk_rows.claim(connection, number, row.line):
                return self._database.is_sqlite  # elsewhere another process is at it
            if (fault := joined[channel]) is not None:
                outcome: RowOutcome = (Outcome.REFUSED, None, fault)
            else:
                outcome = self._start(connection, caller, row, f"bulk:{number}")
            bulk_rows.settle(connection, number, row.line, *outcome)
            self._tell(connection, workspace, number, user, f"{row.line}", _TOLD_EVERY)
        self._enrollments.wake()
        return True

    def _start(self, connection: Connection, caller: Caller, row: BulkRow, batch: str) -> RowOutcome:
        try:
            with connection.begin_nested():
                return Outcome.STARTED, self._enrollments.start_within(connection, caller, row.form, batch).id, None
        except AlreadyEnrolled as known:
            return Outcome.ALREADY, known.enrollment_id, None
        except NeedsConfirmation as question:
            if not row.warned:
                return Outcome.REFUSED, None, f"{question} {_BY_HAND}"
            confirmed = replace(caller, confirmed=frozenset(question.warnings))
            return self._start(connection, confirmed, replace(row, warned=False), batch)
        except DomainError as fault:
            return Outcome.REFUSED, None, str(fault)

    def _finish(
        self, connection: Connection, workspace: str, number: int, state: BulkState, why: str | None = None
    ) -> None:
        found = bulk_rows.load(connection, workspace, number)
        if found is not None and found.state is BulkState.RUNNING:
            self._settle(connection, found, state, why)

    def _settle(self, connection: Connection, found: BulkStart, state: BulkState, why: str | None = None) -> None:
        """Put a bulk start into another state, and show that; it is done only when no row is left."""
        if state is BulkState.DONE and found.count(Outcome.READY):
            return  # another process is starting the last one
        if bulk_rows.move(connection, found.id, found.state, state, why):
            if state is BulkState.STOPPED:
                bulk_rows.leave_ready(connection, found.id)
            self._tell(connection, found.workspace, found.id, found.by, state.value, timedelta())

    def _tell(self, connection: Connection, workspace: str, number: int, user: str, what: str, gap: timedelta) -> None:
        """Have the message with the progress edited, unless that was done just now."""
        now = self._clock.now()
        if bulk_rows.may_tell(connection, number, now, gap):
            key, payload = f"progress:{number}:{what}", {"bulk": number}
            outbox.owe(connection, workspace, key, MessageKind.BULK_PROGRESS, user, now, payload=payload)
