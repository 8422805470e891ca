"""Databases of the bot after some weeks: waiting enrollments whose cards are in Slack.

One enrollment is made by the use cases, and its rows are copied: making a thousand by the use cases would take longer
than the benchmarks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.clock import SystemClock
from bot.domain.access import Actor
from bot.domain.enrollment import Policy
from bot.domain.schedule import parse_hours
from bot.repository import tables as t
from bot.repository.database import Connection, Database
from bot.use_cases import Caller, Enrollments, StartForm
from tests.support import signed_requests
from tests.support.steps import StepKey
from tests.support.usual_procedure import WAITS

WORKSPACE = signed_requests.TEAM["id"]
POLICY = Policy(WAITS, parse_hours("always"), gap=timedelta())
#: The step at which all enrollments wait.
STEP = StepKey.CONNECT_ACCOUNT


def account(number: int) -> str:
    """The account ID of the enrollment with that ID."""
    return f"{100000000000 + number}"


def channel(number: int, channels: int, alone: int = 0) -> str:
    """The channel that the enrollment with that ID reports to; the first `alone` ones have channels of their own."""
    return f"C0ALONE{number:05d}" if number <= alone else f"C0BENCH{number % channels:05d}"


def caller(idempotency_key: str | None = None) -> Caller:
    """The owner of every enrollment."""
    return Caller(WORKSPACE, Actor(signed_requests.USER), idempotency_key)


def usecases(database: Database) -> Enrollments:
    """The bot's use cases, without a delivery that is woken."""
    return Enrollments(database, SystemClock(), POLICY)


def seed(url: str, count: int, channels: int, due: Sequence[datetime] = (), *, alone: int = 0) -> None:
    """Make a database of `count` enrollments, with the IDs from 1 on, spread over channels.

    Args:
        due: when the reminder of each enrollment is due, from the first one on; the others' in two days.
        alone: how many of them have channels of their own, from the first one on.
    """
    database = Database(url)
    database.migrate()
    bot = usecases(database)
    form = StartForm(
        account(1), "Account 1", channel(1, channels, alone), signed_requests.USER, values={"spot_org_id": "700001"}
    )
    first = bot.start(caller(), form)
    bot.complete_act(caller(), first.id, STEP)
    with database.write() as connection:
        _stand_in_slack(connection, datetime.now(UTC))
        _copy(connection, range(2, count + 1), lambda number: channel(number, channels, alone))
        set_due(connection, due)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
    database.close()


def _stand_in_slack(connection: Connection, now: datetime) -> None:
    """Everything that was due is sent: the card (to be drawn again when the window ends) and its thread."""
    o = t.outbox.c
    stands = {"ts": "1.000001", "posted_channel": o.channel, "sent_at": now}
    connection.execute(
        sa.update(t.outbox).where(o.kind == "card").values(**stands, version=99, due_at=now + timedelta(days=2))
    )
    connection.execute(sa.update(t.outbox).where(o.kind == "thread").values(**stands, state="sent", due_at=None))


def _copy(connection: Connection, numbers: Sequence[int], place: Callable[[int], str]) -> None:
    tables = {
        table: _rows(connection, table) for table in (t.enrollments, t.steps, t.events, t.outbox, t.channel_leases)
    }
    [head], [lease] = tables[t.enrollments], tables[t.channel_leases]
    for start in range(0, len(numbers), 1000):
        some = numbers[start : start + 1000]
        own = {
            number: {
                "id": number,
                "account_id": account(number),
                "account_name": f"Account {number}",
                "name_key": f"account {number}",
                "spot_org_id": f"{700000 + number}",
                "channel_id": place(number),
            }
            for number in some
        }
        connection.execute(sa.insert(t.enrollments), [head | own[number] for number in some])
        for table in (t.steps, t.events):
            rows = [row | {"enrollment_id": number} for number in some for row in tables[table]]
            connection.execute(sa.insert(table), rows)
        connection.execute(sa.insert(t.outbox), [_of(row, n, place(n)) for n in some for row in tables[t.outbox]])
    missing = {place(number) for number in numbers} - {lease["channel"]}
    if missing:
        connection.execute(sa.insert(t.channel_leases), [lease | {"channel": name} for name in sorted(missing)])


def _rows(connection: Connection, table: sa.Table) -> list[dict[str, Any]]:
    """The rows of the first enrollment, without the numbers that the database gives."""
    query = sa.select(table)
    if "enrollment_id" in table.c:
        query = query.where(table.c.enrollment_id == 1)
    dropped = {"id"} if table is not t.enrollments else set()
    return [{k: v for k, v in row._mapping.items() if k not in dropped} for row in connection.execute(query)]


def _of(row: dict[str, Any], number: int, place: str) -> dict[str, Any]:
    """A row of the first enrollment's outbox as another enrollment has it."""
    kind, _, *rest = row["key"].split(":")
    changed = {"key": ":".join((kind, str(number), *rest)), "enrollment_id": number, "channel": place}
    return row | changed | ({"posted_channel": place} if row["ts"] else {})


def set_due(connection: Connection, due: Sequence[datetime]) -> None:
    """Set when the reminders of the first enrollments are due."""
    if not due:
        return
    o = t.outbox.c
    number, moment = sa.bindparam("number"), sa.bindparam("moment")
    values = [{"number": number, "moment": moment} for number, moment in enumerate(due, 1)]
    owed = sa.update(t.outbox).where(o.enrollment_id == number, o.kind == "reminder", o.state == "owed")
    connection.execute(owed.values(due_at=moment, owed_at=moment), values)


def set_line_due(connection: Connection, numbers: Sequence[int], due: datetime) -> None:
    """Set the last thread line of each of these enrollments due: reminders of one channel would be one message."""
    o = t.outbox.c
    last = sa.select(sa.func.max(o.key)).where(o.kind == "thread", o.enrollment_id.in_(numbers))
    changed = sa.update(t.outbox).where(o.key.in_(last.group_by(o.enrollment_id).scalar_subquery()))
    connection.execute(
        changed.values(state="owed", due_at=due, owed_at=due, ts=None, posted_channel=None, sent_at=None)
    )
