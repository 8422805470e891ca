"""The form **Search and filter** of the home tab: fields for every filter, and reading them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.models.blocks import (
    ConversationFilter,
    ConversationSelectElement,
    InputBlock,
    UserSelectElement,
)

from bot.domain.list_words import parse_search
from bot.domain.portfolio import PortfolioQuery, Segment, Sort
from bot.domain.procedure import known_parties, known_steps
from bot.domain.retold import retold
from bot.handlers import forms
from bot.handlers.forms import VALUE, Fields
from bot.language.spoken import gettext
from bot.presentation.portfolio_rows import SORTS

SUBMIT = "home.filtered"
_US = "us"
SEGMENTS = (
    (Segment.ALL, "All but the cancelled ones"),
    (Segment.LATE, "Late"),
    (Segment.NEEDS_ME, "Need me"),
    (Segment.NEEDS_US, "Need us"),
    (Segment.WAITING, "Waiting"),
    (Segment.BLOCKED, "Blocked"),
    (Segment.FINISHING, "May be finished this month"),
    (Segment.DONE, "Done"),
    (Segment.CANCELLED, "Cancelled"),
)


def build(query: PortfolioQuery) -> dict[str, Any]:
    """The form, filled with what is shown now."""
    typed = {"words": query.words, "segment": query.segment, "party": query.party, "step": query.step}
    return forms.modal(
        SUBMIT,
        "Search and filter",
        [
            forms.text(
                "words",
                "Search",
                typed,
                optional=True,
                placeholder="Acme, 1234-5678-9012 or 606079874885",
                hint="A part of the account name, the start of the account ID, or the Spot organization ID.",
            ),
            forms.choice(
                "segment",
                "Show",
                forms.translated(SEGMENTS),
                typed,
                "Late means that a wait is over or a target date has passed.",
                optional=False,
            ),
            forms.choice(
                "party",
                "Whose turn",
                [(_US, gettext("Ours")), *((each, retold(each)) for each in known_parties())],
                typed,
                "In the next step of the enrollment.",
            ),
            _owner(query.owner),
            _channel(query.channel),
            forms.choice(
                "step",
                "Next step",
                [(key, spec.title) for key, spec in known_steps().items()],
                typed,
                "As its row in the list shows it.",
            ),
            forms.choice(
                "sort",
                "Order",
                forms.translated(list(SORTS.items())),
                {"sort": query.sort},
                "Most urgent: late, then open, then blocked, then waiting.",
                optional=False,
            ),
        ],
        submit="Show",
    )


def read(typed: Mapping[str, Any]) -> PortfolioQuery:
    """The query of the form, from its first page on; raises `InvalidForm`."""
    fields = Fields(typed)
    words = fields.take("words", parse_search)
    fields.check()
    return PortfolioQuery(
        segment=Segment(typed.get("segment") or Segment.ALL),
        owner=typed.get("owner"),
        channel=typed.get("channel"),
        step=typed.get("step"),
        party=typed.get("party"),
        words=words or "",
        sort=Sort(typed.get("sort") or Sort.URGENCY),
    )


def _owner(user: str | None) -> InputBlock:
    element = UserSelectElement(action_id=VALUE, initial_user=user)
    return InputBlock(block_id="owner", label=gettext("Owner"), element=element, optional=True)


def _channel(channel: str | None) -> InputBlock:
    offered = ConversationFilter(include=["public", "private"], exclude_bot_users=True)
    element = ConversationSelectElement(action_id=VALUE, initial_conversation=channel, filter=offered)
    return InputBlock(block_id="channel", label=gettext("Progress channel"), element=element, optional=True)
