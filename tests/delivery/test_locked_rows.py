"""Rows and enrollments that another transaction has locked, on PostgreSQL: they wait, and nothing waits with them."""

from datetime import timedelta

import sqlalchemy as sa

from bot.delivery.channel_leases import LEASE
from bot.repository import enrollment_reader
from bot.repository import tables as t
from tests.delivery.stepwise import CHANNELS, caller, claim_and_send, enroll, lease_row, posted, states, store
from tests.support.bot_world import running
from tests.support.steps import StepKey


def test_a_locked_enrollment_holds_up_no_other(postgres_url: str) -> None:
    """A process that was suspended in the middle of a change: its enrollment waits, the others are served."""
    with running(postgres_url, workers=8) as world:
        numbers = enroll(world, 2)
        world.slack.wait_for(lambda: all(posted(world, f"card:{number}") for number in numbers) or None, what="cards")
        world.slack.faults.add("chat.update", "slow", delay=0.3)
        world.app.enrollments.complete_act(caller(world), numbers[0], StepKey.CONNECT_ACCOUNT)
        world.slack.wait_for(lambda: not world.slack.faults.pending or None, what="the edit to be on its way")
        with world.app.database.write() as theirs:
            enrollment_reader.load(theirs, world.workspace, numbers[0], lock=True)
            world.clock.jump(timedelta(seconds=5))
            world.app.enrollments.complete_act(caller(world), numbers[1], StepKey.CONNECT_ACCOUNT)
            key = f"thread:{numbers[1]}:2"

            def served() -> bool:
                world.clock.jump(timedelta(seconds=1))
                world.app.dispatcher.wake()
                return states(world).get(key) == "sent"

            world.slack.wait_for(lambda: served() or None, what="the other channel's line")
            assert "posting" == states(world)[f"card:{numbers[0]}"]
        world.slack.wait_for(lambda: states(world)[f"card:{numbers[0]}"] != "posting" or None, what="its turn")


def test_a_result_that_waits_for_a_locked_enrollment_keeps_its_lease(postgres_url: str) -> None:
    """It is renewed with every batch, so that no other process looks for a message that has its answer already."""
    with running(postgres_url) as world:
        (number,) = enroll(world, 1)
        ended = claim_and_send(world)
        world.clock.jump(timedelta(seconds=20))
        with world.app.database.write() as theirs:
            enrollment_reader.load(theirs, world.workspace, number, lock=True)
            batch = world.app.dispatcher.batches.settle_and_claim(world.workspace, ended, 8)
        assert (ended, []) == (batch.unsettled, batch.messages)
        assert world.clock.now() + LEASE == lease_row(world, CHANNELS[0]).lease_until

        store(world, batch.unsettled)
        assert "sent" == states(world)[f"card:{number}"]


def test_a_locked_row_is_skipped(postgres_url: str) -> None:
    """Its channel is left alone for a moment; the batch does not wait, and claims the others."""
    with running(postgres_url) as world:
        first, second = enroll(world, 2)
        with world.app.database.write() as theirs:
            mine = sa.select(t.outbox.c.id).where(t.outbox.c.enrollment_id == first)
            theirs.execute(mine.with_for_update()).all()
            batch = world.app.dispatcher.batches.settle_and_claim(world.workspace, [], 8)
        assert [f"card:{second}"] == [message.row.key for message in batch.messages]
        left = lease_row(world, CHANNELS[0])
        assert (None, world.clock.now() + timedelta(seconds=0.5)) == (left.lease_token, left.paused_until)

        world.deliver()
        assert 1 == posted(world, f"card:{first}")
