"""Reopening a step, and what becomes of the steps and the enrollment around it."""

from dataclasses import replace

import pytest

from bot.domain import lifecycle, transitions
from bot.domain.enrollment import Enrollment, EventKind, State, Status
from tests.domain.building import (
    DAY,
    HOUR,
    KEYS,
    MATE,
    NOW,
    OPTIONAL,
    OWNER,
    POLICY,
    acted,
    completed,
    finished,
    keys_in,
    opened,
    reach,
    started,
    states,
    with_lists,
)
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE, SPECS


def reopen(enrollment: Enrollment, key: StepKey) -> Enrollment:
    """The enrollment after a step was opened again, one hour later."""
    return transitions.reopen(enrollment, key, MATE, NOW + HOUR, POLICY).enrollment


def upto(*keys: StepKey) -> Enrollment:
    """An enrollment in which these steps were done, in this order."""
    return finished(with_lists(started()), *keys)


# steps that were done, the one that is opened again, the open ones that it locks, the open ones that stay
REOPENED = {
    "the step right before": ("sign_up", "sign_up", "connect_account", ""),
    "both tracks after connecting": ("sign_up connect_account", "connect_account", "full_eco enable_subsets", ""),
    "both lists": (
        "sign_up connect_account enable_subsets", "enable_subsets", "create_subsets create_workflows", "full_eco",
    ),
    "through a step that stays done": (
        "sign_up connect_account enable_subsets", "connect_account", "full_eco create_subsets create_workflows", "",
    ),
    "to the far end": (
        "sign_up connect_account enable_subsets create_subsets", "sign_up",
        "full_eco create_workflows associate_customers", "",
    ),
    "only what needs it": (
        "sign_up connect_account enable_subsets create_subsets create_workflows validate_workflows",
        "create_workflows", "associate_workflows", "full_eco associate_customers",
    ),
    "nothing needs full Eco": ("sign_up connect_account full_eco", "full_eco", "", "enable_subsets"),
}  # fmt: skip


@pytest.mark.parametrize(("done", "again", "locked", "stays"), REOPENED.values(), ids=REOPENED)
def test_reopening_locks_the_open_steps_that_need_it(done: str, again: str, locked: str, stays: str) -> None:
    """What was acted on keeps its state; open steps that need the reopened one, also through others, lock."""
    enrollment, key = upto(*map(StepKey, done.split())), StepKey(again)
    expected = {StepKey(name) for name in locked.split()}

    told = transitions.locks_again(enrollment, key)
    change = transitions.reopen(enrollment, key, MATE, NOW + HOUR, POLICY)

    after = change.enrollment
    assert expected == set(told)
    assert expected == {k for k in keys_in(after, State.LOCKED) if enrollment.step(k).state is not State.LOCKED}
    assert {StepKey(name) for name in stays.split()} | {key} == keys_in(after, State.OPEN)
    assert {k for k in keys_in(enrollment, State.DONE) if k != key} == keys_in(after, State.DONE)
    assert {"locked": [SPECS[k].title for k in told]} == change.events[0].details


@pytest.mark.parametrize("state", [State.WAITING, State.DUE, State.DONE, State.SKIPPED])
@pytest.mark.parametrize("key", [StepKey.FULL_ECO, StepKey.ASSOCIATE_CUSTOMERS])
def test_what_was_acted_on_keeps_its_state(key: StepKey, state: State) -> None:
    """A ticket that was sent stays sent, whatever is opened before it."""
    enrollment, now = reach(key, state)

    after = reopen(enrollment, StepKey.CONNECT_ACCOUNT)

    assert enrollment.step(key) == after.step(key)
    assert state is after.step(key).state_at(now)


@pytest.mark.parametrize("key", KEYS)
def test_a_reopened_step_begins_anew(key: StepKey) -> None:
    """Its window, its times and its people are gone; the ticket's number and the count of reminders stay."""
    before, _ = reach(key, State.DONE)
    before = before.with_values(key, {"ticket_number": "#4711"})

    step = reopen(before, key).step(key)

    assert (State.OPEN, NOW + HOUR, "#4711") == (step.state, step.since, step.values["ticket_number"])
    gone = (step.acted_at, step.acted_by, step.window_start, step.earliest, step.latest)
    assert {None} == {*gone, step.finished_at, step.finished_by, step.reason}
    assert step.reminder is not None
    assert before.step(key).reminders + 1 == step.reminder.number == step.reminders


@pytest.mark.parametrize("key", OPTIONAL)
def test_a_skipped_step_can_be_done_after_all(key: StepKey) -> None:
    """Reopening it takes the reason back."""
    enrollment, _ = reach(key, State.SKIPPED)

    after = finished(reopen(enrollment, key), key)

    assert (State.DONE, None) == (after.step(key).state, after.step(key).reason)


def test_a_step_that_is_reopened_behind_a_reopened_one_is_locked() -> None:
    """It opens when the step before it is over again."""
    enrollment = upto(StepKey.SIGN_UP, StepKey.CONNECT_ACCOUNT, StepKey.ENABLE_SUBSETS)

    both = reopen(reopen(enrollment, StepKey.SIGN_UP), StepKey.ENABLE_SUBSETS)

    assert State.LOCKED is both.step(StepKey.ENABLE_SUBSETS).state
    assert State.OPEN is finished(both, StepKey.SIGN_UP).step(StepKey.ENABLE_SUBSETS).state


def test_a_step_locked_through_a_done_one_says_what_it_waits_for() -> None:
    """The step right before is done, so the one that was reopened is named."""
    after = reopen(upto(StepKey.SIGN_UP, StepKey.CONNECT_ACCOUNT, StepKey.ENABLE_SUBSETS), StepKey.SIGN_UP)

    with pytest.raises(transitions.StepConflict) as conflict:
        acted(after, StepKey.CREATE_SUBSETS)

    assert "Finish this first: Sign up with Spot." == str(conflict.value)


def test_finishing_the_reopened_step_opens_the_same_steps_again() -> None:
    """Reopening and doing it again leads back to where everything stood."""
    before = upto(StepKey.SIGN_UP, StepKey.CONNECT_ACCOUNT, StepKey.ENABLE_SUBSETS)

    after = finished(reopen(before, StepKey.CONNECT_ACCOUNT), StepKey.CONNECT_ACCOUNT)

    assert states(before) == states(after)


# --- Completion and revival ---


@pytest.mark.parametrize("last", OPTIONAL)
@pytest.mark.parametrize("how", ["done", "skipped"])
def test_an_enrollment_completes_with_its_last_step(last: StepKey, how: str) -> None:
    """Done or skipped, the last one completes it: said once, with the moment, and nothing is owed any more."""
    before = upto(*(key for key in KEYS if key != last))
    assert (Status.ACTIVE, 8, None) == (before.status, before.finished, before.ended_at)

    if how == "done":
        waiting = acted(before, last)
        assert Status.ACTIVE is waiting.status
        change = transitions.confirm(waiting, last, OWNER, NOW + DAY, POLICY)
    else:
        change = transitions.skip(before, last, "no need", OWNER, NOW + DAY, POLICY)

    after = change.enrollment
    assert (Status.COMPLETED, 9, NOW + DAY) == (after.status, after.finished, after.ended_at)
    assert [EventKind.COMPLETED] == [event.kind for event in change.events[1:]]
    assert [None] * len(KEYS) == [step.reminder for step in after.steps]


@pytest.mark.parametrize("key", KEYS)
def test_reopening_a_step_revives_a_completed_enrollment(key: StepKey) -> None:
    """It is active again, one step short, and the reopened step owes a reminder."""
    after = reopen(completed(), key)

    assert (Status.ACTIVE, 8, None) == (after.status, after.finished, after.ended_at)
    assert [key] == [step.key for step in after.steps if step.reminder is not None]


def test_a_new_billing_workflow_does_not_complete_by_the_way() -> None:
    """Recording names anew in a revived enrollment takes the validation back: two steps are open at the end."""
    revived = reopen(completed(), StepKey.CREATE_WORKFLOWS)

    after = acted(revived, StepKey.CREATE_WORKFLOWS, names=("Standard", "Reseller", "New"))

    assert (Status.ACTIVE, {StepKey.VALIDATE_WORKFLOWS}) == (after.status, keys_in(after, State.OPEN))


def test_a_corrected_list_revives_a_completed_enrollment() -> None:
    """Spot support has to hear of the change; once the list says again what they know, it is completed again."""
    done = completed()

    after = lifecycle.change_pairs(done, (), frozenset(done.pairs), OWNER, NOW, POLICY).enrollment
    back = lifecycle.change_pairs(after, done.pairs, frozenset(), OWNER, NOW + DAY, POLICY).enrollment

    assert (Status.ACTIVE, {StepKey.ASSOCIATE_WORKFLOWS}) == (after.status, keys_in(after, State.OPEN))
    assert (Status.COMPLETED, set()) == (back.status, keys_in(back, State.OPEN))
    assert (OWNER, NOW + DAY) == (back.steps[-2].finished_by, back.steps[-2].finished_at)


def test_steps_are_counted_whether_done_or_skipped() -> None:
    """“N of M steps” counts what does not hold anything up any more."""
    enrollment = opened(StepKey.FULL_ECO)
    skipped = transitions.skip(enrollment, StepKey.FULL_ECO, "later", OWNER, NOW, POLICY).enrollment

    assert [2, 3] == [enrollment.finished, skipped.finished]
    assert len(PROCEDURE) == completed().finished
    assert replace(enrollment, steps=skipped.steps) == skipped
