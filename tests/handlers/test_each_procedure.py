"""Each procedure from "Start an enrollment" to "completed", by what its own data says."""

import pytest

from bot.domain.enrollment import State, Status
from bot.domain.procedure import BUILT_IN
from bot.domain.step_spec import Procedure
from bot.presentation.ticket_texts import sent_tickets
from tests.support.any_procedure import finish_everything, start, typed
from tests.support.bot_world import World


@pytest.mark.parametrize("procedure", BUILT_IN, ids=lambda procedure: procedure.key)
def test_an_enrollment_goes_through_it(world_on: World, procedure: Procedure) -> None:
    """With its waits, tickets and reminders: every step is done, every wait was asked about, every value is kept."""
    world = world_on
    assert procedure is start(world, world.ana, procedure).procedure

    done = finish_everything(world, world.ana)

    enrollment = world.enrollment()
    assert Status.COMPLETED is enrollment.status
    assert {State.DONE} == {step.state for step in enrollment.steps}
    assert {spec.key for spec in procedure.steps if spec.wait} == {
        line.removesuffix(": asked") for line in done if line.endswith(": asked")
    }
    total = len(procedure.steps)
    assert f"{total} of {total} steps, completed" in world.card().text
    for spec in procedure.steps:
        for field in spec.collects:
            if field.type not in ("names", "validated_names", "date"):
                assert enrollment.step(spec.key).values[field.key], field.key
        if spec.ticket:
            (text,) = sent_tickets(enrollment, spec.key, None)
            assert all(enrollment.value(needed) or "?" in text.text for needed in spec.ticket_needs)
    assert [] == [call for call in world.slack.calls if not call.ok]
    assert [] == [delivery for delivery in world.slack.deliveries if not delivery.ok]


def test_every_type_is_typed() -> None:
    """The walk has something to type into each field of each procedure."""
    assert all(typed(field) for each in BUILT_IN for spec in each.steps for field in spec.collects)
