"""Single reminders and the other messages beside the card: from values to a message within Slack's limits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.actions import actions_for
from bot.domain.aws.preflight import DeliveredFiles
from bot.domain.contacts import ASK_COLLABORATORS, Asked
from bot.domain.days import day_at
from bot.domain.enrollment import Enrollment, Reminder, ReminderKind, State
from bot.domain.lists import LINES
from bot.domain.step_spec import StepKey
from bot.language.spoken import gettext
from bot.presentation import texts
from bot.presentation.blocks import Block, section
from bot.presentation.buttons import step_actions
from bot.presentation.card import SIGNS, Message

_SECTION = 2900
_TEXT = 3900


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of the last file check, and when it was."""

    at: datetime
    delivered: DeliveredFiles


@dataclass(frozen=True, slots=True)
class Due:
    """One step of one enrollment that somebody has to be reminded of.

    Attributes:
        seen: the last check of the files that it waits for; None where there was none.
    """

    enrollment: Enrollment
    key: StepKey
    reminder: Reminder
    seen: Seen | None = None


def reminder(
    due: Due,
    now: datetime,
    whom: Sequence[str],
    *,
    by_email: bool = False,
    asked: Asked | None = None,
    name_of: Callable[[str], str] = str,
) -> Message:
    """Says what is due and what to look at, and carries the step's buttons.

    Args:
        whom: the people to mention: the assignee, else the owner, or those who stand in for one who is not in Slack any
            more.
        by_email: whether this bot can send tickets itself.
        asked: everybody who is asked; without it, only those of `whom`.
        name_of: the name of somebody who is not mentioned.
    """
    enrollment = due.enrollment
    spec, step = enrollment.spec(due.key), enrollment.step(due.key)
    state = step.state_at(now)
    kind = due.reminder.kind
    if kind in (ReminderKind.SNOOZED, ReminderKind.EARLIEST, ReminderKind.TARGET) and state is State.DUE:
        kind = ReminderKind.LATEST  # the window ended meanwhile: say so, with the text for support
    elif kind is ReminderKind.TARGET and step.target is None:  # somebody has taken the date away since
        kind = ReminderKind.OPEN if state is State.OPEN else ReminderKind.SNOOZED
    said = texts.say(
        f"reminders/{kind.value}",
        enrollment=enrollment,
        spec=spec,
        step=step,
        state=state,
        repeat=due.reminder.repeat,
        whom=whom,
        unmentioned=[name_of(user) for user in asked.unmentioned] if asked else [],
        absent=[(name_of(absence.user), absence.until) for absence in asked.absences] if asked else [],
        owner_left=asked is not None and asked.owner_left,
        assignee_left=asked is not None and asked.assignee_left,
        unanswered=unanswered(due.reminder),
        seen=due.seen,
        today=day_at(now, enrollment.zone),
        asked=step.target if kind is ReminderKind.TARGET else None,
    )
    blocks: list[Block] = [section(part) for part in pack([f"{SIGNS[state]} {said}"])]
    actions = actions_for(enrollment, due.key, now, by_email=by_email)
    if actions:
        blocks.append(step_actions(enrollment, due.key, actions))
    return Message(_cut(said), blocks)


def unanswered(reminder: Reminder) -> str:
    """How many reminders nobody has answered, in words, where more people are asked because of that; else nothing."""
    if reminder.repeat < ASK_COLLABORATORS:
        return ""
    return gettext(_NUMBERS[reminder.repeat]) if reminder.repeat < len(_NUMBERS) else str(reminder.repeat)


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def retired(enrollment: Enrollment) -> Message:
    """The text that replaces a card when its enrollment moves to another channel."""
    said = texts.say("cards/retired", enrollment=enrollment)
    return Message(said, [section(said)])


def closed_channel(channel: str, reason: str, names: Sequence[str]) -> Message:
    """Tells an owner that a channel cannot be posted in any more."""
    said = texts.say("cards/closed_channel", closed=channel, reason=reason, names=list(names)[:20])
    return Message(_cut(said))


def refused(channel: str, word: str, names: Sequence[str]) -> Message:
    """Tells an owner or an admin that Slack refuses messages in a channel, in a word of Slack's."""
    return Message(_cut(texts.say("cards/refused", closed=channel, word=word, names=list(names)[:20])))


def ticket_file(
    enrollment: Enrollment, step: StepKey, text: str, entries: int | None, parts: int = 1
) -> tuple[str, str, str]:
    """(file name, content, comment) of a ticket as a file; another text has another file name.

    Args:
        entries: of the list that the ticket carries; None where it carries none.
        parts: in how many tickets it goes out; the text has all of them.
    """
    listed = enrollment.spec(step).list_in_ticket
    if listed and entries is not None:
        count = texts.plural(entries, LINES[listed])
    else:
        count = texts.plural(len(text.splitlines()), "line")
    name = f"ticket-{step}-{enrollment.account_id}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.txt"
    comment = texts.say("cards/ticket_file", enrollment=enrollment, step=step, count=count, name=name, parts=parts)
    return name, text, comment


def pack(lines: Iterable[str]) -> list[str]:
    """Join lines into as few sections as Slack's limit allows; a single longer line is split, never cut."""
    parts: list[str] = []
    for whole in lines:
        for line in _pieces(whole):
            if parts and len(parts[-1]) + 1 + len(line) <= _SECTION:
                parts[-1] += "\n" + line
            else:
                parts.append(line)
    return parts


def _pieces(line: str) -> list[str]:
    """A line in pieces that fit into a section, between words where it has any: half a mention mentions nobody."""
    pieces = []
    while len(line) > _SECTION:
        end = line.rfind(" ", 0, _SECTION) + 1 or _SECTION
        pieces.append(line[:end])
        line = line[end:]
    return [*pieces, line]


def _cut(said: str) -> str:
    """A message's text within what notifications show; the blocks have the whole."""
    return said if len(said) <= _TEXT else f"{said[:_TEXT]}… ({gettext('the message has the rest')})"
