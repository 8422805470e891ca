"""Waits of workflows as they are stored: what ends them in the transaction of a change, and what is forgotten."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.errors import StepConflict
from bot.domain.procedure import BUILT_IN
from bot.repository import forgetting
from bot.repository import tables as t
from bot.use_cases import ProcedureMoves
from bot.use_cases.custom_steps import CustomSteps
from tests.domain.building import ORG, OWNER, POLICY
from tests.repository.statements import recorded
from tests.support.own_procedures import ours_again
from tests.support.steps import StepKey
from tests.use_cases.asking import WORKSPACE, Desk, caller, form

__all__ = ["ours_again"]
pytestmark = pytest.mark.usefixtures("ours_again")


@pytest.fixture
def steps(desk: Desk) -> CustomSteps:
    """The use cases, with the desk's clock."""
    return CustomSteps(desk.database, desk.clock, POLICY, desk.bot.wake)


def row(desk: Desk) -> Any:
    """The only row of a run."""
    with desk.database.read() as connection:
        return connection.execute(sa.select(t.outbox).where(t.outbox.c.kind == "completion")).one()


def test_a_move_to_a_procedure_without_the_step_ends_the_wait(desk: Desk, steps: CustomSteps) -> None:
    """It will never be done, and the run is told that in the transaction of the move."""
    number, woken = desk.opened(StepKey.CREATE_SUBSETS).id, desk.woken
    steps.wait_for(caller(execution="Fx1"), number, StepKey.CREATE_WORKFLOWS)
    assert row(desk).due_at is None
    assert woken + 1 == desk.woken, "one that is over already is told at once"
    desk.clock.turn(timedelta(days=3))

    ProcedureMoves(desk.database, desk.clock, POLICY).move(caller(), number, BUILT_IN[1])

    assert desk.clock.now() == row(desk).due_at == row(desk).owed_at
    assert "which has no step “Create billing workflows”" in row(desk).payload["error"]


def test_an_undo_after_the_end_takes_no_completion_back(desk: Desk, steps: CustomSteps) -> None:
    """It was true when it was owed."""
    number = desk.opened(StepKey.CREATE_SUBSETS).id
    steps.wait_for(caller(execution="Fx1"), number, StepKey.CREATE_SUBSETS)
    desk.bot.complete_act(caller(), number, StepKey.CREATE_SUBSETS, {"names": ("Prod",)})
    desk.bot.reopen(caller(), number, StepKey.CREATE_SUBSETS)

    assert row(desk).due_at is not None
    assert "error" not in row(desk).payload


def test_a_start_of_a_run_that_was_refused_is_taken_back(desk: Desk, steps: CustomSteps) -> None:
    """Whichever delivery of the event was the first, the enrollment and the answer fit."""
    steps.refuse_run(WORKSPACE, "Fx1", "No.")

    with pytest.raises(StepConflict, match="answered already"):
        steps.start(caller(execution="Fx1"), form())

    assert [] == steps.all(WORKSPACE)
    steps.refuse_run(WORKSPACE, "Fx1", "Another.")
    assert "No." == row(desk).payload["error"]


def test_nobody_is_looked_for_when_nothing_ends(desk: Desk, steps: CustomSteps) -> None:
    """Only a change that may end a wait costs a statement."""
    number = desk.start(spot_org_id=ORG).id
    with recorded(desk.database) as sent:
        desk.bot.complete_act(caller(), number, StepKey.CONNECT_ACCOUNT)
    assert [] == [statement for statement, _ in sent if "due_at IS NULL" in statement]
    with recorded(desk.database) as sent:
        desk.bot.confirm(caller(), number, StepKey.CONNECT_ACCOUNT)
    assert 1 == len([statement for statement, _ in sent if "due_at IS NULL" in statement])


def test_a_person_who_is_forgotten_is_in_no_wait(desk: Desk, steps: CustomSteps) -> None:
    """The wait stays, and its end is told to nobody who may not see it."""
    number = desk.opened(StepKey.CREATE_SUBSETS).id
    steps.wait_for(caller(execution="Fx1"), number, StepKey.CREATE_WORKFLOWS)

    with desk.database.write() as connection:
        forgetting.forget(connection, OWNER, ())

    assert "a former colleague" == row(desk).payload["user"]
