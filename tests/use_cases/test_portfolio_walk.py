"""Lists as SQL gives them are lists as the domain would make them, whatever people do and whenever somebody looks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain import edit_form, lifecycle
from bot.domain.access import Actor, may_see
from bot.domain.actions import actions_for
from bot.domain.enrollment import Change, Enrollment, State, Status, Step
from bot.domain.errors import DomainError
from bot.domain.inputs import search_key
from bot.domain.lifecycle import Position
from bot.domain.next_step import US, asks, is_late, next_step, party, urgency
from bot.domain.portfolio import PortfolioQuery, Segment, Sort
from bot.repository import enrollment_writer
from bot.repository.database import Database
from bot.repository.tables import metadata
from bot.use_cases import Portfolios
from tests.domain.building import KEYS, NOW, ORG, POLICY, blank, edited
from tests.domain.test_walks import BUTTONS
from tests.support.usual_procedure import SPECS
from tests.use_cases.asking import ADMIN, HandClock

USERS = ("U0ANA", "U0BEN", "U0EVE")
CHANNELS = ("C0ONE", "C0TWO")
ZONES = ("UTC", "Pacific/Auckland", "America/Los_Angeles")
NAMES = ("Acme", "ÄCME Europe", "50%_off", "Straße")

PEOPLE = st.sampled_from(USERS)
ACTS = st.one_of(
    st.tuples(st.just("press"), st.integers(0, 6)),
    st.tuples(st.just("assign"), st.one_of(st.none(), PEOPLE)),
    st.tuples(st.just("block"), st.sampled_from([None, US, "AWS", "Spot support"])),
    st.tuples(st.just("aim"), st.one_of(st.none(), st.integers(-3, 30))),
    st.tuples(st.just("edit"), st.tuples(PEOPLE, st.sampled_from(ZONES), st.sampled_from(CHANNELS))),
    st.tuples(st.just("end"), st.none()),
)
STARTS = st.tuples(
    st.sampled_from(NAMES),
    PEOPLE,
    st.sampled_from(CHANNELS),
    st.sampled_from(ZONES),
    st.sampled_from(KEYS),
    st.booleans(),
)
HISTORY = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(KEYS), ACTS, st.integers(0, 200)), max_size=25)
QUERIES = st.builds(
    PortfolioQuery,
    owner=st.one_of(st.none(), PEOPLE),
    channel=st.one_of(st.none(), st.sampled_from(CHANNELS)),
    step=st.one_of(st.none(), st.none(), st.sampled_from(KEYS)),
    party=st.one_of(st.none(), st.none(), st.sampled_from([US, "Spot", "Spot support", "AWS and Spot"])),
    words=st.sampled_from(["", "", "acme", "äcme", "%", "_", "SSE", "1000", ORG, "x" * 300]),
    sort=st.sampled_from(Sort),
)


class Fleet:
    """Enrollments of a database, and the same ones in memory."""

    def __init__(self, database: Database, starts: Sequence[tuple[Any, ...]]) -> None:
        self.database, self.now = database, NOW
        self.enrollments: list[Enrollment] = []
        with database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                if table.name != "procedure_steps":  # they are written when a process starts
                    connection.execute(sa.delete(table))
        for number, (name, owner, channel, zone, key, waiting) in enumerate(starts):
            new = blank(
                account_id=f"{100000000000 + number}", account_name=name, owner=owner,
                collaborators=(USERS[number % 3],),
                channel_id=channel, owner_zone=zone, spot_org_id=ORG, started_at=NOW + timedelta(minutes=number),
            )  # fmt: skip
            change = lifecycle.start(new, Position(key, waiting and SPECS[key].wait is not None), POLICY)
            with database.write() as connection:
                new = replace(new, id=enrollment_writer.insert(connection, new))
            self.enrollments.append(new)
            self.save(number, replace(change, enrollment=replace(change.enrollment, id=new.id)))

    def save(self, number: int, change: Change) -> None:
        """Store a change as every use case does."""
        with self.database.write() as connection:
            self.enrollments[number] = enrollment_writer.save(connection, self.enrollments[number], change, POLICY)

    def act(self, number: int, key: str, act: tuple[str, Any], hours: int) -> None:
        """Some hours later, let somebody do something."""
        number %= len(self.enrollments)
        self.now += timedelta(hours=hours)
        before, (what, how) = self.enrollments[number], act
        try:
            self.save(number, self.change(before, key, what, how))
        except DomainError:
            return

    def change(self, before: Enrollment, key: str, what: str, how: Any) -> Change:
        """What somebody does, as a change."""
        by = {"by": before.owner, "now": self.now, "policy": POLICY}
        if what == "end":
            return lifecycle.resume(before, **by) if before.ended_at else lifecycle.cancel(before, "no need", **by)
        if what == "edit":
            owner, zone, channel = how
            return edit_form.edit(before, edited(before, owner=owner, owner_zone=zone, channel_id=channel), **by)
        if what == "press":
            offered = [action for action in actions_for(before, key, self.now) if action in BUTTONS]
            if offered:
                return BUTTONS[offered[how % len(offered)]](before, key, self.now, POLICY)
            return Change(before, (), before.owner, self.now)
        values: dict[str, Any] = {"assignee": how}
        if what == "block":
            values = {"blocked_by": how, "blocked_why": how and "why", "blocked_at": self.now if how else None}
        if what == "aim":
            values = {"target": None if how is None else self.now.date() + timedelta(days=how)}
        return Change(before.with_step(key, **values), (), before.owner, self.now)


def named(enrollment: Enrollment, segment: Segment, user: str, now: datetime) -> Step | None:
    """The step that stands for an enrollment in a list of a segment; None where it is not in it."""
    step = next_step(enrollment, now)
    match segment:
        case Segment.NEEDS_ME:
            return next_step(enrollment, now, lambda step: asks(enrollment, step, user, now))
        case Segment.BLOCKED:
            return next_step(enrollment, now, lambda step: step.blocked_by is not None)
        case Segment.NEEDS_US:
            return step if step and party(enrollment, step, now) == US else None
        case Segment.LATE:
            return step if step and is_late(step, enrollment.zone, now) else None
        case Segment.WAITING:
            return step if step and step.blocked_by is None and step.state_at(now) is State.WAITING else None
        case _:
            return step


def sees(enrollment: Enrollment, viewer: Actor) -> bool:
    """Whether somebody may see it: as the domain says, or because a step is theirs."""
    return may_see(enrollment, viewer) or any(step.assignee == viewer.user_id for step in enrollment.steps)


def fits(enrollment: Enrollment, query: PortfolioQuery) -> bool:
    """Whether the filters that look at no step let it through."""
    words, ids = search_key(query.words), (enrollment.account_id, enrollment.value("spot_org_id") or "")
    return (
        query.owner in (None, enrollment.owner)
        and query.channel in (None, enrollment.channel_id)
        and (words in search_key(enrollment.account_name) or any(words.isdigit() and i.startswith(words) for i in ids))
    )


def expected(fleet: Fleet, query: PortfolioQuery, viewer: Actor, finishing: dict[int, date]) -> list[tuple[int, Any]]:
    """(ID, step) of a whole list, as the domain has them."""
    now, found, over = fleet.now, [], []
    over_in = {Segment.DONE: Status.COMPLETED, Segment.ALL: Status.COMPLETED, Segment.CANCELLED: Status.CANCELLED}
    month = (now.year, now.month)
    for enrollment in fleet.enrollments:
        if not (sees(enrollment, viewer) and fits(enrollment, query)):
            continue
        if enrollment.status is over_in.get(query.segment) and not (query.step or query.party):
            over.append(enrollment)
        step = named(enrollment, query.segment, viewer.user_id, now)
        if step is None or query.segment in (Segment.DONE, Segment.CANCELLED):
            continue
        last = finishing[enrollment.id]
        if query.segment is Segment.FINISHING and (last.year, last.month) > month:
            continue
        if query.step in (None, step.key) and query.party in (None, party(enrollment, step, now)):
            found.append((enrollment, step))
    if query.sort is Sort.AGE:
        ended = [(e, None) for e in over]
        return [
            (e.id, s and s.key) for e, s in sorted([*found, *ended], key=lambda pair: (pair[0].started_at, pair[0].id))
        ]
    if query.sort is Sort.URGENCY:
        found.sort(key=lambda pair: (*urgency(pair[0], pair[1], now), pair[0].id))
    over.sort(key=lambda e: (e.ended_at, e.id), reverse=True)
    return [(e.id, s.key) for e, s in found] + [(e.id, None) for e in over]


@settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    starts=st.lists(STARTS, min_size=1, max_size=6), history=HISTORY, queries=st.lists(QUERIES, min_size=3, max_size=3)
)
def test_lists_are_those_of_the_domain(
    database: Database, starts: list[tuple[Any, ...]], history: list[tuple[Any, ...]], queries: list[PortfolioQuery]
) -> None:
    """Which enrollments each segment has, with which step, in which order, on which page, and how many for whom."""
    fleet = Fleet(database, starts)
    for one in history:
        fleet.act(*one)
    lists = Portfolios(database, HandClock(fleet.now))
    viewers = [Actor(USERS[0], sees_channel=lambda channel: channel == CHANNELS[0]), Actor(USERS[2]),
               Actor(ADMIN, is_admin=True)]  # fmt: skip
    whole = lists.page("T0ECO", PortfolioQuery(sort=Sort.AGE), viewers[2], size=50)
    finishing = {row.id: row.finish_last for row in whole.rows if row.finish_last}

    for viewer, query in zip(viewers, [PortfolioQuery(), *queries], strict=False):
        for segment in Segment:
            wanted = replace(query, segment=segment)
            pages = [lists.page("T0ECO", wanted, viewer, size=2)]
            pages += [
                lists.page("T0ECO", replace(wanted, page=n), viewer, size=2) for n in range(2, pages[0].pages + 1)
            ]
            told = [(row.id, row.step) for page in pages for row in page.rows]
            right = expected(fleet, wanted, viewer, finishing)
            if query.sort is Sort.FORECAST:
                told, right = sorted(told, key=str), sorted(right, key=str)
            assert right == told, (viewer.user_id, wanted)
            assert {len(right)} == {page.found for page in pages} == {page.counts[segment] for page in pages}
