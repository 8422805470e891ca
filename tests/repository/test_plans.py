"""Queries for due messages cost the same after years: neither sent rows nor rows of the future are read."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery import channel_leases, outbox
from bot.delivery.channel_leases import ChannelLease
from bot.domain.history import HistoryQuery, Topic
from bot.domain.party_people import PartyPerson
from bot.repository import audit, enrollment_reader, last_changes, party_steps, people_settings, workspace_rows
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind
from tests.domain.building import NOW
from tests.repository.keeping import start
from tests.repository.statements import recorded
from tests.support.extracted import PARTY, PROCEDURE, THEIRS

SENT, CHANNELS = 4000, 20


@pytest.fixture
def aged(database: Database) -> Database:
    """A database with thousands of messages that were sent, and some hundreds that will be due."""
    columns: dict[str, Any] = {"workspace": "T0ECO", "kind": "thread", "posting": False, "attempts": 1, "version": 0,
                               "payload": {}, "owed_at": NOW}  # fmt: skip
    # That sent rows were due is as misleading as can be for a planner who guesses how many are due and owed.
    long_ago, to_come = NOW - timedelta(days=90), NOW + timedelta(days=9)
    sent = [
        columns | {"key": f"s{n}", "channel": f"C{n % CHANNELS}", "state": "sent", "due_at": long_ago}
        for n in range(SENT)
    ]
    future = [
        columns | {"key": f"f{n}", "channel": f"C{n % CHANNELS}", "state": "owed", "due_at": to_come}
        for n in range(SENT // 10)
    ]
    with database.write() as connection:
        connection.execute(sa.insert(t.outbox), sent + future)
        for n in range(CHANNELS):
            outbox.open_channel(connection, "T0ECO", f"C{n}")
        connection.execute(sa.text("ANALYZE"))
    return database


def plan(database: Database, statement: str, parameters: Any) -> str:
    """The plan of such a statement."""
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.read() as connection:
        return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(explain + statement, parameters))


def claim(database: Database) -> None:
    """Claim channels."""
    with database.write() as connection:
        channel_leases.claim(connection, "T0ECO", NOW, 5)


def due_reminders(database: Database) -> None:
    """Ask for the due reminders of a channel."""
    with database.read() as connection:
        channel_leases.due_reminders(connection, [ChannelLease("T0ECO", "C1", "token")], NOW, 500)


def next_messages(database: Database) -> None:
    """Ask for the next messages of several channels."""
    with database.read() as connection:
        channel_leases.next_messages(
            connection, [ChannelLease("T0ECO", f"C{number}", "token") for number in range(8)], NOW
        )


def next_due(database: Database) -> None:
    """Ask when the next message falls due."""
    with database.read() as connection:
        channel_leases.next_due(connection, "T0ECO", NOW)


def owed_elsewhere(database: Database) -> None:
    """Count what is owed to other workspaces."""
    with database.read() as connection:
        workspace_rows.owed_elsewhere(connection, "T0ECO")


def is_scan(text: str) -> bool:
    """Whether a plan scans the outbox, or with SQLite any table: PostgreSQL scans small tables on purpose.

    There are few channels, and all of their rows are read.
    """
    # `card`: the outbox again, for the card of a row; `mine`: the end customers of one enrollment.
    stored = {*t.metadata.tables, "card", "mine"} - {"channel_leases"}
    return bool(stored & set(re.findall(r"SCAN (\w+)", text))) or "Seq Scan on outbox" in text


def test_a_claim_with_nothing_due_is_one_query_of_the_index_of_due_rows(aged: Database) -> None:
    """Every tick does this, all day long."""
    with recorded(aged, "SELECT") as sent:
        claim(aged)

    [(statement, parameters)] = sent
    found = plan(aged, statement, parameters)
    assert "ix_outbox_due" in found
    assert not is_scan(found)


def test_with_nothing_due_the_next_due_message_is_found_without_looking_at_channels(aged: Database) -> None:
    """No channel waits to go on then: the first row of the index is the answer."""
    with aged.read() as connection, recorded(aged, "SELECT") as sent:
        assert NOW + timedelta(days=9) == channel_leases.next_due(connection, "T0ECO", NOW)

    [(statement, parameters)] = sent
    assert "channel_leases" not in statement
    assert "ix_outbox_due" in plan(aged, statement, parameters)


@pytest.mark.parametrize("act", [claim, due_reminders, next_messages, next_due, owed_elsewhere])
def test_no_query_for_due_messages_reads_the_whole_outbox(aged: Database, act: Callable[[Database], None]) -> None:
    """Also if a message is due."""
    with aged.write() as connection:
        outbox.owe(connection, "T0ECO", "now", MessageKind.THREAD, "C1", NOW)

    with recorded(aged, "SELECT") as sent:
        act(aged)

    plans = [plan(aged, statement, parameters) for statement, parameters in sent if "outbox" in statement]
    assert plans
    assert [] == [found for found in plans if is_scan(found)]


@pytest.mark.parametrize("act", [claim, next_due])
def test_postgresql_reads_due_rows_once_without_statistics(postgres_url: str, act: Callable[[Database], None]) -> None:
    """As in the first minutes after a bulk start: each row that is due is read once, not once for each channel."""
    channels, each = 50, 20
    database = Database(postgres_url)
    with database.write() as connection:
        for n in range(channels * each):
            outbox.owe(connection, "T0ECO", f"line:{n}:1", MessageKind.THREAD, f"C{n % channels}", NOW, enrollment_id=n)
        busy = sa.update(t.channel_leases).where(t.channel_leases.c.channel != "C7")
        connection.execute(busy.values(next_at=NOW + timedelta(seconds=1)))

    with recorded(database, "SELECT") as sent:
        act(database)

    pages = []
    with database.read() as connection:
        for statement, parameters in sent:
            rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters).scalars().all()
            pages.append(int(re.search(r"shared hit=(\d+)", "\n".join(rows))[1]))
    database.close()
    assert 2 == len(pages)
    assert max(pages) < 4 * channels * each, pages


def test_the_card_of_an_enrollment_is_found_by_its_key(aged: Database) -> None:
    """So are the cards of thread rows, the planned reminders of steps, and the lists of enrollments."""
    enrollment = start(aged)

    with recorded(aged, "SELECT") as sent, aged.read() as connection:
        card = outbox.card_of(connection, "T0ECO", enrollment.id)
        assert card is not None
        outbox.by_ids(connection, [card.id, card.id + 1])
        enrollment_reader.load(connection, "T0ECO", enrollment.id)
        enrollment_reader.load_each(connection, "T0ECO", [enrollment.id, enrollment.id + 1])

    assert [] == [found for found in (plan(aged, *one) for one in sent) if is_scan(found)]


def test_history_undo_and_exports_read_what_belongs_to_one_enrollment(aged: Database) -> None:
    """A page with every filter, the last change and what has gone out since, and whether a file is on its way."""
    query = HistoryQuery("full_eco", "U0OWNER", Topic.TICKETS, page=2)
    with aged.write() as connection:  # messages belong to many enrollments
        spread = sa.update(t.outbox).where(t.outbox.c.enrollment_id.is_(None))
        connection.execute(spread.values(enrollment_id=1000 + t.outbox.c.id % 500))
        connection.execute(sa.text("ANALYZE"))
    enrollment = start(aged)

    with recorded(aged, "SELECT") as sent, aged.read() as connection:
        audit.page(connection, enrollment.id, query, ["enable_subsets"])
        assert 1 == len(audit.numbered(connection, [(enrollment.id, 1), (enrollment.id, 2)]))
        assert last_changes.last(connection, enrollment) is not None
        last_changes.sent_to_support(connection, enrollment, NOW)
        outbox.is_owed(connection, "T0ECO", MessageKind.EXPORT, "C1", enrollment.id)

    assert [] == [found for found in (plan(aged, *one) for one in sent) if is_scan(found)]


def test_what_people_set_is_found_by_indexes(aged: Database) -> None:
    """Every request asks who is away; the forms ask for a person's enrollments."""
    start(aged)

    with recorded(aged, "SELECT") as sent, aged.read() as connection:
        people_settings.absences(connection, "T0ECO", NOW)
        people_settings.preference(connection, "T0ECO", "U0MATE")
        people_settings.preferences(connection, "T0ECO", [1, 2, 3])
        assert 1 == len(people_settings.active_of(connection, "T0ECO", "U0MATE"))
        assert 1 == len(people_settings.active_of(connection, "T0ECO", "U0OWNER", owned=True))

    assert [] == [found for found in (plan(aged, *one) for one in sent) if is_scan(found)]


def test_the_steps_that_somebody_does_for_a_party_are_found_by_indexes(aged: Database) -> None:
    """Every home tab asks for them, and few people have any."""
    start(aged, procedure_reference=PROCEDURE.reference, party_people=(PartyPerson(PARTY.key, "U0PAT"),))

    with recorded(aged, "SELECT") as sent, aged.read() as connection:
        found, total = party_steps.under_way(connection, "T0ECO", ["U0PAT"], NOW, 10)

    assert (1, THEIRS[0]) == (total, found[0][1])
    assert [] == [found for found in (plan(aged, *one) for one in sent) if is_scan(found)]
