"""The buttons that a step offers at a given moment, for the card, the home tab and the reminders."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bot.domain.enrollment import Enrollment, State, Status
from bot.domain.procedure import SPECS, TICKET_NUMBER
from bot.domain.step_spec import AWS, StepKey, StepSpec


class Action(StrEnum):
    """A button: its value is the end of its Slack action ID, its label the word people read."""

    MARK_DONE = "mark_done"
    ADD_PAIRS = "add_pairs"
    ADD_CUSTOMERS = "add_customers"
    SHOW_TICKET = "show_ticket"
    SEND_EMAIL = "send_email"
    MARK_SENT = "mark_sent"
    CHECK_AWS = "check_aws"
    ITS_READY = "its_ready"
    STILL_WAITING = "still_waiting"
    SKIP = "skip"
    REOPEN = "reopen"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Action.MARK_DONE: "Mark done",
    Action.ADD_PAIRS: "Add pairs",
    Action.ADD_CUSTOMERS: "Add customers",
    Action.SHOW_TICKET: "Show ticket",
    Action.SEND_EMAIL: "Send by email",
    Action.MARK_SENT: "Mark sent",
    Action.CHECK_AWS: "Check AWS",
    Action.ITS_READY: "It's ready",
    Action.STILL_WAITING: "Still waiting",
    Action.SKIP: "Skip",
    Action.REOPEN: "Reopen",
}

#: The button that opens the form of a list, by the list's name.
ADD = {"pairs": Action.ADD_PAIRS, "customers": Action.ADD_CUSTOMERS}


def actions_for(enrollment: Enrollment, key: StepKey, now: datetime, *, by_email: bool = False) -> tuple[Action, ...]:
    """The actions that a step allows now, the most likely first.

    "Still waiting" is offered once there is something to answer: from the earliest end of the window on.

    Args:
        by_email: whether this bot can send tickets itself.
    """
    if enrollment.status is Status.CANCELLED:
        return ()
    spec, step = SPECS[key], enrollment.step(key)
    skip = (Action.SKIP,) if spec.optional else ()
    match step.state_at(now):
        case State.OPEN if spec.ticket is not None:
            add = (ADD[spec.list_in_ticket],) if spec.list_in_ticket else ()
            send = (Action.SEND_EMAIL,) if by_email and email_completes(spec) else ()
            return (*add, Action.SHOW_TICKET, *send, Action.MARK_SENT, *skip)
        case State.OPEN:
            return (Action.MARK_DONE, *_check(key), *skip)
        case State.DUE:
            return (Action.ITS_READY, Action.STILL_WAITING, *_check(key), *_ticket(key), *skip)
        case State.WAITING:
            asked = step.earliest is not None and now >= step.earliest
            still = (Action.STILL_WAITING,) if asked else ()
            return (Action.ITS_READY, *still, *_check(key), *_ticket(key), *skip)
        case State.DONE | State.SKIPPED:
            return (Action.REOPEN,)
        case _:
            return ()


def email_completes(spec: StepSpec) -> bool:
    """Whether sending the step's ticket by email can finish its act: the ticket number is all that it requires."""
    return not any(field.key != TICKET_NUMBER.key and not field.optional for field in spec.collects)


def _ticket(key: StepKey) -> tuple[Action, ...]:
    return (Action.SHOW_TICKET,) if SPECS[key].ticket else ()


def _check(key: StepKey) -> tuple[Action, ...]:
    return (Action.CHECK_AWS,) if SPECS[key].checks == AWS else ()
