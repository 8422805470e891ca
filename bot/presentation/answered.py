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
    """Somebody's answer to one question.

    Attributes:
        until: the day on which the bot asks again, where somebody said that. note: what they left for the others.
    """

    enrollment: Enrollment
    key: StepKey
    kind: EventKind
    by: str
    at: datetime
    until: date | None = None
    note: str = ""


def build(answers: Sequence[Answer], asks: Message | None, again: int, links: Links = NO_LINKS) -> Message:
    """The message after these answers.

    Args:
        asks: what is still open; if nothing is, what is asked again below, whose buttons are taken away.
        again: how many questions are asked again below.
    """
    linked, plain = (_lines(answers, each) for each in (links, NO_LINKS))
    shown = len(answers)
    mixed = bool(answers) or any(each["type"] == "actions" for each in (asks.blocks or () if asks else ()))
    while True:
        left = len(answers) - shown
        foot = texts.say("reminders/answered_foot", left=left, shown=shown, again=again, mixed=mixed).splitlines()
        message = _with(asks, [*linked[:shown], *foot], [*plain[:shown], *foot])
        size = len(json.dumps(message.blocks, separators=(",", ":")))
        if not shown or (size < _BLOCKS and len(message.text) < _TEXT):
            return message
        shown //= 2


def without_buttons(message: Message) -> Message:
    """The same message without anything to press."""
    return Message(message.text, [each for each in message.blocks or () if each["type"] != "actions"])


def _lines(answers: Sequence[Answer], links: Links) -> list[str]:
    label = labels({each.enrollment.id: each.enrollment for each in answers}.values(), links)
    return [
        texts.say(
            "reminders/answered",
            label=label(each.enrollment),
            step_title=each.enrollment.spec(each.key).title,
            kind=each.kind.value,
            by=each.by,
            at=each.at,
            until=each.until,
            note=each.note,
        )
        for each in answers
    ]


def _with(asks: Message | None, lines: list[str], plain: list[str]) -> Message:
    above = list(asks.blocks or ()) if asks else []
    said = "\n".join([*([asks.text] if asks else []), *plain])
    if len(said) > _TEXT and asks is not None:
        said = "\n".join([*plain, asks.text])[:_TEXT]
    last = [above.pop()] if above and above[-1]["type"] == "actions" else []
    return Message(said, [*above, *(section(part) for part in pack(lines)), *last])
