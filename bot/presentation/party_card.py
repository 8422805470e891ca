"""The card as the people of a party see it: the enrollment's name and their steps, and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.domain.actions import Action, actions_for
from bot.domain.enrollment import FINISHED, Enrollment, State, Status
from bot.domain.inputs import shorten
from bot.domain.step_spec import StepKey
from bot.presentation import blocks, card, card_room, notifications, texts
from bot.presentation.buttons import step_actions
from bot.presentation.card import Message

#: The longest text that Slack advises for notifications and screen readers.
_TEXT = 3900


def build(
    enrollment: Enrollment,
    shown: Collection[StepKey],
    now: datetime,
    *,
    by_email: bool = False,
    room: int = card_room.IN_MESSAGE,
) -> Message:
    """The card with some of an enrollment's steps: what can be done first, then what is finished, then what is later.

    Args:
        shown: the keys of these steps. by_email: whether this bot can send tickets itself. room: as for `card.build`.
    """
    cancelled = enrollment.status is Status.CANCELLED
    steps = [step for step in enrollment.steps if step.key in shown]
    head = texts.say("cards/party_head", enrollment=enrollment)
    made = [blocks.header(shorten(card.title(enrollment), 150)), blocks.section(head)]
    lines = [card.finished_line(enrollment, step.key) for step in steps if step.state in FINISHED]
    parts = [blocks.context(part) for part in notifications.pack(lines)]
    found = [] if cancelled else [step for step, _ in card.next_actions(enrollment, now) if step.key in shown]
    fitting = card_room.fitting(found, len(made) + len(parts) + 1, room)
    for step in fitting:
        made.append(blocks.section(card.step_text(enrollment, step.key, now), block_id=f"step.{step.key}"))
        if offered := actions_of_party(enrollment, step.key, now, by_email=by_email):
            made.append(step_actions(enrollment, step.key, offered))
    made += [*card_room.left_out(enrollment, len(found) - len(fitting)), *parts]
    over = FINISHED if cancelled else (*FINISHED, State.OPEN, State.WAITING)
    later = [enrollment.spec(step.key) for step in steps if step.state not in over]
    if later:
        made.append(blocks.context(texts.say("cards/later", enrollment=enrollment, later=later, more=len(later))))
    rows = [(texts.step_name(enrollment, step.key), step.state_at(now)) for step in steps]
    said = texts.say("cards/party_text", enrollment=enrollment, rows=rows)
    return Message(shorten(said, _TEXT), made)


def actions_of_party(
    enrollment: Enrollment, key: StepKey, now: datetime, *, by_email: bool = False
) -> tuple[Action, ...]:
    """The actions that a step offers to the people of its party, who need no text to forward."""
    offered = actions_for(enrollment, key, now, by_email=by_email)
    return tuple(action for action in offered if action is not Action.PARTY_TEXT)
