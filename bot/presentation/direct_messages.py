"""Direct messages of the bot to one person: a closed channel, an ownership, a step, a party, an organization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.actions import Action
from bot.domain.inputs import shorten
from bot.domain.step_spec import StepKey
from bot.language.spoken import gettext
from bot.presentation import blocks, notifications, texts
from bot.presentation.buttons import ENROLLMENT_LABELS, ENROLLMENT_PREFIX, STEP_PREFIX, format_value
from bot.presentation.card import Message

#: Action IDs of the buttons; their value is the enrollment's ID.
DECLINE = "owner.decline"
AGREE = "owner.agree"
#: The button below several enrollments that were handed over; its value is the ID of the message's row.
DECLINE_SOME = "owner.choose_declined"

_TEXT = 3900

_BUTTONS = {"owner": ("Decline", DECLINE), "organization": ("Agree", AGREE)}


def admins_may_get(payload: Mapping[str, Any]) -> bool:
    """Whether an admin gets the message where nobody it is for is in Slack any more."""
    return payload.get("about") not in ("owner", "declined", "assigned", "owners", "party", "stand_in")


def build(payload: Mapping[str, Any]) -> Message:
    """The message of a row: `about` says which; without one, a channel that is closed or that refuses messages."""
    about = payload.get("about")
    if "refused" in payload:
        return notifications.refused(payload["channel"], payload["refused"], payload["names"])
    if about is None:
        return notifications.closed_channel(payload["channel"], payload["reason"], payload["names"])
    if about == "owners":
        return _handed_over(payload)
    said = texts.say(f"direct/{about}", **payload)
    made = [blocks.section(said)]
    if about in _BUTTONS and (about != "organization" or payload["held"]):
        words, action_id = _BUTTONS[about]
        label = gettext(words)
        made.append(blocks.actions([blocks.button(label, action_id, str(payload["enrollment"]), label)]))
    if about == "party":
        made.append(blocks.actions([_open(payload["enrollment"])]))
    if about == "assigned":
        made.append(_of_step(payload["enrollment"], payload["step"]))
    return Message(said, made)


def _of_step(enrollment_id: int, step: StepKey) -> blocks.Block:
    """The buttons for a step that somebody was asked to do."""
    details, value = Action.DETAILS, format_value(enrollment_id, step)
    label, whole = gettext(details.label), _open(enrollment_id)
    return blocks.actions([whole, blocks.button(label, f"{STEP_PREFIX}{details.value}", value, label)])


def _open(enrollment_id: int) -> blocks.Block:
    """The button that opens the card."""
    label = gettext(ENROLLMENT_LABELS["open"])
    return blocks.button(label, f"{ENROLLMENT_PREFIX}open", format_value(enrollment_id), label, primary=True)


def _handed_over(payload: Mapping[str, Any]) -> Message:
    """Enrollments that somebody handed over: a single one is told as any new ownership."""
    names = ("enrollment", "name", "account_id", "channel_id")
    items = [dict(zip(names, item, strict=True)) for item in payload["items"]]
    if len(items) == 1:
        return build({**payload, **items[0], "about": "owner"})
    head = texts.say("direct/owners", by=payload["by"], count=len(items))
    lines = [texts.say("direct/owners_line", **item) for item in items]
    made = [blocks.section(part) for part in notifications.pack([head, *lines])]
    label, spoken = gettext("Decline…"), gettext("Decline some of these enrollments")
    button = blocks.button(label, DECLINE_SOME, str(payload["row"]), spoken)
    return Message(shorten("\n".join([head, *lines]), _TEXT), [*made, blocks.actions([button])])


def deleted(payload: Mapping[str, Any]) -> Message:
    """What stands in the place of the card of a deleted enrollment."""
    said = texts.say("cards/deleted", name=payload["name"], by=payload["by"], kept=payload.get("kept"))
    return Message(said, [blocks.section(said)])
