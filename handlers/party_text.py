"""**Text for the MSP**: a text about a step that the owner copies and sends to a party that is not in Slack."""

from __future__ import annotations

from slack_sdk.models.blocks import SectionBlock

from bot.domain.actions import Action
from bot.domain.errors import StepConflict
from bot.handlers import forms
from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation import party_texts, texts
from bot.presentation.buttons import STEP_PREFIX, label_of

#: Slack shows no longer text in a block, and this many blocks are plenty.
_PIECE, _MOST = 2900, 8


def register(router: Router) -> None:
    """Register the listener of the button."""
    router.action(f"{STEP_PREFIX}{Action.PARTY_TEXT.value}", show)


def show(request: Request) -> Response:
    """Show the text to anyone who asks and may see the step."""
    enrollment, key = request.load_step_target()
    party = enrollment.procedure.told.parties.get(enrollment.spec(key).party)
    if party is None:
        raise StepConflict(gettext("This step is yours, so there is no text to forward."))
    name = texts.escape(party.name)
    text = party_texts.request(enrollment, key)
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    done = Action.MARK_SENT if enrollment.spec(key).ticket else Action.MARK_DONE
    words = gettext("Copy this text and send it to {party}. When they answer, press *{button}* for them.")
    blocks = [
        SectionBlock(text=words.format(party=name, button=gettext(done.label))),
        *(forms.verbatim(f"text.{number}", piece) for number, piece in enumerate(pieces[:_MOST], 1)),
    ]
    if len(pieces) > _MOST:
        more = gettext("The text goes on. *{button}* has the whole message.")
        blocks.append(SectionBlock(text=more.format(button=gettext(Action.SHOW_TICKET.label))))
    title = label_of(enrollment, key, Action.PARTY_TEXT)
    return Response(view=forms.modal("party_text", title, blocks, submit=None))
