"""The buttons that a step offers, and who may press them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain import lifecycle, snoozing, transitions
from bot.domain.access import Actor, may_change, require_change
from bot.domain.actions import Action, actions_for
from bot.domain.enrollment import Change, Enrollment, State
from bot.domain.errors import DomainError, NotAllowed
from tests.domain.building import KEYS, MATE, NOW, OWNER, POLICY, STRANGER, WAITING, WEEK, completed, reach, started
from tests.support.steps import StepKey

# step, state -> buttons, the most likely first
OFFERED = {
    ("sign_up", "open"): "Mark done, Remind me later, Details",
    ("sign_up", "done"): "Reopen",
    ("connect_account", "locked"): "",
    ("connect_account", "open"): "Mark done, Check AWS, Remind me later, Details",
    ("connect_account", "waiting"): "It's ready, Check AWS, Correct, Details",
    ("connect_account", "due"): "It's ready, Still waiting, It's not there, Check AWS, Correct, Details",
    ("connect_account", "done"): "Reopen",
    ("full_eco", "open"): "Mark done, Skip, Remind me later, Details",
    ("full_eco", "waiting"): "It's ready, Check AWS, Skip, Correct, Details",
    ("full_eco", "due"): "It's ready, Still waiting, Check AWS, Skip, Correct, Details",
    ("full_eco", "skipped"): "Reopen",
    ("enable_subsets", "open"): "Show ticket, Mark sent, Remind me later, Details",
    ("enable_subsets", "waiting"): "It's ready, Show ticket, Correct, Details",
    ("enable_subsets", "due"): "It's ready, Still waiting, Show ticket, Correct, Details",
    ("create_subsets", "open"): "Mark done, Remind me later, Details, Add AWS accounts",
    ("create_workflows", "open"): "Mark done, Remind me later, Details, Ask for a custom workflow",
    ("validate_workflows", "open"): "Mark done, Get AWS costs, Remind me later, Details",
    ("associate_workflows", "open"): "Add pairs, Show ticket, Mark sent, Skip, Remind me later, Details",
    ("associate_workflows", "due"): "It's ready, Still waiting, Show ticket, Skip, Correct, Details",
    ("associate_customers", "locked"): "",
    ("associate_customers", "open"): "Add customers, Show ticket, Mark sent, Skip, Remind me later, Details",
    ("associate_customers", "waiting"): "It's ready, Show ticket, Skip, Correct, Details",
    ("associate_customers", "due"): "It's ready, Still waiting, Show ticket, Skip, Correct, Details",
    ("associate_customers", "skipped"): "Reopen",
}


@pytest.mark.parametrize(("key", "state"), OFFERED)
def test_a_step_offers_what_can_be_done_now(key: str, state: str) -> None:
    """In the words by which people look for help, the most likely first."""
    enrollment, now = reach(StepKey(key), State(state))

    assert OFFERED[key, state] == ", ".join(action.label for action in actions_for(enrollment, StepKey(key), now))


@pytest.mark.parametrize("state", [State.LOCKED, State.OPEN, State.WAITING, State.DUE, State.DONE])
@pytest.mark.parametrize("key", KEYS)
def test_sending_by_email_is_offered_beside_a_ticket_that_can_be_sent_now(key: StepKey, state: State) -> None:
    """Where this bot can send email at all, on an open step, right after the ticket; nothing else changes."""
    if state in (State.WAITING, State.DUE) and key not in WAITING:
        state = State.OPEN
    enrollment, now = reach(key, state)
    without = actions_for(enrollment, key, now)

    offered = actions_for(enrollment, key, now, by_email=True)

    expected = list(without)
    if Action.MARK_SENT in without:
        expected.insert(without.index(Action.SHOW_TICKET) + 1, Action.SEND_EMAIL)
    assert expected == list(offered)
    assert Action.SEND_EMAIL not in without


def test_still_waiting_is_offered_from_the_earliest_end_on() -> None:
    """Before it nobody has asked anything yet."""
    enrollment, _ = reach(StepKey.FULL_ECO, State.WAITING)
    moments = [NOW + 4 * WEEK - timedelta(seconds=1), NOW + 4 * WEEK]

    offered = [Action.STILL_WAITING in actions_for(enrollment, StepKey.FULL_ECO, moment) for moment in moments]

    assert [False, True] == offered


@pytest.mark.parametrize("key", KEYS)
def test_a_cancelled_enrollment_offers_nothing_and_a_completed_one_reopening(key: StepKey) -> None:
    """A cancelled one is resumed as a whole."""
    cancelled = lifecycle.cancel(completed(), "no need", OWNER, NOW, POLICY).enrollment

    assert ((), (Action.REOPEN,)) == (actions_for(cancelled, key, NOW), actions_for(completed(), key, NOW))


TRANSITIONS: dict[Action, Callable[[Enrollment, StepKey], Change]] = {
    Action.ITS_READY: lambda e, k: transitions.confirm(e, k, MATE, NOW, POLICY),
    Action.STILL_WAITING: lambda e, k: snoozing.still_waiting(e, k, NOW.date() + WEEK, MATE, NOW, POLICY),
    Action.SKIP: lambda e, k: transitions.skip(e, k, "no need", MATE, NOW, POLICY),
    Action.REOPEN: lambda e, k: transitions.reopen(e, k, MATE, NOW, POLICY),
}


@pytest.mark.parametrize("state", [State.LOCKED, State.OPEN, State.WAITING, State.DONE])
@pytest.mark.parametrize("action", [Action.ITS_READY, Action.SKIP, Action.REOPEN])
def test_what_is_not_offered_is_refused(action: Action, state: State) -> None:
    """A button that is not there cannot be pressed from elsewhere either."""
    enrollment, now = reach(StepKey.ASSOCIATE_CUSTOMERS, state)
    if action in actions_for(enrollment, StepKey.ASSOCIATE_CUSTOMERS, now):
        assert TRANSITIONS[action](enrollment, StepKey.ASSOCIATE_CUSTOMERS)
    else:
        with pytest.raises(DomainError):
            TRANSITIONS[action](enrollment, StepKey.ASSOCIATE_CUSTOMERS)


PEOPLE = {
    "the owner": (Actor(OWNER), True),
    "a collaborator": (Actor(MATE), True),
    "an admin": (Actor(STRANGER, is_admin=True), True),
    "anybody else": (Actor(STRANGER), False),
}


@pytest.mark.parametrize(("actor", "expected"), PEOPLE.values(), ids=PEOPLE)
def test_owner_collaborators_and_admins_may_change(actor: Actor, expected: bool) -> None:
    """Nobody else may, whoever started it."""
    enrollment = started(started_by=STRANGER)

    assert expected == may_change(enrollment, actor)


def test_who_is_refused_is_told_whom_to_ask() -> None:
    """The owner first, everybody once."""
    enrollment = started(collaborators=(MATE, OWNER, "U0THIRD"))

    with pytest.raises(NotAllowed) as refused:
        require_change(enrollment, Actor(STRANGER))

    assert (
        "Only the owner, the collaborators and admins may change this enrollment. "
        "Ask <@U0OWNER> or <@U0MATE> or <@U0THIRD>."
    ) == str(refused.value)
    assert (OWNER, MATE, "U0THIRD") == refused.value.ask
