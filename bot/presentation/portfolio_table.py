"""A list of enrollments as a table, one a row: what is next in each, whose turn it is, since and until when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.domain.enrollment import Enrollment, State, Status
from bot.domain.step_spec import OURS
from bot.presentation import card
from bot.presentation.csv_table import Table
from bot.presentation.plain_text import Names

COLUMNS = (
    *("account ID", "account name", "status", "steps finished", "owner", "owner (ID)", "channel", "started at"),
    *("ended at", "next step", "state", "whose turn", "since", "ready from", "expected until", "assignee"),
    *("target date", "blocked by", "blocked why", "pairs", "customers"),
)


def table(enrollments: Iterable[Enrollment], names: Names, now: datetime) -> Table:
    """The table; enrollments are read one after the other, and not kept."""
    return Table(COLUMNS, list(_rows(enrollments, names, now)))


def _rows(enrollments: Iterable[Enrollment], names: Names, now: datetime) -> Iterator[tuple[object, ...]]:
    for each in enrollments:
        yield (
            *(each.account_id, each.account_name, each.status.value, card.progress(each)),
            *(names.person(each.owner), each.owner, names.channel(each.channel_id), each.started_at, each.ended_at),
            *_next(each, names, now),
            *(len(each.pairs), len(each.customers)),
        )


def _next(enrollment: Enrollment, names: Names, now: datetime) -> tuple[object, ...]:
    """The next step, a required one before an optional one; of an enrollment that has ended nobody's turn comes."""
    if enrollment.status is not Status.ACTIVE:
        return (None,) * 10
    steps = sorted(card.next_actions(enrollment, now), key=lambda found: enrollment.spec(found[0].key).optional)
    if not steps:
        return (None,) * 10
    step, state = steps[0]
    spec = enrollment.spec(step.key)
    ours = enrollment.procedure.turn(step.key, OURS) if state is State.OPEN else OURS
    return (
        *(spec.title, state.value, spec.waiting_on if state is State.WAITING else ours),
        *(step.since, step.earliest, step.latest, names.who(step.assignee)),
        *(step.target, step.blocked_by, step.blocked_why),
    )
