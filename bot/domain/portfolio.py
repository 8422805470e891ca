"""Lists of enrollments as values: what a row says, and how a list is asked for: filters, order, page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.enrollment import State, Status
from bot.domain.procedure import procedure_of
from bot.domain.step_spec import StepKey, StepSpec


class Segment(StrEnum):
    """A part of the portfolio, as a person filters it. Whether a wait is over depends on the time of asking."""

    ALL = "all"  # everything that is not cancelled
    NEEDS_ME = "mine"  # a step is open or due, and the viewer is asked: see `next_step.asks`
    NEEDS_US = "us"  # it is our turn in the next step: open, due or blocked by us
    WAITING = "waiting"  # the next step waits for somebody else, and its wait runs
    BLOCKED = "blocked"  # a step is blocked, by whomever
    LATE = "late"  # a wait is over, or a target date has passed
    FINISHING = "finishing"  # its forecast ends this month
    DONE = "done"  # completed
    CANCELLED = "cancelled"


class Sort(StrEnum):
    """The order of a list."""

    URGENCY = "urgency"  # late, then open, then blocked, then waiting; within each the longest first
    AGE = "age"  # the oldest enrollment first
    FORECAST = "forecast"  # the next to be finished first


@dataclass(frozen=True, slots=True)
class PortfolioQuery:
    """Which enrollments somebody wants to see.

    Attributes:
        owner, channel: user and channel ID. step: the next step. party: whose turn (see `StepSpec.waiting_on`; "us").
        words: in the account's name, the beginning of its account ID, or the organization ID.
        page: from 1 on.
    """

    segment: Segment = Segment.ALL
    owner: str | None = None
    channel: str | None = None
    step: StepKey | None = None
    party: str | None = None
    words: str = ""
    sort: Sort = Sort.URGENCY
    page: int = 1


@dataclass(frozen=True, slots=True)
class PortfolioRow:
    """What a list says of an enrollment.

    Attributes:
        procedure: the reference of what it goes through.
        step: its next step: a late one first, then a required one before an optional one, one that needs somebody
            before one that waits (see `next_step`); among the blocked ones and those that need the viewer, the step
            that is blocked or needs them. None where it is over.
        state: of that step at the time of asking. since: when it came into the state. late: since when it is late.
        earliest, latest: the ends of its wait. target, assignee, blocked_by, blocked_why: of that step.
        finish_first, finish_last: the forecast of the whole enrollment.
        finished, total: steps that are over, and all. card: (channel ID, ts) of its card, once it is posted.
    """

    id: int
    account_id: str
    account_name: str
    channel_id: str
    owner: str
    status: Status
    started_at: datetime
    ended_at: datetime | None
    finished: int
    total: int
    procedure: str
    step: StepKey | None = None
    state: State | None = None
    since: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    late: datetime | None = None
    party: str | None = None
    target: date | None = None
    assignee: str | None = None
    blocked_by: str | None = None
    blocked_why: str | None = None
    finish_first: date | None = None
    finish_last: date | None = None
    card: tuple[str, str] | None = None

    @property
    def spec(self) -> StepSpec | None:
        """What the procedure says of the next step."""
        return procedure_of(self.procedure).told.spec(self.step) if self.step is not None else None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """One page of a list, with the counts of all segments.

    Attributes:
        page, pages: from 1 on; a page beyond the last one is the last one.
        counts: of what the viewer may see under the query's other filters.
    """

    rows: tuple[PortfolioRow, ...]
    page: int
    pages: int
    found: int
    counts: dict[Segment, int]
