"""The answer to `/eco list`: one page of enrollments as a message that only one person sees."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.inputs import shorten
from bot.domain.portfolio import Portfolio, PortfolioQuery
from bot.language.spoken import gettext
from bot.presentation import blocks
from bot.presentation.buttons import format_value
from bot.presentation.card import Message
from bot.presentation.portfolio_rows import LONGEST_NOTE, Entry, is_filtered, not_readable, row_text, shown
from bot.presentation.portfolio_state import format_query

#: Shows a list from its beginning; the value is the query.
LIST = "eco.list"
BACK, MORE, OPEN = "eco.list.back", "eco.list.more", "eco.list.open"
#: Slack refuses blocks of more than 12,000 characters, and advises 4,000 for the text.
_BLOCKS, _TEXT = 11_000, 3_900


def build(
    portfolio: Portfolio,
    query: PortfolioQuery,
    entries: Sequence[Entry],
    now: datetime,
    unreadable: Sequence[str] = (),
) -> Message:
    """One page of the list; where it would be too long for Slack, its notes are shorter, or left out.

    Args:
        query: of which `portfolio` is the result; `entries` are its rows.
        unreadable: the account names of enrollments that cannot be read.
    """
    head = [shown(portfolio, query)]
    if unreadable:
        head.insert(0, not_readable(unreadable))
    made = _blocks(head, portfolio, query, entries, now, LONGEST_NOTE)
    for longest in (60, 0):
        if len(json.dumps(made, ensure_ascii=False)) <= _BLOCKS:
            break
        made = _blocks(head, portfolio, query, entries, now, longest)
    lines = (row_text(replace(entry, link=None), now) for entry in entries)
    return Message(shorten("\n".join([*head, *lines]), _TEXT), made)


def _blocks(
    head: Sequence[str],
    portfolio: Portfolio,
    query: PortfolioQuery,
    entries: Sequence[Entry],
    now: datetime,
    longest: int,
) -> list[blocks.Block]:
    made = [blocks.section(words) for words in head]
    for entry in entries:
        said = row_text(entry, now, longest=longest)[:3000]
        label = gettext("Open")
        name = shorten(f"{label}: {entry.row.account_name}", 75)
        button = blocks.button(label, OPEN, format_value(entry.row.id), name)
        made.append(blocks.section(said, accessory=button))
    if buttons := _buttons(portfolio, query):
        made.append(blocks.actions(buttons))
    return made


def _buttons(portfolio: Portfolio, query: PortfolioQuery) -> list[dict[str, str]]:
    buttons, page = [], portfolio.page
    if page > 1:
        value = format_query(replace(query, page=page - 1))
        buttons.append(blocks.button(gettext("Back"), BACK, value, gettext("Back to the page before")))
    if page < portfolio.pages:
        value, label = format_query(replace(query, page=page + 1)), gettext("More (page {page} of {pages})")
        label = label.format(page=page + 1, pages=portfolio.pages)
        buttons.append(blocks.button(label, MORE, value, label))
    if is_filtered(query):
        label = gettext("Show all")
        buttons.append(blocks.button(label, LIST, format_query(PortfolioQuery(sort=query.sort)), label))
    return buttons
