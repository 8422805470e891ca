"""How many statements delivery sends to the database: what several messages need is read together."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.delivery.batch import Result
from bot.delivery.claiming import OutboundMessage
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind
from tests.delivery.stepwise import CHANNELS, caller, claim, enroll
from tests.repository.statements import recorded
from tests.support.bot_world import World
from tests.support.steps import StepKey


def with_lines(world: World) -> None:
    """Three channels that have a thread line to send, and nothing else."""
    enroll(world)
    world.deliver()
    line = t.outbox.c.kind == MessageKind.THREAD.value
    with world.app.database.write() as connection:
        again = {"state": "owed", "due_at": world.clock.now(), "ts": None, "posted_channel": None}
        connection.execute(sa.update(t.outbox).where(line).values(again))
    world.clock.jump(timedelta(seconds=2))


def with_reminders(world: World) -> None:
    """Three channels that have a reminder to send, and nothing else."""
    for number in enroll(world):
        world.app.enrollments.complete_act(caller(world), number, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    reminder = t.outbox.c.kind == MessageKind.REMINDER.value
    with world.app.database.write() as connection:
        connection.execute(sa.update(t.outbox).where(sa.not_(reminder)).values(due_at=None, state="sent"))
        due: datetime = connection.execute(sa.select(sa.func.max(t.outbox.c.due_at)).where(reminder)).scalar_one()
    world.clock.jump_to(due)


def claimed(world: World, room: int) -> tuple[list[OutboundMessage], list[str]]:
    """Up to that many messages, and the statements that claimed them."""
    with recorded(world.app.database) as sent:
        found = claim(world, room)
    return found, [statement for statement, _ in sent]


@pytest.mark.parametrize("kind", [MessageKind.THREAD, MessageKind.REMINDER])
def test_two_channels_are_claimed_with_as_many_statements_as_one(world_on: World, kind: MessageKind) -> None:
    """What their messages are rendered from is read together."""
    prepare: Callable[[World], None] = with_lines if kind is MessageKind.THREAD else with_reminders
    prepare(world_on)

    one, statements_of_one = claimed(world_on, 1)
    two, statements_of_two = claimed(world_on, 2)

    assert [kind] * 3 == [message.row.kind for message in (*one, *two)]
    assert (1, 2) == (len(one), len(two))
    assert len(CHANNELS) == len({message.row.channel for message in (*one, *two)})
    assert len(statements_of_one) == len(statements_of_two)


def test_a_reminder_is_sent_with_one_transaction(world_on: World) -> None:
    """Whether it still asks, who is away and what people chose are read on one snapshot, and once."""
    with_reminders(world_on)
    [message] = claim(world_on, 1)

    with recorded(world_on.app.database) as sent:
        result: Result = world_on.app.dispatcher.send(message)

    assert result.settlement.sent
    assert ["BEGIN", "SELECT", "SELECT", "SELECT"] == [statement.split()[0].rstrip(";") for statement, _ in sent]
