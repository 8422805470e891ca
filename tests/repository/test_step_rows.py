"""The rows of steps and of their values: strict about what is missing, and made for steps that are new."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.domain.enrollment import Change, Enrollment, Reminder, ReminderKind, State
from bot.repository import enrollment_reader, enrollment_writer
from bot.repository import tables as t
from bot.repository.database import Database
from tests.domain.building import NOW, OWNER, act
from tests.repository.keeping import keep, rows, start
from tests.support.steps import StepKey


def load(database: Database, enrollment_id: int) -> Enrollment:
    """The enrollment as it is stored."""
    with database.read() as connection:
        return enrollment_reader.load(connection, "T0ECO", enrollment_id)


def test_values_are_stored_by_key(database: Database) -> None:
    """One row each, with the step that collected it; a value that is taken away has none."""
    started = start(database, spot_org_id="606079874885", bucket="acme-cur")
    keep(database, started, Change(started.with_shared({"bucket": None, "role_arn": "arn"}), (), OWNER, NOW))

    found = [(row["step"], row["key"], row["value"]) for row in rows(database, t.step_values)]
    assert [("connect_account", "role_arn", "arn"), ("sign_up", "spot_org_id", "606079874885")] == found


def test_a_step_without_a_row_is_not_lost(database: Database) -> None:
    """A change of a step that the enrollment was loaded with, and whose row is gone, is refused and not forgotten."""
    started = start(database)
    with database.write() as connection:
        connection.execute(sa.delete(t.steps).where(t.steps.c.key == "sign_up"))

    with pytest.raises(LookupError, match="has no row for its step sign_up"):
        keep(database, started, act(started, StepKey.SIGN_UP))
    planned = [(started, StepKey.SIGN_UP, Reminder(1, ReminderKind.OPEN, 0, NOW))]
    with database.write() as connection, pytest.raises(LookupError, match="a step without a row"):
        enrollment_writer.count_reminders(connection, planned)


def test_a_step_that_is_new_in_the_procedure_is_stored_with_the_next_change(database: Database) -> None:
    """Until then it is locked, or skipped where everything else is over; both are read the same way every time."""
    active, over = start(database), start(database, account_id="222222222222")
    done = [replace(step, state=State.DONE) for step in over.steps]
    over = keep(database, over, Change(replace(over, steps=tuple(done)), (), OWNER, NOW))
    with database.write() as connection:
        connection.execute(sa.delete(t.steps).where(t.steps.c.key == "full_eco"))

    states = {}
    for enrollment in (active, over):
        found = load(database, enrollment.id)
        assert frozenset({"full_eco"}) == found.new_steps
        states[found.id] = found.step("full_eco").state
        saved = keep(database, found, Change(found, (), OWNER, NOW))
        assert saved == load(database, enrollment.id)
        assert not saved.new_steps
    assert {active.id: State.LOCKED, over.id: State.SKIPPED} == states


def test_a_step_that_the_procedure_does_not_have_is_refused(database: Database) -> None:
    """A database of a procedure with more steps cannot be read by one with fewer: nothing of it may be lost."""
    started = start(database)
    with database.write() as connection:
        connection.execute(sa.update(t.steps).where(t.steps.c.key == "sign_up").values(key="unheard_of"))

    with pytest.raises(LookupError, match="has no step unheard_of"):
        load(database, started.id)
