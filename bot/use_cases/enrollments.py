"""The changes that people and the bot make to enrollments, stored together with their messages.

A method for a person is one transaction: it returns the stored enrollment or raises a `DomainError` for that person,
and wakes the delivery after the commit. Nothing here calls Slack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any

from bot.delivery import completions, outbox_writer
from bot.domain import corrections, edit_form, lifecycle, new_steps, snoozing, transitions
from bot.domain.aws_events import BOT
from bot.domain.days import ON
from bot.domain.edit_form import Edit
from bot.domain.enrollment import Change, Customer, Enrollment, Pair, Policy
from bot.domain.errors import AlreadyEnrolled
from bot.domain.list_changes import Draft
from bot.domain.schedule import Clock
from bot.domain.shown_values import NOT_SHOWN, FormValues
from bot.domain.start_form import StartForm, check_pace
from bot.domain.step_spec import StepKey
from bot.domain.value_types import NOTHING
from bot.repository import enrollment_reader, enrollment_writer, idempotency_keys, person_lock, search
from bot.repository.database import Connection, Database
from bot.use_cases import confirmations, list_drafts, owner_notices, seen_tickets, stand_ins
from bot.use_cases.caller import Caller
from bot.use_cases.confirmations import new_values
from bot.use_cases.lookups import Lookups


class Enrollments(Lookups):
    """The changes that people can make to enrollments; the queries are in `Lookups`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        policy: Policy,
        wake: Callable[[], None] = lambda: None,
        draw_id: Callable[[], str | None] = lambda: None,
    ) -> None:
        super().__init__(database)
        self._clock = clock
        self._policy = policy
        self.wake = wake
        self._draw_id = draw_id

    def now(self) -> datetime:
        """The current time, at which the state of a step is evaluated."""
        return self._clock.now()

    # Changing -------------------------------------------------------------------------------------------------

    def start(self, caller: Caller, form: StartForm, an_hour: int | None = None) -> Enrollment:
        """Start an enrollment, at the beginning or at the team's position.

        Args:
            an_hour: how many enrollments the person can start within an hour; None for any number.

        Raises:
            AlreadyEnrolled, InvalidForm, NeedsConfirmation (the organization has another enrollment).
            InvalidInput: the person has started `an_hour` enrollments within the last hour.
        """
        try:
            return self._start(caller, form, an_hour)
        except AlreadyEnrolled as known:
            there = self.unviewed.get(caller.workspace, known.enrollment_id)
            raise confirmations.as_seen(known, there, caller.actor) from None

    def _start(self, caller: Caller, form: StartForm, an_hour: int | None) -> Enrollment:
        with self._database.write(urgent=True) as connection:
            if an_hour is not None:  # before the look for a first delivery, which may be carried out just now
                person_lock.hold(connection, caller.workspace, caller.actor.user_id)
            if (repeated := self._repeated(connection, caller)) is not None:
                return repeated
            if an_hour is not None:
                started = search.last_starts(connection, caller.workspace, caller.actor.user_id, an_hour)
                check_pace(started, an_hour, self._clock.now())
            try:
                saved = self.start_within(connection, caller, form)
            except AlreadyEnrolled:
                if (repeated := self._repeated(connection, caller)) is None:
                    raise
                return repeated
        self.wake()
        return saved

    def start_within(
        self, connection: Connection, caller: Caller, form: StartForm, batch: str | None = None
    ) -> Enrollment:
        """`start` within a transaction of the caller's, who rolls back whatever it raises but `AlreadyEnrolled`.

        Args:
            batch: names the enrollments that one request starts; a new owner hears of all of them at once.
        """
        now = self._clock.now()
        blank = form.new_enrollment(caller.workspace, caller.actor.user_id, now, self._draw_id())
        change = lifecycle.start(blank, form.position, self._policy)
        enrollment_id = enrollment_writer.insert(connection, blank)
        before = replace(blank, id=enrollment_id)
        change = replace(change, enrollment=replace(change.enrollment, id=enrollment_id))
        caller.require(confirmations.shared_values(connection, before, form.values, caller.actor))
        change = owner_notices.owe(connection, before, change, caller.actor, batch)
        saved = outbox_writer.save_with_outbox(connection, before, change, self._policy)
        if caller.idempotency_key is not None:
            idempotency_keys.add(connection, caller.workspace, caller.idempotency_key, saved.id, now)
        if caller.execution is not None:
            completions.owe_started(connection, saved, caller.execution, caller.actor.user_id, now)
        return saved

    def complete_act(
        self,
        caller: Caller,
        enrollment_id: int,
        step: StepKey,
        values: Mapping[str, object] = NOTHING,
        on: date | None = None,
    ) -> Enrollment:
        """Finish the act of a step, on a day, with the values that it collects.

        `NeedsConfirmation` as for `start`, and where the last AWS check of the step failed.
        """
        seen = seen_tickets.seen(self._database, caller, enrollment_id, step)

        def act(before: Enrollment, **context: Any) -> Change:
            given = confirmations.merged(caller.shown, before, step, values)
            finish = partial(transitions.complete_act, key=step, values=given, on=on, **context)
            return seen.sent(before, finish, **context)

        shows = partial(corrections.step_values, key=step)
        warnings = partial(confirmations.of_act, caller, step, self._policy.ticket_lines)
        return self._change(caller, enrollment_id, act, of_step=step, shows=shows, warnings=warnings)

    def correct(
        self, caller: Caller, enrollment_id: int, step: StepKey, values: Mapping[str, object], on: date | None = None
    ) -> Enrollment:
        """Correct the day of a waiting step and what it collected; `NeedsConfirmation` as for `start`."""

        def change(before: Enrollment, **context: Any) -> Change:
            given = confirmations.merged(caller.shown, before, step, values)
            stays = on is not None and caller.shown is not None and caller.shown.is_untouched(ON, on.isoformat())
            return corrections.correct(before, step, values=given, on=None if stays else on, **context)

        shows, warnings = partial(corrections.step_values, key=step), partial(new_values, actor=caller.actor)
        return self._change(caller, enrollment_id, change, of_step=step, shows=shows, warnings=warnings)

    def take_back(self, caller: Caller, enrollment_id: int, step: StepKey) -> Enrollment:
        """Take back the act of a waiting step."""
        return self._change(caller, enrollment_id, corrections.take_back, step, of_step=step)

    def confirm(
        self, caller: Caller, enrollment_id: int, step: StepKey, on: date | None = None, **more: Any
    ) -> Enrollment:
        """Confirm the end of a step's wait, since a day; `more` as for `transitions.confirm`."""
        change = partial(transitions.confirm, key=step, on=on, **more)
        return self._change(caller, enrollment_id, change, of_step=step)

    def still_waiting(
        self, caller: Caller, enrollment_id: int, step: StepKey, until: date, note: str | None = None
    ) -> Enrollment:
        """Put off the next reminder of a waiting step until a day."""
        return self._change(
            caller, enrollment_id, partial(snoozing.still_waiting, note=note), step, until, of_step=step
        )

    def remind_later(
        self, caller: Caller, enrollment_id: int, step: StepKey, until: date, note: str | None = None
    ) -> Enrollment:
        """Put off the next reminder of an open step until a day."""
        return self._change(caller, enrollment_id, partial(snoozing.remind_later, note=note), step, until, of_step=step)

    def skip(self, caller: Caller, enrollment_id: int, step: StepKey, reason: str) -> Enrollment:
        """Leave out an optional step."""
        return self._change(caller, enrollment_id, transitions.skip, step, reason, of_step=step)

    def reopen(self, caller: Caller, enrollment_id: int, step: StepKey) -> Enrollment:
        """Open a done or skipped step again."""
        return self._change(caller, enrollment_id, transitions.reopen, step)

    def cancel(self, caller: Caller, enrollment_id: int, reason: str) -> Enrollment:
        """End an enrollment without completing it."""
        return self._change(caller, enrollment_id, lifecycle.cancel, reason)

    def resume(self, caller: Caller, enrollment_id: int) -> Enrollment:
        """Take up a cancelled enrollment."""
        return self._change(caller, enrollment_id, lifecycle.resume)

    def edit(self, caller: Caller, enrollment_id: int, wanted: Edit) -> Enrollment:
        """Change values, people and channel; `NeedsConfirmation` as for `start`, and where somebody was faster."""
        change, warnings = partial(edit_form.edit, shown=caller.shown), partial(new_values, actor=caller.actor)
        return self._change(caller, enrollment_id, change, wanted, shows=edit_form.edit_values, warnings=warnings)

    def change_pairs(self, caller: Caller, enrollment_id: int, add: Sequence[Pair], remove: Set[Pair]) -> Enrollment:
        """Add and remove associations, as `change_list` does."""
        return self.change_list(caller, enrollment_id, Draft("pairs", "", tuple(add), remove=frozenset(remove)))

    def change_customers(
        self, caller: Caller, enrollment_id: int, add: Sequence[Customer], remove: Set[Customer]
    ) -> Enrollment:
        """Add and remove end customers, as `change_list` does."""
        return self.change_list(caller, enrollment_id, Draft("customers", "", tuple(add), remove=frozenset(remove)))

    def change_list(self, caller: Caller, enrollment_id: int, draft: Draft, *, add_names: bool = False) -> Enrollment:
        """Change a list; replaced pairs want confirmation, and names that were never recorded, also to be added."""
        change = partial(list_drafts.change, draft, caller.actor, add_names)
        warnings = partial(confirmations.of_list, draft, caller.shown)
        return self._change(caller, enrollment_id, change, of_list=draft.list_name, warnings=warnings)

    # ----------------------------------------------------------------------------------------------------------

    def _change(
        self,
        caller: Caller,
        enrollment_id: int,
        transition: Callable[..., Change],
        *values: object,
        of_step: StepKey | None = None,
        of_list: str = "",
        shows: Callable[[Enrollment], FormValues] = lambda _: NOT_SHOWN,
        warnings: Callable[[Connection, Enrollment, Enrollment], Sequence[str]] = lambda *_: (),
    ) -> Enrollment:
        """Apply a transition of the domain.

        Args:
            of_step, of_list: the step, or the list of the step, whose assignee may do this, too.
            shows: the recorded values that the person's form shows; replacing somebody's newer one wants confirmation.
            warnings: what else the person has to confirm, given the enrollment before and after the transition.
        """
        with self._database.write(urgent=True) as connection:
            before = enrollment_reader.load(connection, caller.workspace, enrollment_id, lock=True)
            # Under the lock: the first delivery has ended by now. A refusal takes the key back with it.
            now = self._clock.now()
            if caller.idempotency_key and not idempotency_keys.add(
                connection, caller.workspace, caller.idempotency_key, before.id, now
            ):
                return before
            absent = stand_ins.require_change(
                connection, before, caller.actor, now, of_step or before.procedure.step_with(of_list)
            )
            if of_step is not None:
                lifecycle.require_step(before, of_step)
            before = self._with_new_steps(connection, before, now)
            change = transition(before, *values, by=caller.actor.user_id, now=now, policy=self._policy)
            changed = confirmations.overwritten(connection, caller.shown, before, change.enrollment, shows)
            caller.require([*changed, *warnings(connection, before, change.enrollment)])
            change = owner_notices.owe(connection, before, change, caller.actor)
            change = stand_ins.in_the_name_of(change, absent)
            saved = outbox_writer.save_with_outbox(connection, before, change, self._policy)
        self.wake()
        return saved

    def _with_new_steps(self, connection: Connection, before: Enrollment, now: datetime) -> Enrollment:
        if not before.new_steps:
            return before
        change = new_steps.add_new_steps(before, BOT, now, self._policy)
        return outbox_writer.save_with_outbox(connection, before, change, self._policy)

    def _repeated(self, connection: Connection, caller: Caller) -> Enrollment | None:
        if caller.idempotency_key is None:
            return None
        found = idempotency_keys.find(connection, caller.workspace, caller.idempotency_key)
        return enrollment_reader.load(connection, caller.workspace, found) if found is not None else None
