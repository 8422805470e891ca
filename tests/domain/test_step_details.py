"""Details of a step: what may be typed, what changes, what clears a block, and when a target date is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import pytest

from bot.domain import corrections, edit_form, lifecycle, snoozing, transitions
from bot.domain.access import Actor, may_change, may_see
from bot.domain.actions import Action, actions_for
from bot.domain.consequences import next_change
from bot.domain.details import change_details, detail_values
from bot.domain.enrollment import Change, Enrollment, Event, EventKind, ReminderKind, State
from bot.domain.errors import NothingToDo, StepConflict
from bot.domain.reminders import following_reminder, is_daily
from bot.domain.shown_values import shown
from tests.domain.building import DAY, HOUR, MATE, NOW, OWNER, POLICY, STRANGER, act, acted, edited, opened, reach
from tests.domain.test_reminders import owed, posted, utc
from tests.support.steps import StepKey

CONNECT, FULL, PAIRS = StepKey.CONNECT_ACCOUNT, StepKey.FULL_ECO, StepKey.ASSOCIATE_WORKFLOWS
TODAY = NOW.date()
EMPTY: Mapping[str, str | None] = dict.fromkeys(("assignee", "target", "blocked_by", "blocked_why", "note"))
BLOCK = {"blocked_by": "aws", "blocked_why": "quota"}


def changed(enrollment: Enrollment, key: StepKey = CONNECT, now: datetime = NOW, **given: str | None) -> Change:
    """The form as it opens, with some fields filled in, saved by a collaborator."""
    recorded = {name: str(v.value) if v.value else None for name, v in detail_values(enrollment, key).items()}
    return change_details(enrollment, key, {**EMPTY, **recorded, **given}, MATE, now, POLICY)


def told(change: Change) -> list[str]:
    """The kinds of the events."""
    return [event.kind.value for event in change.events]


@pytest.mark.parametrize(("state", "moved"), [(State.OPEN, True), (State.WAITING, False), (State.DUE, False)])
def test_several_details_are_one_change_with_an_event_for_each_kind(state: State, moved: bool) -> None:
    """Assignee, target, block and note of a step that is not over; who noted, who blocks and since when are kept."""
    enrollment, now = reach(CONNECT, state)

    target = (now + 5 * DAY).date()
    change = changed(enrollment, now=now, assignee=STRANGER, target=target.isoformat(), note="see ticket", **BLOCK)

    assert change.events == (
        Event(EventKind.ASSIGNED, CONNECT, {"to": STRANGER, "from": None}),
        Event(EventKind.TARGET_SET, CONNECT, {"target": target.isoformat(), "was": None, "moved": moved}),
        Event(EventKind.BLOCKED, CONNECT, {"by": "aws", "why": "quota"}),
        Event(EventKind.NOTED, CONNECT, {"note": "see ticket"}),
    )
    step = change.enrollment.step(CONNECT)
    assert (STRANGER, target) == (step.assignee, step.target)
    assert ("aws", "quota", now) == (step.blocked_by, step.blocked_why, step.blocked_at)
    assert ("see ticket", MATE, now) == (step.note, step.noted_by, step.noted_at)


@pytest.mark.parametrize("state", [State.LOCKED, State.DONE])
def test_a_step_that_is_over_or_locked_has_no_details_to_change(state: State) -> None:
    """Somebody was faster, or the card is old."""
    enrollment, now = reach(CONNECT, state)

    with pytest.raises(StepConflict):
        changed(enrollment, now=now, note="late")


def test_a_form_that_changes_nothing_is_refused() -> None:
    """The owner as the assignee is what is the case already."""
    with pytest.raises(NothingToDo):
        changed(opened(CONNECT), assignee=OWNER)


def test_details_are_taken_away_by_emptying_their_fields() -> None:
    """The reason goes with the one who blocks; choosing the owner ends an assignment."""
    before = changed(opened(CONNECT), assignee=STRANGER, target="2026-03-10", **BLOCK).enrollment

    change = changed(before, assignee=OWNER, target=None, blocked_by=None)

    days = {"target": None, "was": "2026-03-10", "moved": False}
    assert change.events == (
        Event(EventKind.ASSIGNED, CONNECT, {"to": None, "from": STRANGER}),
        Event(EventKind.TARGET_SET, CONNECT, days),
        Event(EventKind.UNBLOCKED, CONNECT, {"by": "aws"}),
    )
    step = change.enrollment.step(CONNECT)
    assert {None} == {step.assignee, step.target, step.blocked_by, step.blocked_why, step.blocked_at}


def test_a_recorded_target_that_has_passed_can_stay() -> None:
    """Only a new one must not lie in the past."""
    before = changed(opened(CONNECT), target="2026-03-05").enrollment

    assert ["noted"] == told(changed(before, now=NOW + 7 * DAY, note="late"))


def test_who_left_a_field_as_it_was_shown_keeps_what_somebody_else_recorded_since() -> None:
    """Two people have the form open: each changes what they typed."""
    before = opened(CONNECT)
    form = shown(before, detail_values(before, CONNECT))
    theirs = changed(before, assignee=STRANGER, **BLOCK).enrollment

    given = {**EMPTY, "target": "2026-03-10"}
    step = change_details(theirs, CONNECT, given, OWNER, NOW, POLICY, form).enrollment.step(CONNECT)

    assert (STRANGER, "aws", "quota", date(2026, 3, 10)) == (
        step.assignee,
        step.blocked_by,
        step.blocked_why,
        step.target,
    )


#: What people do with a blocked step, and whether that ends the block.
ACTS = {
    "mark done": (CONNECT, State.OPEN, lambda e, now: act(e, CONNECT, now), True),
    "plan": (FULL, State.OPEN, lambda e, now: act(e, FULL, now, call_date="2026-03-20"), True),
    "it's ready": (CONNECT, State.DUE, lambda e, now: transitions.confirm(e, CONNECT, MATE, now, POLICY), True),
    "skip": (FULL, State.OPEN, lambda e, now: transitions.skip(e, FULL, "no", MATE, now, POLICY), True),
    "take back": (CONNECT, State.WAITING, lambda e, now: corrections.take_back(e, CONNECT, MATE, now, POLICY), True),
    "still waiting": (
        CONNECT,
        State.DUE,
        lambda e, now: snoozing.still_waiting(e, CONNECT, (now + 2 * DAY).date(), MATE, now, POLICY),
        False,
    ),
    "cancel": (CONNECT, State.OPEN, lambda e, now: lifecycle.cancel(e, "no", MATE, now, POLICY), False),
    "edit": (
        CONNECT,
        State.OPEN,
        lambda e, now: edit_form.edit(e, edited(e, account_name="B"), MATE, now, POLICY),
        False,
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_acting_on_a_step_ends_its_block(name: str) -> None:
    """With an event of its own; putting off a reminder, or a change of something else, does not."""
    key, state, use, ends = ACTS[name]
    enrollment, now = reach(key, state)
    blocked = changed(enrollment, key, now, assignee=STRANGER, **BLOCK).enrollment

    change = use(blocked, now)

    assert ends == (change.enrollment.step(key).blocked_by is None)
    assert ends == (EventKind.UNBLOCKED in {event.kind for event in change.events})
    assert STRANGER == change.enrollment.step(key).assignee


def test_reopening_a_step_locks_blocked_ones_without_their_block() -> None:
    """Nobody can act on those; assignee and note of the reopened one stay, its target of the first time does not."""
    noted = changed(opened(CONNECT), StepKey.CONNECT_ACCOUNT, assignee=STRANGER, **BLOCK).enrollment
    change = transitions.reopen(noted, StepKey.SIGN_UP, MATE, NOW, POLICY)
    assert [EventKind.REOPENED, EventKind.UNBLOCKED] == [event.kind for event in change.events]
    assert (State.LOCKED, None) == (change.enrollment.step(CONNECT).state, change.enrollment.step(CONNECT).blocked_by)

    target = changed(opened(CONNECT), assignee=STRANGER, target="2026-03-06", note="careful").enrollment
    done = transitions.confirm(acted(target, CONNECT), CONNECT, MATE, NOW + DAY, POLICY).enrollment
    again = transitions.reopen(done, CONNECT, MATE, NOW + 9 * DAY, POLICY).enrollment.step(CONNECT)
    assert (STRANGER, None, "careful") == (again.assignee, again.target, again.note)


def test_an_assignee_may_act_on_that_step_and_sees_the_enrollment() -> None:
    """And nothing else; who is no assignee any more loses it."""
    enrollment = changed(opened(PAIRS), PAIRS, assignee=STRANGER).enrollment
    given_back = changed(enrollment, PAIRS, assignee=None).enrollment
    actor = Actor(STRANGER)

    assert [True, False, False] == [may_change(enrollment, actor, key) for key in (PAIRS, FULL, None)]
    assert may_see(enrollment, actor)
    assert not may_change(given_back, actor, PAIRS)
    assert not may_see(given_back, actor)


# Reminders ------------------------------------------------------------------------------------------------------


def test_on_the_target_date_is_asked_once_and_then_as_before() -> None:
    """In the morning of that day, or of the next working day; the reminder that was to come follows."""
    enrollment = changed(opened(CONNECT), target="2026-03-07").enrollment  # a Saturday
    reminder = owed(enrollment, CONNECT)

    assert (ReminderKind.TARGET, utc("03-09 09:00")) == (reminder.kind, reminder.due_at)
    assert not is_daily(reminder)
    after = owed(posted(enrollment, CONNECT, reminder.due_at, POLICY), CONNECT)
    assert (ReminderKind.OPEN, 0, utc("03-12 09:00")) == (after.kind, after.repeat, after.due_at)


def test_a_regular_reminder_of_the_same_day_or_an_earlier_one_comes_first() -> None:
    """On the same day one message speaks for both; a later target is asked about between the repeats."""
    same = changed(opened(CONNECT), target="2026-03-12").enrollment
    assert ReminderKind.OPEN is owed(same, CONNECT).kind

    later = changed(opened(CONNECT), target="2026-03-20").enrollment
    found = []
    for _ in range(5):
        reminder = owed(later, CONNECT)
        found.append((reminder.kind.value, reminder.repeat, reminder.due_at))
        later = posted(later, CONNECT, reminder.due_at, POLICY)
    assert [
        ("open", 0, utc("03-12 09:00")),
        ("open", 1, utc("03-13 09:00")),
        ("open", 2, utc("03-17 09:00")),
        ("target", 3, utc("03-20 09:00")),
        ("open", 3, utc("03-26 09:00")),
    ] == found


def test_a_target_of_today_is_asked_about_at_once_and_not_again() -> None:
    """Its morning is over when it is set; what follows comes on a later day."""
    enrollment = changed(opened(CONNECT), target=TODAY.isoformat()).enrollment
    reminder = owed(enrollment, CONNECT)

    assert (ReminderKind.TARGET, NOW) == (reminder.kind, reminder.due_at)
    following = following_reminder(enrollment, enrollment.step(CONNECT), NOW + HOUR, POLICY)
    assert following is not None
    assert (ReminderKind.OPEN, utc("03-12 09:00")) == (following.kind, following.due_at)


def test_an_optional_step_that_was_mentioned_once_is_asked_about_on_its_target_date() -> None:
    """And is silent after that again."""
    silent = opened(FULL).with_step(FULL, reminder=None, reminders=1)
    enrollment = changed(silent, FULL, target="2026-03-10").enrollment

    assert ReminderKind.TARGET is owed(enrollment, FULL).kind
    assert None is following_reminder(enrollment, enrollment.step(FULL), utc("03-10 09:00"), POLICY)


def test_a_moved_or_removed_target_is_not_asked_about_on_the_old_day() -> None:
    """The next reminder gets another number, so that an old one on its way is not taken for it."""
    first = changed(opened(CONNECT), target="2026-03-06").enrollment
    moved = changed(first, target="2026-03-09").enrollment
    removed = changed(moved, target=None).enrollment

    numbers = [owed(each, CONNECT).number for each in (first, moved, removed)]
    assert sorted(set(numbers)) == numbers
    assert utc("03-09 09:00") == owed(moved, CONNECT).due_at
    assert (ReminderKind.OPEN, utc("03-12 09:00")) == (owed(removed, CONNECT).kind, owed(removed, CONNECT).due_at)


def test_a_wait_keeps_the_ends_of_its_window_after_its_target_date() -> None:
    """What was put off comes on its day, too."""
    waiting = acted(opened(FULL), FULL)
    enrollment = changed(waiting, FULL, target="2026-03-10").enrollment
    after = owed(posted(enrollment, FULL, utc("03-10 09:00"), POLICY), FULL)
    assert (ReminderKind.EARLIEST, utc("04-01 10:00")) == (after.kind, after.due_at)

    snoozed = snoozing.still_waiting(waiting, FULL, date(2026, 3, 20), MATE, NOW, POLICY).enrollment
    enrollment = changed(snoozed, FULL, target="2026-03-10").enrollment
    assert ReminderKind.TARGET is owed(enrollment, FULL).kind
    after = owed(posted(enrollment, FULL, utc("03-10 09:00"), POLICY), FULL)
    assert (ReminderKind.SNOOZED, utc("03-20 09:00")) == (after.kind, after.due_at)


def test_a_day_that_somebody_chose_later_goes_before_the_target_date() -> None:
    """Remind me later says when to ask; the act ends both."""
    enrollment = changed(opened(CONNECT), target="2026-03-09").enrollment

    later = snoozing.remind_later(enrollment, CONNECT, date(2026, 3, 16), MATE, NOW, POLICY).enrollment
    assert (ReminderKind.OPEN, utc("03-16 09:00")) == (owed(later, CONNECT).kind, owed(later, CONNECT).due_at)
    following = following_reminder(later, later.step(CONNECT), utc("03-16 09:00"), POLICY)
    assert following is not None
    assert ReminderKind.OPEN is following.kind


def test_a_target_date_is_that_day_in_a_new_zone_and_after_a_pause() -> None:
    """The owner moves, or the enrollment is resumed; one that has passed meanwhile is not asked about at once."""
    enrollment = changed(opened(CONNECT), target="2026-03-10").enrollment
    tokyo = lifecycle.set_zone(enrollment, "Asia/Tokyo", NOW, POLICY).enrollment
    assert utc("03-10 00:00") == owed(tokyo, CONNECT).due_at

    cancelled = lifecycle.cancel(enrollment, "no", OWNER, NOW, POLICY).enrollment
    soon = lifecycle.resume(cancelled, OWNER, NOW + DAY, POLICY).enrollment
    late = lifecycle.resume(cancelled, OWNER, NOW + 8 * DAY, POLICY).enrollment
    assert [ReminderKind.TARGET, ReminderKind.OPEN] == [owed(each, CONNECT).kind for each in (soon, late)]


def test_from_its_target_date_on_a_wait_can_be_answered_and_the_card_changes() -> None:
    """Still waiting is offered, and the card is edited at the beginning of that day and of the next one."""
    enrollment = changed(acted(opened(FULL), FULL), FULL, target="2026-03-10").enrollment

    days = [next_change(enrollment, NOW), next_change(enrollment, utc("03-10 00:00"))]
    assert [utc("03-10 00:00"), utc("03-11 00:00")] == days
    offered = [Action.STILL_WAITING in actions_for(enrollment, FULL, utc(at)) for at in ("03-09 23:00", "03-10 01:00")]
    assert [False, True] == offered
