"""A reminder message after answers: who answered what, and what it still asks, within Slack's limits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.enrollment import Enrollment, EventKind
from bot.domain.step_spec import StepKey
from bot.presentation import texts
from bot.presentation.blocks import section
from bot.presentation.card import Message
from bot.presentation.digest import NO_LINKS, Links, labels
from bot.presentation.notifications import pack

#: Slack refuses blocks of more than 12,000 characters together, and shows the first 4,000 of a text.
_BLOCKS, _TEXT = 11_900, 3_900


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of one question.

    Attributes:
        kind: the answer; None if the question was asked again. by: the user ID of whoever answered.
        until: the day on which the bot asks again, where somebody said that. note: what they left for the others.
    """

    enrollment: Enrollment
    key: StepKey
    kind: EventKind | None
    by: str = ""
    at: datetime | None = None
    until: date | None = None
    note: str = ""


def build(answers: Sequence[Answer], asks: Message | None, links: Links = NO_LINKS) -> Message:
    """The message after these answers.

    Args:
        asks: what is still open, as a message whose last block is its button; None if nothing is.
    """
    linked, plain = (_lines(answers, each) for each in (links, NO_LINKS))
    shown = len(answers)
    while True:
        message = _with(asks, linked[:shown], plain[:shown], len(answers) - shown)
        size = len(json.dumps(message.blocks, separators=(",", ":")))
        if not shown or (size < _BLOCKS and len(message.text) < _TEXT):
            return message
        shown //= 2


def _lines(answers: Sequence[Answer], links: Links) -> list[str]:
    label = labels({each.enrollment.id: each.enrollment for each in answers}.values(), links)
    return [
        texts.say(
            "reminders/answered",
            label=label(each.enrollment),
            key=each.key,
            kind=each.kind.value if each.kind else "again",
            by=each.by,
            at=each.at,
            until=each.until,
            note=each.note,
        )
        for each in answers
    ]


def _with(asks: Message | None, lines: list[str], plain: list[str], left: int) -> Message:
    more = [texts.say("reminders/answered_more", count=left, shown=len(lines))] if left else []
    made = [section(part) for part in pack([*lines, *more])]
    said = "\n".join([*([asks.text] if asks else []), *plain, *more])
    if asks is None or not asks.blocks:
        return Message(said, made)
    return Message(said, [*asks.blocks[:-1], *made, asks.blocks[-1]])
