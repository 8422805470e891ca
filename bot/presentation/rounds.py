"""Reminders of a channel said together, and the modal in which a person answers them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain.actions import actions_for
from bot.domain.contacts import Asked
from bot.domain.digest_contents import Contacts, Need, Needed, group, need
from bot.language.spoken import gettext
from bot.presentation import blocks, texts
from bot.presentation.buttons import step_actions
from bot.presentation.card import Message
from bot.presentation.digest import (
    BLOCKS,
    MOST_MENTIONS,
    NO_LINKS,
    TEXT,
    Links,
    NameOf,
    Part,
    WhomOf,
    json_length,
    labels,
    needed_part,
    within,
)
from bot.presentation.notifications import Due, pack, unanswered

#: The button that opens the modal; its value is the ID of the message's row.
ANSWER = "reminders.answer"
#: Characters of JSON that entries with buttons may take; Slack refuses blocks of more than 12,000 together.
_MOST = 11_500
#: Up to this many enrollments carry their own buttons in the message.
_WITH_BUTTONS = 5


def answer_button(row_id: int) -> blocks.Block:
    """The button below a round or a digest that opens all that it asks for."""
    label, spoken = gettext("Answer"), gettext("Answer these reminders")
    return blocks.actions([blocks.button(label, ANSWER, str(row_id), spoken, primary=True)])


def build(
    items: Sequence[Due],
    now: datetime,
    row_id: int,
    asked: WhomOf,
    name_of: NameOf,
    links: Links,
    *,
    late: bool = False,
    by_email: bool = False,
) -> Message:
    """Several reminders in one message: a line for each enrollment, the most urgent first, each person mentioned once.

    Args:
        asked: the people to ask about a step. name_of: the name of a user who is not mentioned again.
        late: no process could say them when it was time.
    """
    needed = _grouped(items, now, lambda enrollment, step: asked(enrollment, step).people)
    notes = {f"{item.enrollment.id}:{item.key}": _note(item) for item in items}
    told, name = [each.enrollment for each in needed], "late" if late else "round"
    part = needed_part(needed, now, labels(told, links), name_of, name, notes, asked)
    plain = needed_part(needed, now, labels(told, NO_LINKS), name_of, name, notes, asked)
    made: list[blocks.Block] = []
    if len(needed) <= _WITH_BUTTONS:
        made.append(blocks.section(texts.say("digest/heading", section=part.name)))
        for entry, each in zip(part.entries, needed, strict=True):
            made += [blocks.section(piece) for piece in pack([entry])]
            made += step_buttons(each, now, by_email=by_email)
    if not made or len(json.dumps(made)) > _MOST:
        made = _as_lines(part)
    return Message(_plain(plain), [*made, answer_button(row_id)])


def direct(items: Sequence[Due], now: datetime, row_id: int, name_of: NameOf, links: Links) -> Message:
    """The reminders of one person who gets them by direct message; it is not edited when somebody answers."""
    needed = _grouped(items, now, lambda *_: ())
    notes = {f"{item.enrollment.id}:{item.key}": _note(item) for item in items}
    told, asked = [each.enrollment for each in needed], Asked((), ())
    part, plain = (
        needed_part(needed, now, labels(told, shown), name_of, "direct", notes, lambda *_: asked, whom=False)
        for shown in (links, NO_LINKS)
    )
    return Message(_plain(plain), [*_as_lines(part), answer_button(row_id)])


def _as_lines(part: Part) -> list[blocks.Block]:
    made: list[blocks.Block] = []
    for lines in within([part], BLOCKS, json_length, MOST_MENTIONS):
        made += [blocks.section(packed) for packed in pack(lines)]
    return made


def _plain(part: Part) -> str:
    return "\n".join(line for lines in within([part], TEXT, lambda line: len(line) + 1, 0) for line in lines)


def step_buttons(needed: Needed, now: datetime, *, by_email: bool = False) -> list[dict[str, Any]]:
    """A row of buttons for each step of an enrollment that needs somebody."""
    rows = []
    for _, step in needed.steps:
        actions = actions_for(needed.enrollment, step.key, now, by_email=by_email)
        if actions:
            rows.append(step_actions(needed.enrollment, step.key, actions, short=True))
    return rows


def _note(item: Due) -> str:
    """What the bot knows about a step beside its state: the last file check, the planned day, somebody's note."""
    parts = [
        texts.say("reminders/seen_short", seen=item.seen) if item.seen is not None else "",
        texts.say("reminders/known_short", step=item.enrollment.step(item.key), enrollment=item.enrollment),
        texts.say("reminders/unanswered_short", unanswered=unanswered(item.reminder)),
    ]
    return texts.Mrkdwn("; ".join(filter(None, parts)))


def _grouped(items: Sequence[Due], now: datetime, contacts: Contacts) -> tuple[Needed, ...]:
    enrollments = {item.enrollment.id: item.enrollment for item in items}
    steps: dict[int, list[Any]] = {number: [] for number in enrollments}
    for item in items:
        step = item.enrollment.step(item.key)
        reason = need(item.enrollment, step, now)
        # Without a reason somebody asked for this reminder, before the end of the step's wait.
        steps[item.enrollment.id].append((Need.READY if reason is None else reason, step))
    return group([(enrollments[number], found) for number, found in steps.items()], contacts)
