"""Lists and look-ups of thousands of enrollments read what they show: no statement of theirs scans a table."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.delivery import channel_leases
from bot.domain.access import Actor
from bot.domain.portfolio import PortfolioQuery, Segment, Sort
from bot.repository import enrollment_reader, people_settings, portfolio_upkeep, search, shared_customers, zones
from bot.repository.database import Database
from bot.use_cases import Enrollments, Portfolios
from tests.domain.building import NOW, POLICY
from tests.repository.statements import recorded
from tests.repository.test_plans import is_scan, plan
from tests.support import many_enrollments
from tests.use_cases.asking import HandClock

WORKSPACE = "T0ECO"
SCAN = re.compile(r"Seq Scan on (\w+)")


@dataclass
class Asked:
    """What is asked, on a database."""

    database: Database

    def __post_init__(self) -> None:
        self.lists = Portfolios(self.database, HandClock(NOW))
        self.bot = Enrollments(self.database, HandClock(NOW), POLICY)


ADMIN = Actor("U0ADMIN", is_admin=True)
MATE = Actor("U0MATE07", sees_channel=lambda channel: channel.endswith("1"))


def page(viewer: Actor, **asked: Any) -> Callable[[Asked], object]:
    """A page of a list."""
    return lambda on: on.lists.page(WORKSPACE, PortfolioQuery(**asked), viewer)


def reading(act: Callable[[Any], object]) -> Callable[[Asked], object]:
    """Something that reads in a transaction."""

    def run(on: Asked) -> None:
        with on.database.read() as connection:
            act(connection)

    return run


ASKED: dict[str, Callable[[Asked], object]] = {
    **{f"{segment.value} of an admin": page(ADMIN, segment=segment) for segment in Segment},
    **{f"{segment.value} of a member": page(MATE, segment=segment) for segment in Segment},
    **{f"by {sort.value}": page(ADMIN, sort=sort) for sort in Sort},
    "the last page": page(ADMIN, page=10**6),
    "an owner": page(ADMIN, owner="U0OWNER03"),
    "a channel": page(ADMIN, channel="C0MANY0011", sort=Sort.AGE),
    "a step": page(ADMIN, step="create_subsets", party="us"),
    "an account": page(ADMIN, words=many_enrollments.account(7)),
    "a part of a name": page(ADMIN, words="überlingen"),
    "the hub": lambda on: on.lists.hub(WORKSPACE, MATE),
    "the figures": lambda on: on.lists.figures(WORKSPACE),
    "a look-up by account": lambda on: on.bot.matching(WORKSPACE, many_enrollments.account(9), "C1"),
    "a look-up by name": lambda on: on.bot.seen_by(MATE).matching(WORKSPACE, many_enrollments.name(3), "C1"),
    "a look-up by channel": lambda on: on.bot.seen_by(MATE).matching(WORKSPACE, "", "C0MANY0001"),
    "who is in a channel": reading(lambda c: search.in_channel(c, WORKSPACE, "C0MANY0001")),
    "who started when": reading(lambda c: search.last_starts(c, WORKSPACE, "U0OWNER03", 20)),
    "what waits in the outbox": reading(lambda c: channel_leases.waiting_rows(c, WORKSPACE, NOW)),
    "forecasts of yesterday": reading(lambda c: portfolio_upkeep.outdated(c, WORKSPACE, NOW.date(), 0, 50)),
    "the enrollments of a page": lambda on: on.bot.several(WORKSPACE, [3, 4, 5, 1999]),
    "those that no list has": lambda on: on.bot.unlisted(WORKSPACE),
    "the latest change": lambda on: on.bot.latest_change(),
    "one enrollment": reading(lambda c: enrollment_reader.load(c, WORKSPACE, 3)),
    "end customers of other enrollments, too": reading(lambda c: shared_customers.elsewhere(c, WORKSPACE, 3)),
    "owners": reading(lambda c: people_settings.owners(c, WORKSPACE, 101)),
    "zones": reading(lambda c: zones.in_another_zone(c, WORKSPACE, "U0OWNER03", "Europe/Paris")),
}


def indexed(database: Database, statement: str, parameters: Any) -> str:
    """The plan of a statement; PostgreSQL scans small tables on purpose, so it is told to avoid that where it can."""
    if database.is_sqlite:
        return plan(database, statement, parameters)
    with database.read() as connection:
        connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return "\n".join(str(tuple(row)) for row in rows)


def test_no_list_or_look_up_scans_a_table(database: Database) -> None:
    """Whoever asks for whatever page, filter, order, name, account or figure."""
    many_enrollments.fill(database, WORKSPACE, NOW, count=2000, active=60, entries=10)
    asked = Asked(database)

    scans = {}
    for what, ask in ASKED.items():
        with recorded(database, "SELECT") as sent:
            ask(asked)
        assert sent, what
        plans = [(statement, indexed(database, statement, parameters)) for statement, parameters in sent]
        if found := [both for both in plans if is_scan(both[1]) or SCAN.search(both[1])]:
            scans[what] = found

    assert {} == scans
