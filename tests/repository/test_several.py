"""Statements for several rows at once do the same as one statement for each row."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery import channel_leases, delivery_results, outbox
from bot.delivery.channel_leases import LEASE
from bot.delivery.delivery_results import LeaseLost, Settlement
from bot.repository import check_results, enrollment_reader
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind, RowState
from tests.delivery.outbox_rows import SECOND, WORKSPACE, channel_row, claim, due, owe, row_of, set_channel
from tests.domain.building import HOUR, NOW
from tests.repository.keeping import rows, start


def next_messages(database: Database, now: timedelta = timedelta()) -> dict[str, str]:
    """Channel -> the key of its next message, for all channels that can be claimed."""
    held = claim(database, NOW + now)
    with database.read() as connection:
        found = channel_leases.next_messages(connection, held, NOW + now)
    assert all(row is not None and row.channel == channel for channel, row in found.items())
    keys_of = {channel: row.key for channel, row in found.items() if row is not None}
    each = {lease.channel: due(database, lease, NOW + now)[:1] for lease in held}
    assert {channel: keys[0] for channel, keys in each.items() if keys} == keys_of
    return keys_of


def test_the_next_messages_are_the_first_rows_of_each_channel(database: Database) -> None:
    """Cards first, then the oldest rows; a channel that waits for its pace has its first edit."""
    owe(database, "line", "C1", NOW - HOUR)
    owe(database, "card", "C1", kind=MessageKind.CARD)
    owe(database, "second", "C2")
    owe(database, "first", "C2", NOW - SECOND)
    owe(database, "held back", "C3", NOW - HOUR)
    owe(database, "edit", "C3", kind=MessageKind.CARD, ts="1.1", posted_channel="C3")
    set_channel(database, "C3", next_at=NOW + SECOND)
    owe(database, "to come", "C4", NOW + SECOND)

    assert {"C1": "card", "C2": "first", "C3": "edit"} == next_messages(database)


def test_channels_with_nothing_to_send_have_no_next_message(database: Database) -> None:
    """Neither paused channels nor empty ones."""
    owe(database, "a", "C1")
    owe(database, "b", "C2")
    held = claim(database)
    set_channel(database, "C1", paused_until=NOW + SECOND)
    with database.write() as connection:
        connection.execute(sa.update(t.outbox).where(t.outbox.c.key == "b").values(state="dropped"))
        assert {} == channel_leases.next_messages(connection, held, NOW)
        assert {} == channel_leases.next_messages(connection, held[:1], NOW)
        assert {} == channel_leases.next_messages(connection, [], NOW)


@pytest.mark.parametrize("change", [{"channel": "C2"}, {"due_at": NOW + HOUR}, {"state": "dropped"}], ids=str)
def test_a_next_message_that_changes_before_it_is_locked_is_none(postgres_url: str, change: dict[str, object]) -> None:
    """PostgreSQL lets others commit between query and lock; the row may then be of another channel, or due later."""
    database = Database(postgres_url)
    database.migrate()
    owe(database, "a", "C1")
    held = claim(database)
    done = []

    def change_first(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not done and "FROM channel_leases" not in statement and statement.endswith("SKIP LOCKED"):
            done.append(statement)
            another = Database(postgres_url)
            with another.write() as connection:
                connection.execute(sa.update(t.outbox).values(change))
            another.close()

    sa.event.listen(database.engine, "before_cursor_execute", change_first)
    with database.write() as connection:
        assert {"C1": None} == channel_leases.next_messages(connection, held, NOW)
    assert done
    database.close()


def test_results_of_several_rows_are_stored_as_for_each(database: Database) -> None:
    """Sent, put off and refused by a closed channel: every channel and every row gets its own values."""
    for number in (1, 2, 3):
        owe(database, f"r{number}", f"C{number}")
    held = claim(database)
    done = (
        Settlement(RowState.SENT, ts="1.1", posted_channel="C1", version=4, next_at=NOW + SECOND),
        Settlement(RowState.OWED, due_at=NOW + HOUR, posting=True, error="no answer", paused_until=NOW + SECOND),
        Settlement(RowState.OWED, due_at=NOW, error="is_archived", closed="is_archived", paused_until=NOW + HOUR),
    )
    found = [row_of(database, lease) for lease in held]
    with database.write() as connection:
        channel_leases.mark_posting(connection, found, NOW)
        after = delivery_results.settle(connection, list(zip(held, found, done, strict=True)), NOW + SECOND)

    assert [NOW + SECOND, None, None] == [lease.next_at for lease in after]
    assert [None, NOW + SECOND, NOW + HOUR] == [lease.paused_until for lease in after]
    kept = [channel_row(database, f"C{number}") for number in (1, 2, 3)]
    assert [NOW + SECOND + LEASE] * 3 == [lease["lease_until"] for lease in kept]
    assert [(0, None), (1, None), (1, "is_archived")] == [(lease["failures"], lease["closed_reason"]) for lease in kept]
    assert [("sent", "1.1", 4), ("owed", None, 0), ("owed", None, 0)] == [
        (row["state"], row["ts"], row["version"]) for row in rows(database)
    ]
    assert [(False, None), (True, "no answer"), (False, "is_archived")] == [
        (row["posting"], row["last_error"]) for row in rows(database)
    ]


def test_one_lost_lease_rolls_all_results_back(database: Database) -> None:
    """They have to be stored again without it."""
    owe(database, "a", "C1")
    owe(database, "b", "C2")
    held = claim(database)
    found = [row_of(database, lease) for lease in held]
    set_channel(database, "C2", lease_token="theirs")

    done = Settlement(RowState.SENT, ts="1.1", posted_channel="C1")
    with pytest.raises(LeaseLost), database.write() as connection:
        delivery_results.settle(connection, [(lease, row, done) for lease, row in zip(held, found, strict=True)], NOW)

    assert ["owed", "owed"] == [row["state"] for row in rows(database)]


def test_enrollments_are_loaded_together_and_one_that_cannot_be_read_hides_no_other(database: Database) -> None:
    """Those that are not there, or in another workspace, are left out."""
    numbers = [start(database, account_id=f"10000000000{n}", spot_org_id=f"10{n}").id for n in range(3)]
    with database.write() as connection:
        here = t.steps.c.enrollment_id == numbers[1]
        connection.execute(sa.update(t.steps).where(here).values(state="nonsense"))

    with database.read() as connection:
        found = enrollment_reader.load_each(connection, WORKSPACE, [*numbers, 999])
        alone = enrollment_reader.load(connection, WORKSPACE, numbers[0])
        assert {} == enrollment_reader.load_each(connection, "T0OTHER", numbers)
        assert {} == enrollment_reader.load_each(connection, WORKSPACE, [])

    assert set(numbers) == set(found)
    assert alone == found[numbers[0]]
    assert isinstance(found[numbers[1]], ValueError)


def test_a_row_has_the_ts_of_its_enrollments_card(database: Database) -> None:
    """None if the card was not posted yet, or if the row belongs to no enrollment."""
    numbers = [start(database, account_id=f"10000000000{n}", spot_org_id=f"10{n}").id for n in range(2)]
    with database.write() as connection:
        posted = t.outbox.c.key == outbox.card_key(numbers[0])
        connection.execute(sa.update(t.outbox).where(posted).values(ts="1.1"))
        outbox.owe(connection, WORKSPACE, "closed:C1", MessageKind.DIRECT, "U0ANA", NOW)
        keys = [*(f"thread:{number}:1" for number in numbers), outbox.card_key(numbers[0]), "closed:C1"]
        assert ["1.1", None, "1.1", None] == [outbox.by_key(connection, WORKSPACE, key).card_ts for key in keys]


def test_the_newest_results_of_several_enrollments(database: Database) -> None:
    """The last one of the kind that is asked for; none if there is none."""
    one, two = (start(database, account_id=f"10000000000{n}", spot_org_id=f"10{n}").id for n in range(2))
    with database.write() as connection:
        for number, kind, files in (
            (one, check_results.CheckKind.DELIVERED_FILES, 1),
            (one, check_results.CheckKind.DELIVERED_FILES, 2),
            (one, check_results.CheckKind.PREFLIGHT, 3),
            (two, check_results.CheckKind.PREFLIGHT, 4),
        ):
            check_results.save(connection, number, kind, "U0ANA", NOW, {"files": files})

        delivered = check_results.last_of_each(connection, [one, two], check_results.CheckKind.DELIVERED_FILES)
        assert check_results.last(connection, one, check_results.CheckKind.DELIVERED_FILES) == delivered[one]
        assert {one: {"files": 2}} == {number: kept.found for number, kept in delivered.items()}
        assert {} == check_results.last_of_each(connection, [], check_results.CheckKind.DELIVERED_FILES)


def test_versions_of_several_enrollments_are_locked_in_one_order(database: Database) -> None:
    """Asked for in any order, they are returned by ID."""
    numbers = [start(database, account_id=f"10000000000{n}", spot_org_id=f"10{n}").id for n in range(3)]
    with database.write() as connection:
        locked = enrollment_reader.versions(connection, numbers[::-1], lock=True)
        assert numbers == list(locked)
        assert locked == enrollment_reader.versions(connection, numbers)
        assert {} == enrollment_reader.versions(connection, [], lock=True)


def test_a_row_that_cannot_be_read_leaves_the_database_free(database: Database) -> None:
    """A cursor left open on the other rows would keep SQLite's next writer from beginning."""
    made = [
        start(database, account_id=f"10000000000{n}", spot_org_id=f"10{n}", channel_id=f"C0{n}").id for n in range(3)
    ]
    [first, *_] = claim(database)
    with database.write() as connection:
        connection.execute(sa.update(t.steps).where(t.steps.c.enrollment_id == made[0]).values(state="nonsense"))

    with pytest.raises(ValueError, match="is not a valid") as problem, database.read() as connection:
        enrollment_reader.load(connection, WORKSPACE, made[0])
    another = Database(database.url)
    set_channel(another, first.channel, failures=1)
    another.close()
    set_channel(database, first.channel, failures=2)

    assert problem.value is not None
    assert 2 == channel_row(database, first.channel)["failures"]
