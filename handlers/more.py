"""**More…**: the entries of a card's menu for which Slack leaves no room, as buttons with a sentence each."""

from __future__ import annotations

from slack_sdk.models.blocks import Block

from bot.handlers import forms
from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation import card
from bot.presentation.blocks import section
from bot.presentation.buttons import ENROLLMENT_HELP, ENROLLMENT_PREFIX, beyond_menu, enrollment_button
from bot.presentation.texts import escape


def register(router: Router) -> None:
    """Register the listener of the menu's entry."""
    router.action(f"{ENROLLMENT_PREFIX}more", more)


def more(request: Request) -> Response:
    """Show what else can be done with an enrollment."""
    enrollment, _ = request.load_target()
    blocks = [section(f"*{escape(enrollment.account_name)}*")]
    blocks += [
        section(gettext(ENROLLMENT_HELP[name]), accessory=enrollment_button(enrollment, name))
        for name in beyond_menu(card.menu(enrollment))
    ]
    return Response(view=forms.modal("more", "More", Block.parse_all(blocks), submit=None))
