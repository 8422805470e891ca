"""An email whose result is stored in the same batch as other messages of its enrollment."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.repository import tables as t
from tests.delivery.stepwise import claim_and_send, store
from tests.emails.email_actions import ENABLE, rename, send
from tests.support.bot_world import World
from tests.support.mail_services import DROP, Fault, OddSes
from tests.support.walkthrough import reach

FAULTS = {"accepted": [], "unknown": [DROP], "refused": [Fault(400, "MessageRejected", "no")]}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_a_card_that_is_stored_with_an_email_shows_its_outcome(
    world_on: World, ses: OddSes, faults: list[Fault]
) -> None:
    """The card was rendered before the outcome: it is owed again."""
    world = world_on
    reach(world, ENABLE)
    world.deliver()
    before = world.enrollment()
    send(world)
    ses.faults = faults
    rename(world, "Another name")
    results = claim_and_send(world)
    assert {"card", "email"} == {result.message.row.kind.value for result in results}
    store(world, results)
    world.deliver()

    assert 1 == ses.asked
    with world.app.database.read() as connection:
        shown = connection.execute(sa.select(t.outbox.c.version).where(t.outbox.c.kind == "card")).scalar_one()
    assert world.enrollment().version == shown
    assert before.version + 2 == shown
