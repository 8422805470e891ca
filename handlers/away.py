"""**I'm away** and **I'm back**: a person's absence until a day, with a stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, SectionBlock

from bot.domain.contacts import Absence, stand_in_of
from bot.domain.days import parse_day
from bot.domain.schedule import day_words, zone_named
from bot.handlers import forms
from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation.home_menu import AWAY, BACK
from bot.presentation.texts import mention

SAVE = "away.save"
_WORDS = "I remind your stand-in instead of you, and they can act for you. It ends by itself on the day you're back."
_NOT_AWAY = "You aren't away. I remind you as usual."
_BACK = "Welcome back! I remind you again."
_EARLY = "Are you back early? Press *I'm back* on my home tab."


def register(router: Router) -> None:
    """Register the listeners of the buttons and of the form."""
    router.action(AWAY, open_form)
    router.action(BACK, come_back)
    router.submission(SAVE, save)


def open_form(request: Request) -> Response:
    """Open the form, with what is recorded for somebody who is away already."""
    return Response(view=build(request.enrollments.absences(request.workspace_id).get(request.user)))


def build(absence: Absence | None) -> dict[str, Any]:
    """The form; for somebody who is away also the button to be back."""
    known: dict[str, Any] = {}
    blocks: list[Block] = [SectionBlock(text=gettext(_WORDS))]
    if absence is not None:
        known = {"until": absence.until.isoformat(), "stand_in": absence.stand_in}
        words = gettext("You're away until {day}.").format(day=day_words(absence.until))
        back = ButtonElement(text=gettext("I'm back"), action_id=BACK, value="back")
        blocks = [SectionBlock(text=words), ActionsBlock(elements=[back]), *blocks]
    blocks += [
        forms.date("until", "Away until", known, optional=False, hint="The day you're back."),
        forms.person("stand_in", "Stand-in", known),
    ]
    return forms.modal(SAVE, "I'm away", blocks)


def save(request: Request) -> Response:
    """Store the absence and say who is asked from now on."""
    typed, directory = request.values, request.workspace.directory
    fields = forms.Fields(typed)
    until = fields.take("until", parse_day)
    stand_in = str(typed.get("stand_in") or "")
    reason = (
        request.workspace.rights.why_not_full_member(stand_in) if stand_in else gettext("Choose who stands in for you.")
    )
    if reason is not None and stand_in != request.user:  # that is refused with a sentence of its own
        fields.faults["stand_in"] = reason
    fields.check()
    assert until is not None, "a missing day is a fault of its field"
    zone = zone_named(directory.person(request.user).zone)
    absence = request.enrollments.leave(request.caller(), stand_in, until, zone)
    words = _told(absence, request.enrollments.absences(request.workspace_id))
    ack = {"response_action": "update", "view": forms.notice("I'm away", words)}
    return Response(ack=ack, refresh_home=True)


def _told(absence: Absence | None, absences: Mapping[str, Absence]) -> str:
    if absence is None:
        return gettext(_NOT_AWAY)
    stand_in = mention(absence.stand_in)
    words = gettext("You're away until {day}; {stand_in} stands in. I've told them.")
    words = words.format(day=day_words(absence.until), stand_in=stand_in)
    acting = stand_in_of(absence.user, absences)
    if absence.stand_in in absences and acting is not None:
        until = day_words(absences[absence.stand_in].until)
        away_too = gettext("{stand_in} is away, too, until {day}: until then I ask {acting}.")
        words += " " + away_too.format(stand_in=stand_in, day=until, acting=mention(acting))
    return f"{words} {gettext(_EARLY)}"


def come_back(request: Request) -> Response:
    """End the absence before its day."""
    was_away = request.enrollments.come_back(request.caller())
    return Response(message={"text": gettext(_BACK if was_away else _NOT_AWAY)}, refresh_home=True)
