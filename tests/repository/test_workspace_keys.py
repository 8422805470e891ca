"""Migration 0007: rows under `E…:T…` come under `T…`, also where both forms exist, and nothing is lost by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery import outbox
from bot.domain import edit_form, lifecycle
from bot.domain.enrollment import Enrollment, EventKind, Status
from bot.repository import audit, enrollment_reader, idempotency_keys
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.migrations.workspace_keys import workspace_keys
from bot.repository.outbox_columns import MessageKind
from tests.domain.building import DAY, HOUR, NOW, OWNER, POLICY, edited
from tests.repository import schema_setback
from tests.repository.keeping import keep, rows, start

OLD, TEAM = "E0GRID:T0ECO", "T0ECO"
ACCOUNTS = ("111111111111", "222222222222")


@pytest.fixture
def before(empty_database_url: str) -> Iterator[Database]:
    """A database whose rows are written as the version before 0007 wrote them."""
    opened = Database(empty_database_url)
    opened.migrate()
    yield opened
    opened.close()


def migrate(database: Database) -> bool:
    """Migrate from the schema of the version before, 0006."""
    with database.write() as connection:
        set_back(connection)
    return database.migrate()


#: Columns of steps that came with schema 0010.
DETAILS = ("assignee", "target", "blocked_by", "blocked_why", "blocked_at", "note", "noted_by", "noted_at")
#: Tables that came after the workspace's key was changed: they have no rows of the old one.
YOUNGER = {
    *("absences", "api_tokens", "bulk_starts", "calendar_feeds", "languages", "list_exports"),
    "reminder_preferences",
}


def set_back(connection: sa.Connection) -> None:
    """Take away what came with schema 0007 and later."""
    schema_setback.set_back(connection, "0006")


def touch(database: Database, enrollment: Enrollment, at: datetime) -> Enrollment:
    """Change something small in an enrollment."""
    wanted = edited(enrollment, collaborators=("U0SOMEBODY",))
    return keep(database, enrollment, edit_form.edit(enrollment, wanted, OWNER, at, POLICY))


def load(database: Database, enrollment: Enrollment) -> Enrollment:
    """The enrollment as it is now, under the team's key."""
    with database.read() as connection:
        return enrollment_reader.load(connection, TEAM, enrollment.id)


def test_every_row_comes_under_the_team_alone(before: Database) -> None:
    """Enrollment, reminders, channel and receipts are those of the team; other workspaces stay as they are."""
    moved, other = start(before, workspace=OLD), start(before, workspace="T0OTHER")
    with before.write() as connection:
        assert idempotency_keys.add(connection, OLD, "view:V1:1", moved.id, NOW)
        owed_before = len(rows_of(connection, OLD))

    assert migrate(before)

    assert replace(moved, workspace=TEAM) == load(before, moved)
    with before.read() as connection:
        assert [TEAM, "T0OTHER"] == workspace_keys(connection)
        assert owed_before == len(rows_of(connection, TEAM))
        assert moved.id == idempotency_keys.find(connection, TEAM, "view:V1:1")
        assert other == enrollment_reader.load(connection, "T0OTHER", other.id)
    assert {TEAM, "T0OTHER"} == {row["workspace"] for row in rows(before, t.channel_leases)}


def rows_of(connection: sa.Connection, workspace: str) -> list[Any]:
    """The messages of a workspace."""
    return list(connection.execute(sa.select(t.outbox.c.id).where(t.outbox.c.workspace == workspace)))


def test_every_table_with_a_workspace_is_covered(before: Database) -> None:
    """A row of any table that has the column is found."""
    with_workspace = {table.name for table in t.metadata.sorted_tables if "workspace" in table.c}
    assert {"enrollments", "receipts", "channel_leases", "outbox"} == with_workspace - YOUNGER


@pytest.mark.parametrize("used", [OLD, TEAM])
def test_of_two_live_enrollments_of_an_account_the_one_in_use_goes_on(before: Database, used: str) -> None:
    """The other one is cancelled with a reason in its thread and on its card; it keeps its history and owes nothing."""
    vanished = start(before, workspace=TEAM, account_name="Before", channel_id="C0FIRST")
    again = start(before, workspace=OLD, account_name="After", channel_id="C0SECOND", started_at=NOW + DAY)
    kept = touch(before, again if used == OLD else vanished, NOW + 2 * DAY)
    second = vanished if used == OLD else again
    assert [row for row in rows(before) if row["enrollment_id"] == second.id and row["kind"] == "reminder"]

    assert migrate(before)

    assert replace(kept, workspace=TEAM) == load(before, kept)
    ended = load(before, second)
    assert (Status.CANCELLED, NOW + 2 * DAY) == (ended.status, ended.ended_at)
    assert [None] * len(ended.steps) == [step.reminder for step in ended.steps]
    with before.read() as connection:
        history = audit.events_of(connection, second.id)
        assert EventKind.STARTED is history[0][0].kind
        event, by, at = history[-1]
        assert (EventKind.CANCELLED, "bot", NOW + 2 * DAY) == (event.kind, by, at)
        assert f"The other enrollment, “{kept.account_name}”, goes on." in event.details["reason"]
    owed = {row["key"]: row for row in rows(before) if row["enrollment_id"] == second.id and row["state"] == "owed"}
    assert {f"card:{second.id}", f"thread:{second.id}:1", f"thread:{second.id}:2"} == owed.keys()
    assert NOW + 2 * DAY == owed[f"card:{second.id}"]["due_at"] == owed[f"thread:{second.id}:2"]["due_at"]
    assert {TEAM} == {row["workspace"] for row in rows(before)}


def test_a_cancelled_enrollment_is_no_second_one(before: Database) -> None:
    """It stays beside the live one of its account as it was."""
    first = start(before, workspace=TEAM)
    cancelled = keep(before, first, lifecycle.cancel(first, "by mistake", OWNER, NOW, POLICY))
    live = start(before, workspace=OLD, started_at=NOW + DAY)

    assert migrate(before)

    assert cancelled == load(before, first)
    assert replace(live, workspace=TEAM) == load(before, live)


def test_a_channel_of_both_keys_keeps_its_pace_pause_and_lease(before: Database) -> None:
    """The later one of each, and what the key that was used last knows of the channel."""
    for number, workspace in enumerate((TEAM, OLD)):
        start(before, workspace=workspace, account_id=ACCOUNTS[number], channel_id="C0BOTH")
    lease, c = {"failures": 0, "closed_at": None, "closed_reason": None}, t.channel_leases.c
    with before.write() as connection:
        for workspace, values in (
            (TEAM, {"next_at": NOW, "paused_until": NOW + HOUR, "closed_at": NOW, "closed_reason": "is_archived"}),
            (OLD, lease | {"next_at": NOW + DAY, "lease_token": "theirs", "lease_until": NOW + DAY}),
        ):
            connection.execute(sa.update(t.channel_leases).where(c.workspace == workspace).values(values))

    assert migrate(before)

    [found] = rows(before, t.channel_leases)
    expected = lease | {
        "workspace": TEAM, "channel": "C0BOTH", "next_at": NOW + DAY, "paused_until": NOW + HOUR,
        "lease_token": "theirs", "lease_until": NOW + DAY, "reminded_at": None,
    }  # fmt: skip
    assert expected == found


@pytest.mark.parametrize(
    ("of_team", "of_old", "kept"),
    [("owed", "sent", OLD), ("sent", "owed", TEAM), ("owed", "owed", TEAM), ("dropped", "owed", OLD)],
)
def test_a_digest_of_both_keys_comes_once(before: Database, of_team: str, of_old: str, kept: str) -> None:
    """The sent one keeps the key of its week, and the other one is not sent; reminders that it took along are."""
    reminders = {}
    for number, (workspace, state) in enumerate(((TEAM, of_team), (OLD, of_old))):
        made = start(before, workspace=workspace, account_id=ACCOUNTS[number], channel_id="C0BOTH")
        with before.write() as connection:
            key = "digest:C0BOTH:2026-W10"
            outbox.owe(connection, workspace, key, MessageKind.DIGEST, "C0BOTH", NOW + DAY)
            row = outbox.by_key(connection, workspace, key)
            taken = next(one for one in rows_in(connection, made.id) if one.kind is MessageKind.REMINDER)
            outbox.take_along(connection, row, [taken])
            reminders[workspace] = taken.id
            connection.execute(sa.update(t.outbox).where(t.outbox.c.id == row.id).values(state=state))

    assert migrate(before)

    digests = {row["key"]: row for row in rows(before) if row["kind"] == "digest"}
    assert 2 == len(digests)
    winner = digests.pop("digest:C0BOTH:2026-W10")
    assert [reminders[kept]] == winner["payload"]["rows"]
    [(key, loser)] = digests.items()
    assert f"digest:C0BOTH:2026-W10:{loser['id']}" == key
    assert ("sent" if {of_team, of_old} == {"sent"} else "dropped") == loser["state"]
    states = {row["id"]: row["state"] for row in rows(before) if row["id"] in reminders.values()}
    lost = reminders[TEAM if kept == OLD else OLD]
    assert "merged" == states[reminders[kept]]
    assert ("owed" if of_team != "dropped" else "merged") == states[lost]


def rows_in(connection: sa.Connection, enrollment_id: int) -> list[outbox.OutboxRow]:
    """The messages of an enrollment."""
    ids = connection.execute(sa.select(t.outbox.c.id).where(t.outbox.c.enrollment_id == enrollment_id)).scalars()
    return outbox.by_ids(connection, list(ids))


def test_a_receipt_of_both_keys_is_one(before: Database) -> None:
    """The same request under both keys is still known."""
    made = start(before, workspace=TEAM)
    with before.write() as connection:
        for workspace in (TEAM, OLD):
            assert idempotency_keys.add(connection, workspace, "view:V1:1", made.id, NOW)

    assert migrate(before)

    assert [TEAM] == [row["workspace"] for row in rows(before, t.receipts)]
