"""Rows and enrollments that somebody else holds, on PostgreSQL: they wait, and nothing waits with them."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery.channel_leases import LEASE
from bot.repository import enrollment_reader
from bot.repository import tables as t
from tests.delivery.test_batch import CHANNELS, enroll, posted, sent, states, write_down
from tests.delivery.test_order_pace_time import caller
from tests.support.steps import StepKey
from tests.support.world import World, running


def lane(world: World, channel: str) -> Any:
    """A lane as it is stored."""
    with world.app.database.read() as connection:
        return connection.execute(sa.select(t.channel_leases).where(t.channel_leases.c.channel == channel)).one()


def test_an_enrollment_that_somebody_holds_holds_up_no_other(postgres_url: str) -> None:
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


def test_what_waits_for_an_enrollment_keeps_its_channel(postgres_url: str) -> None:
    """Its lease is renewed with every round, so that nobody looks for what has an answer already."""
    with running(postgres_url) as world:
        (number,) = enroll(world, 1)
        ended = sent(world)
        world.clock.jump(timedelta(seconds=20))
        with world.app.database.write() as theirs:
            enrollment_reader.load(theirs, world.workspace, number, lock=True)
            batch = world.app.dispatcher.batches.settle_and_claim(world.workspace, ended, 8)
        assert (ended, []) == (batch.unsettled, batch.messages)
        assert world.clock.now() + LEASE == lane(world, CHANNELS[0]).lease_until

        write_down(world, batch.unsettled)
        assert "sent" == states(world)[f"card:{number}"]


def test_a_row_that_somebody_holds_is_passed_by(postgres_url: str) -> None:
    """Its channel is left alone for a moment; the round does not wait, and the others are batch."""
    with running(postgres_url) as world:
        first, second = enroll(world, 2)
        with world.app.database.write() as theirs:
            mine = sa.select(t.outbox.c.id).where(t.outbox.c.enrollment_id == first)
            theirs.execute(mine.with_for_update()).all()
            batch = world.app.dispatcher.batches.settle_and_claim(world.workspace, [], 8)
        assert [f"card:{second}"] == [message.row.key for message in batch.messages]
        left = lane(world, CHANNELS[0])
        assert (None, world.clock.now() + timedelta(seconds=0.5)) == (left.lease_token, left.paused_until)

        world.deliver()
        assert 1 == posted(world, f"card:{first}")


@pytest.mark.parametrize("room", [0, 1, 2])
def test_no_more_is_begun_than_there_is_room_for(world_on: World, room: int) -> None:
    """Also where more has ended than that: what was kept from earlier rounds had no room of its own."""
    enroll(world_on)
    ended = sent(world_on)
    world_on.clock.jump(timedelta(seconds=2))

    batch = world_on.app.dispatcher.batches.settle_and_claim(world_on.workspace, ended, room)

    assert room == len(batch.messages)
    held = [channel for channel in CHANNELS if lane(world_on, channel).lease_token is not None]
    assert {each.channel for message in batch.messages} == set(held)
