"""The App Home view: the portfolio of enrollments that a person may see, with counts, filters, rows and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.domain.actions import Action, actions_for
from bot.domain.enrollment import Enrollment, Status
from bot.domain.portfolio import Portfolio, PortfolioQuery, Segment
from bot.domain.step_spec import StepKey
from bot.language.spoken import gettext, ngettext
from bot.presentation import blocks, card, party_card, texts
from bot.presentation.buttons import enrollment_button, step_button, step_menu
from bot.presentation.portfolio_rows import SORTS, Entry, is_filtered, not_readable, row_text, shown
from bot.presentation.portfolio_state import format_query

START = "enroll.open"
#: Prefix of the action IDs of the counts; each is a filter.
SEGMENT = "home.segment."
FILTER, SORT, SHOW_ALL, BACK, NEXT = "home.filter", "home.sort", "home.all", "home.back", "home.next"
#: The counts in order, in words for one and for several. Those of nothing are left out, but for
#: what is shown and for everything.
_COUNTS = {
    Segment.LATE: ("{count} late", "{count} late"),
    Segment.NEEDS_ME: ("{count} needs you", "{count} need you"),
    Segment.NEEDS_US: ("{count} needs us", "{count} need us"),
    Segment.WAITING: ("{count} waiting", "{count} waiting"),
    Segment.BLOCKED: ("{count} blocked", "{count} blocked"),
    Segment.FINISHING: ("{count} finishes this month", "{count} finish this month"),
    Segment.DONE: ("{count} done", "{count} done"),
    Segment.ALL: ("{count} in all", "{count} in all"),
}
#: Options of a menu behind three dots.
_MOST_IN_MENU = 5
#: The button of a row is the first of these that its step offers; beside it stand the answer that keeps a wait open,
#: and what is pressed after a ticket was sent.
_NEXT = (Action.MARK_DONE, Action.ITS_READY, Action.SHOW_TICKET, Action.ADD_PAIRS, Action.ADD_CUSTOMERS)


@dataclass(frozen=True, slots=True)
class Home:
    """What a person's home tab shows.

    Attributes:
        query: of which `portfolio` is the result; `entries` are its rows.
        unreadable: the account names of enrollments that cannot be read.
        may_start: whether the person may start enrollments.
        by_email: whether the bot can send tickets by email.
        menu: the blocks about the person; see `home_menu`.
        theirs: steps that the person does for a party, each with its enrollment. left: how many more there are.
    """

    query: PortfolioQuery
    portfolio: Portfolio
    entries: Sequence[Entry]
    unreadable: Sequence[str] = ()
    menu: Sequence[blocks.Block] = ()
    theirs: Sequence[tuple[Enrollment, StepKey]] = ()
    left: int = 0
    may_start: bool = True
    by_email: bool = False


def build(home: Home, now: datetime) -> dict[str, Any]:
    """Build the home tab of one person."""
    portfolio, query = home.portfolio, home.query
    made = [blocks.header(gettext("Eco enrollments")), *_theirs(home, now)]
    if home.unreadable:
        made.append(blocks.section(not_readable(home.unreadable)))
    if not any(portfolio.counts.values()) and not home.unreadable and not is_filtered(query):
        if home.may_start or not home.theirs:
            made.append(blocks.section(texts.say("home/first", may_start=home.may_start)))
        if home.may_start:
            made.append(blocks.actions([_start(primary=True)]))
        return {"type": "home", "blocks": [*made, *home.menu]}
    made.append(blocks.actions([*_counts(portfolio, query), *_tools(home)]))
    # On a phone each button has a row of its own, so what is seldom pressed stands below the enrollments.
    seldom = [block for block in home.menu if block["type"] == "actions"]
    made += [block for block in home.menu if block not in seldom]
    made.append(blocks.context(shown(portfolio, query)))
    for entry in home.entries:
        made += _row(entry, now, home.by_email)
    if pages := _pages(portfolio, query):
        made += [blocks.divider(), blocks.actions(pages)]
    made += [blocks.divider(), blocks.actions([_order(query)]), *seldom]
    return {"type": "home", "blocks": made}


def _theirs(home: Home, now: datetime) -> list[blocks.Block]:
    """The steps that a person does for a party, with their buttons."""
    made = [blocks.section(texts.say("home/theirs"))] if home.theirs else []
    for enrollment, key in home.theirs:
        said = f"*{texts.escape(enrollment.account_name)}*\n{card.step_text(enrollment, key, now)}"[:3000]
        made.append(blocks.section(said, accessory=enrollment_button(enrollment, "open")))
        offered = party_card.actions_of_party(enrollment, key, now, by_email=home.by_email)
        if offered:
            made.append(blocks.actions(_actions(enrollment, key, offered)))
    if home.left:
        made.append(blocks.context(gettext("And {steps} more.").format(steps=texts.plural(home.left, "step"))))
    return [*made, blocks.divider()] if made else []


def _start(*, primary: bool = False) -> dict[str, Any]:
    label = gettext("Start an enrollment")
    return blocks.button(label, START, "start", label, primary=primary)


def _counts(portfolio: Portfolio, query: PortfolioQuery) -> list[dict[str, Any]]:
    buttons = []
    for segment, (one, many) in _COUNTS.items():
        count, chosen = portfolio.counts.get(segment, 0), segment is query.segment
        if count or chosen or segment is Segment.ALL:
            label = ngettext(one, many, count).format(count=count)
            spoken = gettext("{label}, shown now" if chosen else "Show {label}").format(label=label)
            value = format_query(replace(query, segment=segment, page=1))
            buttons.append(blocks.button(label, f"{SEGMENT}{segment}", value, spoken, primary=chosen))
    return buttons


def _tools(home: Home) -> list[dict[str, Any]]:
    query = home.query
    label, whole = gettext("Search and filter"), gettext("Show all")
    tools = [blocks.button(label, FILTER, "filter", label)]
    if is_filtered(query):
        tools.append(blocks.button(whole, SHOW_ALL, format_query(PortfolioQuery(sort=query.sort)), whole))
    return [*tools, _start()] if home.may_start else tools


def _order(query: PortfolioQuery) -> dict[str, Any]:
    options = [(sort.value, gettext(words)) for sort, words in SORTS.items()]
    return blocks.select(SORT, gettext("Order"), options, query.sort.value)


def _pages(portfolio: Portfolio, query: PortfolioQuery) -> list[dict[str, Any]]:
    buttons, page = [], portfolio.page
    if page > 1:
        label, spoken = gettext("Back"), gettext("Back to the page before")
        buttons.append(blocks.button(label, BACK, format_query(replace(query, page=page - 1)), spoken))
    if page < portfolio.pages:
        label = gettext("Next (page {page} of {pages})").format(page=page + 1, pages=portfolio.pages)
        buttons.append(blocks.button(label, NEXT, format_query(replace(query, page=page + 1)), label))
    return buttons


def _row(entry: Entry, now: datetime, by_email: bool) -> list[blocks.Block]:
    row, enrollment = entry.row, entry.enrollment
    said = row_text(entry, now, bar=True)[:3000]
    made = [blocks.divider(), blocks.section(said, accessory=enrollment_button(enrollment, "open"))]
    if entry.may_change and row.step is not None and enrollment.status is Status.ACTIVE:
        offered = actions_for(enrollment, row.step, now, by_email=by_email)
        if offered:
            made.append(blocks.actions(_actions(enrollment, row.step, offered)))
    return made


def _actions(enrollment: Enrollment, step: StepKey, offered: Sequence[Action]) -> list[dict[str, Any]]:
    """The button for what is next, and a menu with the other actions of the step, as many as Slack takes."""
    first = next((action for action in _NEXT if action in offered), offered[0])
    shown_now = [action for action in offered if action in (first, Action.STILL_WAITING, Action.MARK_SENT)]
    others = [action for action in offered if action not in shown_now][:_MOST_IN_MENU]
    buttons = [step_button(enrollment, step, action) for action in shown_now]
    return [*buttons, step_menu(enrollment, step, others)] if others else buttons
