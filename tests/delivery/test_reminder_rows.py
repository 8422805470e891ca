"""Rows of reminders: planned, merged into a catch-up, postponed, dropped; and the step's reminder that is read back."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery import channel_leases, outbox, outbox_writer
from bot.delivery.outbox import OutboxRow
from bot.domain.reminders import following_reminder
from bot.repository import enrollment_reader, enrollment_writer
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind, RowState, reminder_key
from tests.delivery.outbox_rows import SECOND, WORKSPACE, owe
from tests.domain.building import DAY, HOUR, NOW, POLICY, act
from tests.repository.keeping import keep, owed, rows, start
from tests.support.steps import StepKey


def by_key(database: Database, *keys: str) -> list[OutboxRow]:
    """The rows with these keys."""
    with database.read() as connection:
        return [outbox.by_key(connection, WORKSPACE, key) for key in keys]


def row_states(database: Database) -> dict[str, tuple[Any, Any, Any]]:
    """Key -> state, due and last error of every row."""
    return {row["key"]: (row["state"], row["due_at"], row["last_error"]) for row in rows(database)}


def test_planning_the_next_reminder_is_no_change_that_people_see(database: Database) -> None:
    """The step has the next one under a new number; the version stays, so no card is edited for it."""
    enrollment = start(database)
    step = enrollment.step(StepKey.SIGN_UP)
    following = following_reminder(enrollment, step, NOW + 7 * DAY, POLICY)
    assert following is not None

    with database.write() as connection:
        enrollment_writer.count_reminders(connection, [(enrollment, step.key, following)])
        outbox_writer.owe_reminders(connection, [(enrollment, step.key, following)])
        after = enrollment_reader.load(connection, WORKSPACE, enrollment.id)

    assert enrollment.with_step(step.key, reminder=following, reminders=2) == after
    assert f"reminder:{enrollment.id}:sign_up:2" in owed(database)


def test_a_round_stands_for_several_reminders(database: Database) -> None:
    """They are merged into one row that names them; merging again under the same key adds nothing."""
    for number in (1, 2, 3):
        owe(database, f"r{number}", kind=MessageKind.REMINDER, due=NOW - number * HOUR)
    merged = by_key(database, "r1", "r2", "r3")

    with database.write() as connection:
        first = outbox.merge(connection, merged, "round:C1:1", NOW, late=False)
        again = outbox.merge(connection, merged, "round:C1:1", NOW, late=False)
        merged_rows = outbox.by_ids(connection, first.payload["rows"])

    assert first == again
    assert (MessageKind.ROUND, "C1", NOW) == (first.kind, first.channel, first.due_at)
    assert ["r3", "r2", "r1"] == [row.key for row in merged_rows], "the one that was due first comes first"
    assert {"r1", "r2", "r3"} == {key for key, state in row_states(database).items() if ("merged", None, None) == state}


def test_a_row_can_be_postponed_and_dropped(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """`owed_at` keeps when it was first due; `last_error` says why it was dropped; both are logged in one line."""
    caplog.set_level(logging.INFO, "bot.delivery")
    owe(database, "a")
    owe(database, "b")
    later, dropped = by_key(database, "a", "b")

    with database.write() as connection:
        outbox.postpone(connection, later, NOW + HOUR, "outside the reminder hours")
        outbox.drop(connection, dropped, "its reason went away")

    assert {"a": ("owed", NOW + HOUR, None), "b": ("dropped", None, "its reason went away")} == row_states(database)
    assert replace(later, due_at=NOW + HOUR) == by_key(database, "a")[0]
    assert [
        f"a (message {later.id}, thread, enrollment None) is put off until {(NOW + HOUR).isoformat()}: "
        "outside the reminder hours",
        f"b (message {dropped.id}, thread, enrollment None) is dropped: its reason went away",
    ] == caplog.messages


def test_due_messages_are_counted(database: Database) -> None:
    """For the metrics: due by now, in this workspace, and not sent."""
    owe(database, "now")
    owe(database, "before", due=NOW - HOUR)
    owe(database, "later", due=NOW + SECOND)
    owe(database, "sent", state="sent")
    owe(database, "elsewhere", workspace="T0OTHER")

    with database.read() as connection:
        counts = [channel_leases.count_due(connection, WORKSPACE, NOW + late) for late in (timedelta(), SECOND)]

    assert [2, 3] == counts


PLANNED = {RowState.OWED: True, RowState.MERGED: True, RowState.FAILED: True,
           RowState.SENT: False, RowState.DROPPED: False}  # fmt: skip


@pytest.mark.parametrize(("state", "planned"), PLANNED.items(), ids=[state.value for state in PLANNED])
def test_the_planned_reminder_of_a_step_is_read_from_its_row(
    database: Database, state: RowState, planned: bool
) -> None:
    """Until it is sent or dropped: one that a catch-up stands for, or that Slack refused, is not answered yet."""
    enrollment = start(database)
    expected = enrollment.step(StepKey.SIGN_UP).reminder
    assert expected is not None
    key = reminder_key(enrollment.id, StepKey.SIGN_UP, expected.number)
    with database.write() as connection:
        connection.execute(sa.update(t.outbox).where(t.outbox.c.key == key).values(state=state.value))
        found = enrollment_reader.load(connection, WORKSPACE, enrollment.id)
        other = enrollment_reader.load_readable(connection, WORKSPACE)[0][0]

    assert (expected if planned else None) == found.step(StepKey.SIGN_UP).reminder
    assert found == other


@pytest.mark.parametrize("state", [RowState.OWED, RowState.MERGED, RowState.FAILED], ids=lambda state: state.value)
def test_a_reminder_is_dropped_when_its_step_is_answered(database: Database, state: RowState) -> None:
    """Whether it waits for its time, is part of a catch-up, or was refused; the step reads back without it."""
    enrollment = start(database)
    key = reminder_key(enrollment.id, StepKey.SIGN_UP, 1)
    with database.write() as connection:
        connection.execute(sa.update(t.outbox).where(t.outbox.c.key == key).values(state=state.value))

    after = keep(database, enrollment, act(enrollment, StepKey.SIGN_UP))

    assert ("dropped", None, "replaced or answered") == row_states(database)[key]
    with database.read() as connection:
        assert after == enrollment_reader.load(connection, WORKSPACE, enrollment.id)
    assert None is after.step(StepKey.SIGN_UP).reminder
