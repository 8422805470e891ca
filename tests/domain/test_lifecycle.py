"""Editing, cancelling, resuming and the lists of an enrollment."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain import edit_form, lifecycle, owner_changes, transitions
from bot.domain.consequences import next_change
from bot.domain.enrollment import Customer, Enrollment, EventKind, Pair, ReminderKind, State, Status
from bot.domain.errors import InvalidForm, NothingToDo, StepConflict
from tests.domain.building import (
    DAY,
    HOUR,
    KEYS,
    MATE,
    NOW,
    ORG,
    OWNER,
    POLICY,
    STRANGER,
    WEEK,
    acted,
    completed,
    edited,
    opened,
    reach,
    started,
    states,
)
from tests.support.steps import StepKey
from tests.support.usual_procedure import SHARED

A, B, C = Pair("Prod", "Standard"), Pair("Test", "Standard"), Pair("Prod", "Reseller")
ADA, BOB = Customer("Prod", "ada@a.example", "111111"), Customer("Prod", "bob@b.example", "222222")


def cancelled(enrollment: Enrollment) -> Enrollment:
    """The enrollment after it was cancelled."""
    return lifecycle.cancel(enrollment, "wrong account", MATE, NOW, POLICY).enrollment


EDITS = {
    "account_name": "Acme Europe",
    "spot_org_id": "606079874886",
    "owner": "U0NEWOWNER",
    "collaborators": (STRANGER,),
    "channel_id": "C0OTHER",
    "role_arn": "arn:aws:iam::123456789012:role/Spot",
    "bucket": "acme-cur",
}


@pytest.mark.parametrize("field", EDITS)
def test_every_field_of_the_form_can_be_corrected(field: str) -> None:
    """One event tells what was and what is; steps and reminders stay as they are."""
    before = opened(StepKey.ENABLE_SUBSETS)

    change = edit_form.edit(before, edited(before, **{field: EDITS[field]}), MATE, NOW + DAY, POLICY)

    wanted = before.with_shared({field: EDITS[field]}) if field in SHARED else replace(before, **{field: EDITS[field]})
    assert wanted == change.enrollment
    assert [EventKind.EDITED] == [event.kind for event in change.events]
    assert {"changed": {field: [edit_form.recorded(before, field), EDITS[field]]}} == change.events[0].details


@pytest.mark.parametrize("changed", [{}, {"owner_zone": "Asia/Kolkata"}])
def test_an_edit_that_changes_nothing_is_refused(changed: dict[str, str]) -> None:
    """The owner's zone comes from Slack, not from the person: alone it is no edit."""
    before = opened(StepKey.ENABLE_SUBSETS)

    with pytest.raises(NothingToDo, match=r"Nothing was changed."):
        edit_form.edit(before, edited(before, **changed), MATE, NOW, POLICY)


def test_a_known_organization_can_be_corrected_and_not_cleared() -> None:
    """The sentence stands at the field."""
    before = opened(StepKey.CONNECT_ACCOUNT)
    assert ORG == before.value("spot_org_id")

    with pytest.raises(InvalidForm) as fault:
        edit_form.edit(before, edited(before, spot_org_id=None), MATE, NOW, POLICY)

    assert {"spot_org_id": "You can change the Spot organization ID, but not remove it."} == fault.value.faults


def test_another_owner_brings_another_clock() -> None:
    """The owed reminder moves into the new owner's hours, under the same number; the window stays."""
    before = acted(opened(StepKey.ENABLE_SUBSETS), StepKey.ENABLE_SUBSETS)
    old = before.step(StepKey.ENABLE_SUBSETS)
    assert old.reminder is not None

    after = edit_form.edit(before, edited(before, owner=MATE, owner_zone="Asia/Tokyo"), MATE, NOW, POLICY).enrollment

    step = after.step(StepKey.ENABLE_SUBSETS)
    assert step.reminder is not None
    assert (old.latest, ReminderKind.LATEST) == (step.latest, step.reminder.kind)
    # Friday 10:00 UTC is Friday 19:00 in Tokyo: it has to wait for Monday 09:00 there.
    assert ("2026-03-06T10:00:00+00:00", "2026-03-09T00:00:00+00:00") == (
        old.reminder.due_at.isoformat(),
        step.reminder.due_at.isoformat(),
    )
    assert old.reminder.number == step.reminder.number == step.reminders


def test_cancelling_keeps_the_steps_and_drops_the_reminders() -> None:
    """Where everything stood stays readable; nothing is owed, and no window ends any more."""
    before = acted(opened(StepKey.FULL_ECO), StepKey.FULL_ECO)

    change = lifecycle.cancel(before, "wrong account", MATE, NOW + HOUR, POLICY)

    after = change.enrollment
    assert (Status.CANCELLED, NOW + HOUR) == (after.status, after.ended_at)
    assert states(before) == states(after)
    assert {None} == {step.reminder for step in after.steps}
    assert None is next_change(after, NOW)
    assert [(EventKind.CANCELLED, {"reason": "wrong account"})] == [(e.kind, e.details) for e in change.events]


def test_a_completed_enrollment_can_be_cancelled_and_resumed() -> None:
    """It comes back as completed, and says resumed only."""
    change = lifecycle.resume(cancelled(completed()), MATE, NOW + DAY, POLICY)

    assert (Status.COMPLETED, NOW + DAY) == (change.enrollment.status, change.enrollment.ended_at)
    assert [EventKind.RESUMED] == [event.kind for event in change.events]


def test_cancelling_twice_is_refused() -> None:
    """Who comes second is told that it happened."""
    with pytest.raises(StepConflict, match=r"This enrollment is cancelled already."):
        cancelled(cancelled(opened(StepKey.SIGN_UP)))


def test_only_a_cancelled_enrollment_can_be_resumed() -> None:
    """An active or completed one says what it is."""
    for enrollment, status in ((opened(StepKey.SIGN_UP), "active"), (completed(), "completed")):
        with pytest.raises(StepConflict, match=f"This enrollment is {status}, not cancelled."):
            lifecycle.resume(enrollment, MATE, NOW, POLICY)


@pytest.mark.parametrize("key", KEYS)
def test_resuming_takes_every_step_up_where_it_was(key: StepKey) -> None:
    """Nothing is lost or done twice, and every open step owes a reminder again, under a new number."""
    before = opened(key)

    after = lifecycle.resume(cancelled(before), MATE, NOW + HOUR, POLICY).enrollment

    assert (Status.ACTIVE, None, states(before)) == (after.status, after.ended_at, states(after))
    for old, new in zip(before.steps, after.steps, strict=True):
        assert (old.reminder is None) == (new.reminder is None)
        if old.reminder and new.reminder:
            assert old.reminder.number < new.reminder.number == new.reminders


def test_a_wait_goes_on_while_an_enrollment_is_cancelled() -> None:
    """After resuming it late, what became due meanwhile is asked for on the next working morning."""
    before, _ = reach(StepKey.CONNECT_ACCOUNT, State.WAITING)

    after = lifecycle.resume(cancelled(before), MATE, NOW + WEEK, POLICY).enrollment

    step = after.step(StepKey.CONNECT_ACCOUNT)
    assert before.step(StepKey.CONNECT_ACCOUNT).latest == step.latest
    assert step.reminder is not None
    assert (ReminderKind.LATEST, datetime(2026, 3, 12, 9, tzinfo=UTC)) == (step.reminder.kind, step.reminder.due_at)


# --- Lists ---

# pairs before, added, removed, after, what is told
PAIRS = {
    "a first one": ((), (A,), (), (A,), (1, 0, 1)),
    "one more": ((A,), (B,), (), (A, B), (1, 0, 2)),
    "one less": ((A, B), (), (A,), (B,), (0, 1, 1)),
    "another billing workflow for a subset": ((A, B), (C,), (), (C, B), (0, 0, 2)),
    "one against another": ((A,), (B,), (A,), (B,), (1, 1, 1)),
}


@pytest.mark.parametrize(("before", "add", "remove", "after", "told"), PAIRS.values(), ids=PAIRS)
def test_pairs_are_added_and_removed(before: Any, add: Any, remove: Any, after: Any, told: Any) -> None:
    """A subset has one billing workflow: pairing it anew replaces the pair."""
    enrollment = replace(opened(StepKey.SIGN_UP), pairs=before)

    change = lifecycle.change_pairs(enrollment, add, frozenset(remove), MATE, NOW, POLICY)

    assert after == change.enrollment.pairs
    details = change.events[0].details
    assert told == (details["added"], details["removed"], details["count"])


CUSTOMERS = {
    "a first one": ((), (ADA,), (), (ADA,), (1, 0, 1)),
    "two of one subset": ((ADA,), (BOB,), (), (ADA, BOB), (1, 0, 2)),
    "one less": ((ADA, BOB), (), (ADA,), (BOB,), (0, 1, 1)),
}


@pytest.mark.parametrize(("before", "add", "remove", "after", "told"), CUSTOMERS.values(), ids=CUSTOMERS)
def test_customers_are_added_and_removed(before: Any, add: Any, remove: Any, after: Any, told: Any) -> None:
    """End customers may share a subset; each line stands for itself."""
    enrollment = replace(opened(StepKey.SIGN_UP), customers=before)

    change = lifecycle.change_customers(enrollment, add, frozenset(remove), MATE, NOW, POLICY)

    assert after == change.enrollment.customers
    details = change.events[0].details
    assert told == (details["added"], details["removed"], details["count"])


@pytest.mark.parametrize("change", [lifecycle.change_pairs, lifecycle.change_customers])
def test_a_list_that_stays_the_same_is_no_change(change: Any) -> None:
    """Nothing typed and nothing removed says so; a cancelled enrollment has to be resumed first."""
    with pytest.raises(NothingToDo, match=r"Nothing was added or removed."):
        change(opened(StepKey.SIGN_UP), (), frozenset(), MATE, NOW, POLICY)
    with pytest.raises(StepConflict, match=r"was cancelled. Resume it first."):
        change(cancelled(opened(StepKey.SIGN_UP)), (), frozenset(), MATE, NOW, POLICY)


def test_a_new_time_zone_of_the_owner_is_their_change_and_no_event() -> None:
    """Slack tells it, and the thread has nothing to say."""
    change = lifecycle.set_zone(opened(StepKey.SIGN_UP), "Asia/Tokyo", NOW + DAY, POLICY)

    assert ("Asia/Tokyo", (), OWNER, NOW + DAY) == (change.enrollment.owner_zone, change.events, change.by, change.at)


def test_lists_can_be_filled_long_before_the_ticket_is_due() -> None:
    """Adding pairs moves no step and no reminder."""
    before = replace(acted(opened(StepKey.FULL_ECO), StepKey.FULL_ECO), pairs=())

    after = lifecycle.change_pairs(before, (A,), frozenset(), MATE, NOW + DAY, POLICY).enrollment

    assert before.steps == after.steps
    assert transitions.locks_again(after, StepKey.CONNECT_ACCOUNT) == (StepKey.ENABLE_SUBSETS,)


def test_an_owner_does_not_take_over_their_own_enrollment() -> None:
    """Another admin does, and the former owner stays among the collaborators."""
    before = started()

    with pytest.raises(StepConflict, match="You own this enrollment already"):
        owner_changes.take_over(before, "UTC", OWNER, NOW, POLICY)
    after = owner_changes.take_over(before, "UTC", "U0ADMIN", NOW, POLICY).enrollment
    assert ("U0ADMIN", (OWNER, MATE)) == (after.owner, after.collaborators)
