"""Tickets of lists: migrated from what older versions kept, and lists as they were when a ticket was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain import lifecycle
from bot.domain.enrollment import Customer, Enrollment, Pair, State
from bot.domain.sent_lines import Counts, counts, lines_to_send
from bot.repository import audit, enrollment_reader
from bot.repository import tables as t
from bot.repository.database import Database
from tests.domain.building import DAY, NOW, ORG, OWNER, POLICY, act, opened
from tests.repository.keeping import keep, start
from tests.repository.schema_setback import set_back
from tests.support.steps import StepKey

STEP = StepKey.ASSOCIATE_CUSTOMERS
#: A name can hold the separator.
ONE, TWO, THREE = (
    Customer(name, f"{number}@c.example", number)
    for name, number in (("A : B", "111111"), ("Two", "222222"), ("Three", "333333"))
)
TEXT = "Please associate them.\n\nTwo : 222222@c.example : 222222\nThree : 333333@c.example : 333333\n"


def stored(database: Database, state: str, text: str | None, *customers: Customer) -> int:
    """An enrollment whose ticket for end customers an older version has marked as sent."""
    before = start(database, spot_org_id=ORG)
    change = lifecycle.change_customers(before, customers, frozenset(), OWNER, NOW, POLICY)
    number = keep(database, before, change).id
    step = {"state": state, "acted_at": NOW, "acted_by": OWNER, "acted_on": date(2026, 3, 3)}
    s, value = t.steps.c, {"enrollment_id": number, "step": STEP, "key": "ticket_number", "value": "4711"}
    with database.write() as connection:
        mine = sa.and_(s.enrollment_id == number, s.key == STEP)
        finished = NOW + DAY if state == "done" else None
        connection.execute(sa.update(t.steps).where(mine).values(**step, finished_at=finished))
        connection.execute(sa.insert(t.step_values).values(value))
        if text is not None:
            event: dict[str, Any] = {"enrollment_id": number, "at": NOW, "by": OWNER, "version": 3, "details": {}}
            event |= {"number": 9, "kind": "wait_started", "step": STEP, "before": {}, "after": {}}
            connection.execute(sa.insert(t.events).values(event))
            connection.execute(sa.insert(t.sent_tickets).values(enrollment_id=number, number=9, text=text))
    return number


def migrated(database: Database, number: int) -> Enrollment:
    """The enrollment after the database was set back and brought up to date again."""
    with database.write() as connection:
        set_back(connection, "0016")
    database.migrate()
    with database.read() as connection:
        return enrollment_reader.load(connection, "T0ECO", number)


@pytest.mark.parametrize(("state", "confirmed_at"), [("waiting", None), ("done", NOW + DAY)])
def test_lines_of_a_ticket_that_went_out_count_as_sent(database: Database, state: str, confirmed_at: Any) -> None:
    """Those of a done step as confirmed; where no text was kept, all of them."""
    found = migrated(database, stored(database, state, None, ONE, TWO))

    (ticket,) = found.list_tickets
    assert ("customers", 1, NOW, date(2026, 3, 3), OWNER) == (
        *(ticket.list_name, ticket.number),
        *(ticket.at, ticket.on, ticket.by),
    )
    assert ((ONE.spot_org_id, TWO.spot_org_id) if confirmed_at else ()) == found.with_users
    assert ("4711", (ONE, TWO), (), confirmed_at) == (ticket.ticket, ticket.added, ticket.removed, ticket.confirmed_at)


def test_the_text_of_the_ticket_says_which_lines_it_had(database: Database) -> None:
    """A line that was added after it is not sent, and one that has left the list since is to be removed."""
    found = migrated(database, stored(database, "done", TEXT, ONE, TWO))

    assert Counts(2, confirmed=1, unsent=1, to_remove=1) == counts(found, "customers")
    lines = lines_to_send(found, "customers")
    assert ((ONE,), (THREE,)) == (lines.added, lines.removed)


def test_a_list_that_was_never_sent_has_no_ticket(database: Database) -> None:
    """An open step has none, and neither has an empty list."""
    number = start(database, spot_org_id=ORG).id
    with database.read() as connection:
        before = enrollment_reader.load(connection, "T0ECO", number)
    keep(database, before, lifecycle.change_pairs(before, [Pair("A", "B")], frozenset(), OWNER, NOW, POLICY))

    assert () == migrated(database, number).list_tickets


def test_a_list_is_known_as_it_was(database: Database) -> None:
    """Whatever was added, changed and removed since, with names that hold a separator."""
    kept = start(database, spot_org_id=ORG)
    kept = keep(database, kept, lifecycle.change_customers(kept, [ONE, TWO], frozenset(), OWNER, NOW, POLICY))
    version = kept.version
    changed = replace(ONE, email="new@c.example")
    for add, remove in (([changed, THREE], frozenset[Customer]()), ([], frozenset({TWO}))):
        kept = keep(database, kept, lifecycle.change_customers(kept, add, remove, OWNER, NOW, POLICY))

    with database.read() as connection:
        now = audit.list_at(connection, kept, "customers", kept.version)
        then = audit.list_at(connection, kept, "customers", version)

    assert ({changed, THREE}, {ONE, TWO}) == (set(now), set(then))


def test_who_has_sent_a_ticket_since_is_known(database: Database) -> None:
    """Another step's ticket is none of its."""
    kept = start(database, spot_org_id=ORG)
    ready = opened(STEP)
    kept = keep(database, kept, replace(act(ready, STEP), enrollment=replace(act(ready, STEP).enrollment, id=kept.id)))

    with database.read() as connection:
        assert OWNER == audit.sent_since(connection, kept.id, STEP, kept.version - 1)
        assert None is audit.sent_since(connection, kept.id, STEP, kept.version)
        assert None is audit.sent_since(connection, kept.id, StepKey.ASSOCIATE_WORKFLOWS, 0)
        assert State.WAITING is enrollment_reader.load(connection, "T0ECO", kept.id).step(STEP).state
