"""Undoing the last change: exact over random walks, and refused with the reason where it may not be done."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import precondition, rule

from bot.domain import edit_form, snoozing, transitions, undo
from bot.domain.access import Actor
from bot.domain.aws_events import BOT
from bot.domain.enrollment import Change, Enrollment, Event, EventKind, Policy, State, Status
from bot.domain.errors import NotAllowed, StepConflict
from bot.domain.undo import LastChange, SentToSupport
from bot.repository import last_changes
from tests.domain.building import KEYS, MATE, NOW, OWNER, POLICY, act, edited, opened, reach
from tests.domain.test_walks import Walk
from tests.repository.test_enrollments_stored import filled
from tests.support.steps import StepKey

ADMIN, STRANGER = "U0ADMIN", "U0STRANGER"


def last_change(change: Change, current: Enrollment, before: Enrollment, version: int = 0) -> LastChange:
    """The last change as the database keeps it: by way of JSON."""
    stored = json.loads(json.dumps(last_changes.replaced(before, change.enrollment)))
    was = last_changes.restored(current, stored)
    return LastChange(7, change.events[0], change.by, change.at, version, was)


def comparable(enrollment: Enrollment, now: datetime, policy: Policy) -> Enrollment:
    """The enrollment without the numbers of its reminders; one that is late comes at the next opportunity."""
    steps = []
    for step in enrollment.steps:
        planned = step.reminder
        if planned is not None:
            due = planned.due_at if planned.due_at > now else policy.hours.next_open(now, enrollment.zone)
            planned = replace(planned, number=0, due_at=due)
        steps.append(replace(step, reminder=planned, reminders=0))
    return replace(enrollment, steps=tuple(steps))


class UndoWalk(Walk):
    """The walk through the procedure, in which every change is undone by the way, and sometimes for good."""

    done: tuple[Enrollment, Change] | None = None

    def change(self, change: Change) -> None:
        """Take a change over, after looking whether its undo would lead back."""
        before = self.enrollment
        super().change(change)
        self.done = (before, change)
        last = last_change(change, self.enrollment, before)
        back = undo.undo(self.enrollment, last, MATE, self.now, self.policy)
        assert comparable(before, self.now, self.policy) == comparable(back.enrollment, self.now, self.policy)
        assert [EventKind.UNDONE] == [event.kind for event in back.events]

    @precondition(lambda self: self.done is not None)
    @rule()
    def undo_the_last_change(self) -> None:
        """Somebody undoes it, perhaps after reminders were sent."""
        assert self.done is not None
        (before, change), self.done = self.done, None
        last = last_change(change, self.enrollment, before)
        self.enrollment = undo.undo(self.enrollment, last, MATE, self.now, self.policy).enrollment
        assert before.status is self.enrollment.status
        assert [step.state for step in before.steps] == [step.state for step in self.enrollment.steps]


class TestUndoWalk(UndoWalk.TestCase):
    """Some walks of forty acts."""

    settings = settings(max_examples=25, stateful_step_count=40, deadline=None)


def skipped() -> tuple[Enrollment, Change]:
    """An enrollment before and after its optional step was skipped by the owner."""
    before = opened(StepKey.FULL_ECO)
    return before, transitions.skip(before, StepKey.FULL_ECO, "no need", OWNER, NOW, POLICY)


def allowed(change: Change, before: Enrollment, who: str = OWNER, at: datetime = NOW, **given: Any) -> LastChange:
    """The change that somebody may undo; raises what keeps them from it."""
    current = given.pop("current", change.enrollment)
    last = last_change(change, current, before, given.pop("version", current.version))
    actor = Actor(who, is_admin=who == ADMIN)
    return undo.require_undoable(current, last, given.pop("sent", ()), actor, at, given.pop("number", None))


@pytest.mark.parametrize("who", [OWNER, ADMIN])
def test_its_author_and_admins_may_undo_a_change_within_ten_minutes(who: str) -> None:
    """Up to the very end of them."""
    before, change = skipped()

    last = allowed(change, before, who, NOW + timedelta(minutes=10))

    back = undo.undo(change.enrollment, last, who, NOW + timedelta(minutes=10), POLICY)
    assert State.OPEN is back.enrollment.step(StepKey.FULL_ECO).state
    assert {"open": ["Full Eco: strategy call and ramp-up"]} == back.events[0].details["now"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"who": MATE}, "<@U0OWNER> made the last change. Only they or an admin can undo it."),
        ({"at": NOW + timedelta(minutes=10, seconds=1)}, "more than ten minutes old"),
        ({"version": 3}, "has changed since then"),
        ({"number": 6}, "has changed since then"),
        ({"sent": (SentToSupport(StepKey.ENABLE_SUBSETS, MATE, True),)}, "goes out by email: <@U0MATE> has sent it"),
        ({"sent": (SentToSupport(StepKey.ENABLE_SUBSETS, MATE, False),)}, "Meanwhile <@U0MATE> got the ticket"),
    ],
    ids=["another person", "too late", "changed since", "another change", "emailed since", "downloaded since"],
)
def test_an_undo_is_refused_with_its_reason(given: dict[str, Any], sentence: str) -> None:
    """In a sentence that says what is in the way."""
    before, change = skipped()

    with pytest.raises(StepConflict, match=sentence):
        allowed(change, before, **given)


def test_who_may_not_change_the_enrollment_is_told_whom_to_ask() -> None:
    """Whatever the last change was."""
    before, change = skipped()

    with pytest.raises(NotAllowed):
        allowed(change, before, STRANGER)


def test_who_gave_the_enrollment_away_by_mistake_takes_it_back() -> None:
    """The right that counts is the one that they had before."""
    before = replace(opened(StepKey.FULL_ECO), collaborators=())
    change = edit_form.edit(before, edited(before, owner="U0OTHER"), OWNER, NOW, POLICY)

    last = allowed(change, before)

    assert OWNER == undo.undo(change.enrollment, last, OWNER, NOW, POLICY).enrollment.owner


def test_a_ticket_that_is_marked_as_sent_is_not_undone() -> None:
    """It is with support, maybe; for each step with a ticket."""
    before = opened(StepKey.ENABLE_SUBSETS)
    change = act(before, StepKey.ENABLE_SUBSETS)

    with pytest.raises(StepConflict, match=r"“Enable the Subsets feature” is marked as sent.* Press Correct"):
        allowed(change, before)


def test_an_entry_that_changed_nothing_is_not_undone() -> None:
    """An email that was refused, an agreement."""
    before = opened(StepKey.FULL_ECO)
    change = Change(before, (Event(EventKind.EMAIL_REFUSED, StepKey.ENABLE_SUBSETS),), OWNER, NOW)

    with pytest.raises(StepConflict, match="changed nothing"):
        allowed(change, before)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (EventKind.STARTED, "A start can't be undone. Press Cancel enrollment instead."),
        (EventKind.CHECKED, "nothing to undo"),
        (EventKind.FIRST_FILES_ARRIVED, "nothing to undo"),
        (EventKind.UNDONE, "<@U0OWNER> already undid the last change."),
    ],
)
def test_what_was_no_change_of_a_step_or_was_undone_is_refused(kind: EventKind, sentence: str) -> None:
    """A second undo names who was first."""
    before, change = skipped()

    with pytest.raises(StepConflict, match=sentence):
        allowed(replace(change, events=(Event(kind),)), before)


def test_a_snoozed_reminder_comes_again_when_it_would_have_come() -> None:
    """Under a number of its own: the one that was put off is never said."""
    before, now = reach(StepKey.CONNECT_ACCOUNT, State.WAITING)
    change = snoozing.still_waiting(before, StepKey.CONNECT_ACCOUNT, NOW.date() + timedelta(days=9), OWNER, now, POLICY)

    back = undo.undo(change.enrollment, allowed(change, before), OWNER, now, POLICY).enrollment

    was, put_off, again = (each.step(StepKey.CONNECT_ACCOUNT).reminder for each in (before, change.enrollment, back))
    assert was
    assert put_off
    assert again
    assert (was.kind, was.due_at) == (again.kind, again.due_at)
    assert again.number > put_off.number


@pytest.mark.parametrize("back", [True, False])
def test_every_field_that_a_change_can_replace_comes_back(back: bool) -> None:
    """Of the enrollment, of its steps and of its lists, from values to none and from none to values."""
    full, blank = filled(1), replace(opened(StepKey.FULL_ECO), id=1, version=1)
    before, after = (full, blank) if back else (blank, full)

    stored = json.loads(json.dumps(last_changes.replaced(before, after)))

    assert comparable(before, NOW, POLICY) == comparable(last_changes.restored(after, stored), NOW, POLICY)


def test_an_undone_completion_is_no_completion() -> None:
    """The enrollment is active again, with everything as it was."""
    before = opened(KEYS[-1])
    for key in KEYS:
        if key not in (StepKey.FULL_ECO, StepKey.SIGN_UP) and before.step(key).state is State.OPEN:
            before = act(before, key).enrollment
            if before.step(key).state is State.WAITING:
                before = transitions.confirm(before, key, OWNER, NOW, POLICY).enrollment
    rest = [step.key for step in before.steps if step.state is State.OPEN]
    for key in rest[:-1]:
        before = transitions.skip(before, key, "no need", OWNER, NOW, POLICY).enrollment
    change = transitions.skip(before, rest[-1], "no need", OWNER, NOW, POLICY)
    while change.enrollment.status is not Status.COMPLETED:
        before = change.enrollment
        key = next(step.key for step in before.steps if step.state is State.OPEN)
        change = act(before, key)

    back = undo.undo(change.enrollment, allowed(change, before), OWNER, NOW, POLICY).enrollment

    assert (Status.ACTIVE, None) == (back.status, back.ended_at)


def test_what_the_bot_did_by_itself_is_not_undone() -> None:
    """Nobody made that change by mistake, not even an admin."""
    before, change = skipped()

    for who in (OWNER, ADMIN):
        with pytest.raises(StepConflict, match="I made the last change myself, so there is nothing to undo"):
            allowed(replace(change, by=BOT), before, who)
