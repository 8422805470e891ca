"""Rows of lists of enrollments, and what a list shows in words; for the home tab and for `/eco list`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bot.domain.days import day_at
from bot.domain.enrollment import Enrollment, State
from bot.domain.forecast import only_optional_left
from bot.domain.inputs import shorten
from bot.domain.portfolio import Portfolio, PortfolioQuery, PortfolioRow, Segment, Sort
from bot.language.spoken import gettext, ngettext
from bot.presentation import texts, turns
from bot.presentation.card import SIGNS

#: How many enrollments stand on a page.
PER_PAGE = 10
#: Characters of a note or a reason in a row.
LONGEST_NOTE = 200
_BRIEF_NAME = 25
#: What a part of the portfolio is, of one enrollment and of several.
SEGMENTS: Mapping[Segment, tuple[str, str]] = MappingProxyType(
    {
        Segment.LATE: ("is late", "are late"),
        Segment.NEEDS_ME: ("needs you", "need you"),
        Segment.NEEDS_US: ("needs us", "need us"),
        Segment.WAITING: ("waits", "wait"),
        Segment.BLOCKED: ("is blocked", "are blocked"),
        Segment.FINISHING: ("may be finished this month", "may be finished this month"),
        Segment.DONE: ("is completed", "are completed"),
        Segment.CANCELLED: ("is cancelled", "are cancelled"),
    }
)
#: The orders, in words for a menu.
SORTS: Mapping[Sort, str] = MappingProxyType(
    {Sort.URGENCY: "Most urgent first", Sort.AGE: "Oldest first", Sort.FORECAST: "Next to be finished first"}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row with what a person needs to go on from it.

    Attributes:
        link: the address of its card, once that is posted. closed: why Slack refuses messages in its channel.
        may_change: whether the person may change it.
    """

    row: PortfolioRow
    enrollment: Enrollment
    link: str | None = None
    closed: str | None = None
    may_change: bool = False


def row_text(entry: Entry, now: datetime, *, bar: bool = False, longest: int = LONGEST_NOTE) -> str:
    """What a row says: name, progress, next step, whose turn, since, until, why it waits or is late, and the last note.

    Args:
        bar: with a bar for the progress.
        longest: characters of each note and reason; 0 leaves them out, and says the rest briefly.
    """
    row, enrollment = entry.row, entry.enrollment
    step = enrollment.step(row.step) if row.step is not None else None
    name = row.account_name if longest else shorten(row.account_name, _BRIEF_NAME)
    label = texts.link(name, entry.link) if entry.link and longest else texts.escape(name)
    said = texts.say(
        "home/row",
        row=row,
        enrollment=enrollment,
        today=day_at(now, enrollment.zone),
        any_day=only_optional_left(enrollment),
        label=label,
        bar="▰" * row.finished + "▱" * (row.total - row.finished) if bar else "",
        spec=row.spec,
        turn=turns.words(enrollment, row.step, row.state, row.assignee, brief=not longest) if row.step else "",
        sign=SIGNS[row.state or State.OPEN],
        target_passed=row.target is not None and row.late is not None and row.state is not State.DUE,
        step=step if longest else None,
        blocked_why=shorten(row.blocked_why or "", longest) if longest else "",
        snooze_note=shorten((step.snooze_note if step else None) or "", longest or 1),
        note=shorten((step.note if step else None) or "", longest) if longest else "",
        closed=entry.closed,
        brief=not longest,
    )
    return re.sub("\n{2,}", "\n", said)


def not_readable(names: Sequence[str]) -> str:
    """Names the enrollments that cannot be shown, because their stored data cannot be read."""
    return texts.say("unreadable", names=[shorten(name, _BRIEF_NAME) for name in names])


def shown(portfolio: Portfolio, query: PortfolioQuery) -> str:
    """What a page shows, in a sentence: how many, which ones, in which order."""
    one, many = SEGMENTS.get(query.segment, ("", ""))
    first = (portfolio.page - 1) * PER_PAGE + 1
    return texts.say(
        "home/shown",
        query=query,
        found=portfolio.found,
        pages=portfolio.pages,
        first=first,
        last=first + len(portfolio.rows) - 1,
        segment=ngettext(one, many, max(portfolio.found, 1)) if one else "",
        order=gettext(SORTS[query.sort]).lower(),
    )


def is_filtered(query: PortfolioQuery) -> bool:
    """Whether a query leaves anything out that is not cancelled."""
    narrowing = (query.owner, query.channel, query.step, query.party, query.words)
    return query.segment is not Segment.ALL or any(narrowing)
