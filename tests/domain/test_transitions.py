"""Which act is allowed in which state, and what the person is told otherwise."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from bot.domain import corrections, lifecycle, snoozing, transitions
from bot.domain.days import day_field
from bot.domain.enrollment import Change, Enrollment, EventKind, State
from bot.domain.errors import StepConflict
from bot.domain.procedure import USUAL
from bot.domain.step_order import prerequisites
from tests.domain.building import (
    DAY,
    HOUR,
    KEYS,
    MATE,
    NOW,
    OPTIONAL,
    OWNER,
    POLICY,
    WAITING,
    act,
    opened,
    reach,
    started,
)
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS

Act = Callable[[Enrollment, StepKey, datetime], Change]

ACTS: dict[str, Act] = {
    "act": lambda e, key, now: act(e, key, now, MATE),
    "confirm": lambda e, key, now: transitions.confirm(e, key, MATE, now, POLICY),
    "still waiting": lambda e, key, now: snoozing.still_waiting(e, key, now.date() + DAY, MATE, now, POLICY),
    "remind later": lambda e, key, now: snoozing.remind_later(e, key, now.date() + DAY, MATE, now, POLICY),
    "correct": lambda e, key, now: (
        corrections.correct(e, key, MATE, now, POLICY, {"ticket_number": "4799"}, now.date() - DAY)
        if day_field(SPECS[key]) is None
        else corrections.correct(e, key, MATE, now, POLICY, {"call_date": (now.date() - DAY).isoformat()})
    ),
    "take back": lambda e, key, now: corrections.take_back(e, key, MATE, now, POLICY),
    "skip": lambda e, key, now: transitions.skip(e, key, "no need", MATE, now, POLICY),
    "reopen": lambda e, key, now: transitions.reopen(e, key, MATE, now, POLICY),
}

ALLOWED = {
    "act": {State.OPEN},
    "confirm": {State.WAITING, State.DUE},
    "still waiting": {State.WAITING, State.DUE},
    "remind later": {State.OPEN},
    "correct": {State.WAITING, State.DUE},
    "take back": {State.WAITING, State.DUE},
    "skip": {State.OPEN, State.WAITING, State.DUE},
    "reopen": {State.DONE, State.SKIPPED},
}

#: What a conflict says; `{who}` has acted or finished.
SENTENCES = {
    State.LOCKED: "Finish this first: {missing}.",
    State.OPEN: "Nobody has {marked} yet.",
    State.WAITING: "<@U0OWNER> already {marked}. It's waiting for {turn}.",
    State.DUE: "<@U0OWNER> already {marked}. It's waiting for {turn}.",
    State.DONE: "<@U0OWNER> already {ended}.",
    State.SKIPPED: "<@U0MATE> skipped this.",
}


def possible(key: StepKey) -> set[State]:
    """The states that a step can be in at all."""
    found = {State.OPEN, State.DONE}
    found |= {State.LOCKED} if SPECS[key].requires else set()
    found |= {State.WAITING, State.DUE} if SPECS[key].wait else set()
    return found | ({State.SKIPPED} if SPECS[key].optional else set())


CASES = [(name, key, state) for name in ACTS for key in KEYS for state in State if state in possible(key)]
GOOD = [c for c in CASES if c[2] in ALLOWED[c[0]] and not (c[0] == "skip" and c[1] not in OPTIONAL)]
BAD = [c for c in CASES if c[2] not in ALLOWED[c[0]] and not (c[0] == "skip" and c[1] not in OPTIONAL)]


@pytest.mark.parametrize(("name", "key", "state"), GOOD)
def test_an_act_is_possible_where_it_makes_sense(name: str, key: StepKey, state: State) -> None:
    """Each act works in its states, says who did it and when, and leaves one event about that step."""
    enrollment, now = reach(key, state)

    change = ACTS[name](enrollment, key, now)

    assert (MATE, now) == (change.by, change.at)
    assert [key] == [event.step for event in change.events if event.kind is not EventKind.COMPLETED]


@pytest.mark.parametrize(("name", "key", "state"), BAD)
def test_an_act_in_another_state_says_what_the_state_is(name: str, key: StepKey, state: State) -> None:
    """Who presses a button of an old card, or second, is told how the step stands and who was faster."""
    enrollment, now = reach(key, state)
    direct = [SPECS[before].title for before in SPECS[key].requires]
    spec, marked = SPECS[key], "marked this sent" if SPECS[key].ticket else "marked this done"
    ended = "confirmed this" if spec.wait else marked
    words = {"missing": ", ".join(direct), "marked": marked, "ended": ended, "turn": spec.waiting_on}
    expected = SENTENCES[state].format(**words)

    with pytest.raises(StepConflict) as conflict:
        ACTS[name](enrollment, key, now)

    assert expected == str(conflict.value)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("key", [key for key in KEYS if key not in OPTIONAL])
def test_only_optional_steps_can_be_skipped(key: StepKey, state: State) -> None:
    """In whatever state it is, a step that is not optional cannot be left out."""
    if state not in possible(key):
        return
    enrollment, now = reach(key, state)

    with pytest.raises(StepConflict, match=r"This step can't be skipped: it isn't optional\."):
        transitions.skip(enrollment, key, "no need", MATE, now, POLICY)


@pytest.mark.parametrize("name", ACTS)
def test_nothing_can_be_done_to_the_steps_of_a_cancelled_enrollment(name: str) -> None:
    """Every act is refused with the way out: resume it first."""
    enrollment = lifecycle.cancel(
        reach(StepKey.FULL_ECO, State.WAITING)[0], "wrong account", OWNER, NOW, POLICY
    ).enrollment

    for key in OPTIONAL if name == "skip" else KEYS:
        with pytest.raises(StepConflict, match=r"This enrollment was cancelled. Resume it first."):
            ACTS[name](enrollment, key, NOW)


@pytest.mark.parametrize("key", KEYS)
def test_the_act_starts_the_wait_or_finishes_the_step(key: StepKey) -> None:
    """A step with a wait waits, any other is done; both remember who acted and when."""
    step = ACTS["act"](opened(key), key, NOW + HOUR).enrollment.step(key)

    assert (MATE, NOW + HOUR, NOW + HOUR) == (step.acted_by, step.acted_at, step.since)
    if key in WAITING:
        assert (State.WAITING, None, None) == (step.state, step.finished_at, step.finished_by)
    else:
        assert (State.DONE, NOW + HOUR, MATE) == (step.state, step.finished_at, step.finished_by)


@pytest.mark.parametrize("key", WAITING)
@pytest.mark.parametrize("state", [State.WAITING, State.DUE])
def test_confirming_finishes_a_wait_early_or_late(key: StepKey, state: State) -> None:
    """“It's ready” works before the window ends too, and remembers who said so beside who acted."""
    enrollment, now = reach(key, state)

    step = ACTS["confirm"](enrollment, key, now).enrollment.step(key)

    assert (State.DONE, now, MATE, OWNER) == (step.state, step.finished_at, step.finished_by, step.acted_by)


@pytest.mark.parametrize("key", OPTIONAL)
@pytest.mark.parametrize("state", [State.OPEN, State.WAITING, State.DUE])
def test_skipping_keeps_the_reason(key: StepKey, state: State) -> None:
    """A skipped step counts as finished and says who left it out, when and why."""
    enrollment, now = reach(key, state)

    change = ACTS["skip"](enrollment, key, now)

    step = change.enrollment.step(key)
    assert (State.SKIPPED, "no need", MATE, now) == (step.state, step.reason, step.finished_by, step.finished_at)
    assert {"reason": "no need"} == change.events[0].details
    assert enrollment.finished + 1 == change.enrollment.finished


@pytest.mark.parametrize("key", KEYS)
def test_finishing_a_step_opens_exactly_what_needed_nothing_else(key: StepKey) -> None:
    """A step opens at the moment when the last of those before it is over."""
    before = opened(key)
    done, now = reach(key, State.DONE)

    fresh = {k for k in KEYS if before.step(k).state is State.LOCKED and done.step(k).state is State.OPEN}

    over = {k for k in KEYS if before.step(k).state is State.DONE} | {key}
    needed = {k: prerequisites(USUAL, k) for k in KEYS}
    assert {k for k in KEYS if key in SPECS[k].requires and over.issuperset(needed[k])} == fresh
    assert {now} >= {done.step(k).since for k in fresh}


def test_an_old_card_from_before_the_unlocking_names_what_is_missing() -> None:
    """A locked step names every step right before it that is not over."""
    with pytest.raises(StepConflict) as conflict:
        act(started(), StepKey.VALIDATE_WORKFLOWS)

    assert "Finish this first: Create subsets, Create billing workflows." == str(conflict.value)


def test_transitions_leave_the_given_enrollment_alone() -> None:
    """A change is a new value: what was loaded stays as it was, to be compared with."""
    enrollment: Any = reach(StepKey.CONNECT_ACCOUNT, State.WAITING)[0]
    copy = reach(StepKey.CONNECT_ACCOUNT, State.WAITING)[0]

    ACTS["confirm"](enrollment, StepKey.CONNECT_ACCOUNT, NOW)

    assert copy == enrollment
