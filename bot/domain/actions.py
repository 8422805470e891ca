"""The buttons that a step offers at a given moment, for the card, the home tab and the reminders."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bot.domain.aws.check_sets import CHECK_SETS, check_set
from bot.domain.days import target_reached
from bot.domain.enrollment import Enrollment, State, Status
from bot.domain.procedure import TICKET_NUMBER
from bot.domain.step_spec import OURS, StepKey, StepSpec
from bot.domain.tickets import is_follow_up, missing_for_ticket


class Action(StrEnum):
    """A button: its value is the end of its Slack action ID, its label the word people read."""

    label: str

    def __new__(cls, value: str, label: str) -> Action:
        action = str.__new__(cls, value)
        action._value_, action.label = value, label
        return action

    MARK_DONE = "mark_done", "Mark done"
    ADD_PAIRS = "add_pairs", "Add pairs"
    ADD_CUSTOMERS = "add_customers", "Add customers"
    ADD_ACCOUNTS = "add_accounts", "Add AWS accounts"
    SHOW_TICKET = "show_ticket", "Show ticket"
    FOLLOW_UP = "follow_up", "Send follow-up ticket"
    SEND_EMAIL = "send_email", "Send by email"
    MARK_SENT = "mark_sent", "Mark sent"
    CHECK_AWS = "check_aws", "Check AWS"
    ITS_READY = "its_ready", "It's ready"
    STILL_WAITING = "still_waiting", "Still waiting"
    NOT_THERE = "not_there", "It's not there"
    REMIND_LATER = "remind_later", "Remind me later"
    CORRECT = "correct", "Correct"
    SKIP = "skip", "Skip"
    REOPEN = "reopen", "Reopen"
    DETAILS = "details", "Details"
    AWS_COSTS = "aws_costs", "Get AWS costs"
    PARTY_TEXT = "party_text", "Text for"
    CUSTOM_WORKFLOW = "custom_workflow", "Ask for a custom workflow"


#: The button that opens the form of a list, by the list's name.
ADD = {"pairs": Action.ADD_PAIRS, "customers": Action.ADD_CUSTOMERS, "subset_accounts": Action.ADD_ACCOUNTS}


def actions_for(enrollment: Enrollment, key: StepKey, now: datetime, *, by_email: bool = False) -> tuple[Action, ...]:
    """The actions that a step allows now, the most likely first.

    A follow-up ticket is offered beside the end of a wait, because it does not hold up what was sent before it.
    "Still waiting" is offered once there is something to answer: from the earliest end of the window on, and from the
    target date on. "It's not there" is for a wait that is over and whose cause the checks may find. A ticket is shown
    and sent once it has all that it lists and names.

    Args:
        by_email: whether this bot can send tickets itself.
    """
    if enrollment.status is Status.CANCELLED:
        return ()
    spec, step = enrollment.spec(key), enrollment.step(key)
    skip = (Action.SKIP,) if spec.optional else ()
    text = (Action.PARTY_TEXT,) if spec.party != OURS else ()
    check = (Action.CHECK_AWS,) if spec.checks in CHECK_SETS else ()
    state = step.state_at(now)
    match state:
        case State.OPEN if spec.ticket is not None:
            add = (ADD[spec.list_in_ticket],) if spec.list_in_ticket else ()
            if missing_for_ticket(enrollment, key):
                return (*add, *text, *skip, Action.REMIND_LATER, Action.DETAILS)
            show = Action.FOLLOW_UP if is_follow_up(enrollment, key) else Action.SHOW_TICKET
            send = (Action.SEND_EMAIL,) if by_email and email_completes(spec) else ()
            return (*add, show, *send, Action.MARK_SENT, *text, *skip, Action.REMIND_LATER, Action.DETAILS)
        case State.OPEN:
            ask = (Action.CUSTOM_WORKFLOW,) if spec.extra_ticket else ()
            extra = (ADD[spec.extra_list],) if spec.extra_list else ()
            costs = (Action.AWS_COSTS,) if spec.costs else ()
            return (Action.MARK_DONE, *text, *check, *costs, *skip, Action.REMIND_LATER, Action.DETAILS, *ask, *extra)
        case State.WAITING | State.DUE:
            may_be_over = state is State.DUE or (step.earliest is not None and now >= step.earliest)
            asked = may_be_over or target_reached(step, now, enrollment.zone)
            still = (Action.STILL_WAITING,) if asked else ()
            missing = (Action.NOT_THERE,) if state is State.DUE and check_set(spec.checks).explains else ()
            ticket = _tickets_while_waiting(enrollment, key, by_email=by_email)
            check = (Action.CHECK_AWS,) if spec.checks_again else check
            correct = () if spec.follows else (Action.CORRECT,)
            return (Action.ITS_READY, *still, *missing, *check, *ticket, *skip, *correct, Action.DETAILS)
        case State.DONE | State.SKIPPED:
            return (Action.REOPEN,)
        case _:
            return ()


def _tickets_while_waiting(enrollment: Enrollment, key: StepKey, *, by_email: bool) -> tuple[Action, ...]:
    if enrollment.spec(key).ticket is None:
        return ()
    if not is_follow_up(enrollment, key):
        return (Action.SHOW_TICKET,)
    return (
        (Action.FOLLOW_UP, Action.SEND_EMAIL)
        if by_email and email_completes(enrollment.spec(key))
        else (Action.FOLLOW_UP,)
    )


def email_completes(spec: StepSpec) -> bool:
    """Whether sending the step's ticket by email can finish its act: the ticket number is all that it requires."""
    return not any(field.key != TICKET_NUMBER.key and not field.optional for field in spec.collects)
