"""Batches: results are stored together, and a row that fails takes no other along."""

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.repository import tables as t
from tests.delivery.stepwise import (
    CHANNELS,
    caller,
    claim,
    claim_and_send,
    enroll,
    lease_row,
    move,
    outbox_row,
    posted,
    spoil,
    start,
    states,
    store,
)
from tests.repository.keeping import at_once
from tests.support.bot_world import World, running
from tests.support.steps import StepKey


def test_results_are_stored_in_one_transaction(world_on: World) -> None:
    """Three channels, three posts, one commit."""
    enroll(world_on)
    ended = claim_and_send(world_on)
    commits: list[int] = []
    note = lambda _connection: commits.append(1)  # noqa: E731 - it is listened with and taken away again
    sa.event.listen(world_on.app.database.engine, "commit", note)
    store(world_on, ended)
    sa.event.remove(world_on.app.database.engine, "commit", note)

    assert (3, 1) == (len(ended), len(commits))
    assert {"sent"} == set(states(world_on).values())


def test_a_result_that_cannot_be_stored_takes_no_other_along(world_on: World, caplog: pytest.LogCaptureFixture) -> None:
    """One enrollment became unreadable while its card was on its way: the others' results are stored."""
    numbers = enroll(world_on)
    ended = claim_and_send(world_on)
    spoil(world_on, numbers[1])

    store(world_on, ended)

    assert ["posting", "sent", "sent"] == sorted(states(world_on).values())
    assert f"the result of card:{numbers[1]} cannot be stored" in caplog.text


def test_a_message_that_was_claimed_long_ago_is_not_sent(world_on: World) -> None:
    """Its lease ends soon, and another process would post it too: it is put off, looked up, and posted once."""
    numbers = enroll(world_on)
    messages = claim(world_on)
    world_on.clock.jump(timedelta(seconds=31))

    store(world_on, [world_on.app.dispatcher.send(message) for message in messages])

    assert [0, 0, 0] == [posted(world_on, f"card:{number}") for number in numbers]
    world_on.jump(seconds=10)
    assert [1, 1, 1] == [posted(world_on, f"card:{number}") for number in numbers]


def test_a_lost_lease_is_not_written_and_takes_no_other_along(world_on: World) -> None:
    """Another process took a channel over: its row stays as that process sees it, and is posted once."""
    numbers = enroll(world_on)
    ended = claim_and_send(world_on)
    with world_on.app.database.write() as connection:
        theirs = t.channel_leases.c.channel == CHANNELS[0]
        soon = world_on.clock.now() + timedelta(seconds=5)
        connection.execute(sa.update(t.channel_leases).where(theirs).values(lease_token="theirs", lease_until=soon))

    store(world_on, ended)
    assert ["posting", "sent", "sent"] == sorted(states(world_on).values())

    world_on.jump(minutes=1)
    assert {"sent"} == set(states(world_on).values())
    assert [1, 1, 1] == [posted(world_on, f"card:{number}") for number in numbers]


def test_a_batch_that_failed_for_one_row_claims_the_next_messages_of_the_others(world_on: World) -> None:
    """They are not left for the next tick."""
    numbers = enroll(world_on, 2)
    ended = claim_and_send(world_on)
    spoil(world_on, numbers[0])
    world_on.clock.jump(timedelta(seconds=2))

    batch = world_on.app.dispatcher.batches.settle_and_claim(world_on.workspace, ended, 8)

    assert [f"thread:{numbers[1]}:1"] == [message.row.key for message in batch.messages]
    assert not batch.more


def test_a_row_that_cannot_be_read_stops_its_own_channel_only(
    world_on: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are sent and their results stored, and it is tried again later.

    One of a kind that only a newer version knows stops nothing: see test_side_by_side.py.
    """
    numbers = enroll(world_on)
    ended = claim_and_send(world_on, 1)
    (done,) = [one.message.row.key for one in ended]
    theirs = next(number for number in numbers if done != f"card:{number}")
    with world_on.app.database.write() as connection:
        first = {"due_at": world_on.clock.now() - timedelta(hours=1), "payload": ["x"]}
        connection.execute(sa.update(t.outbox).where(t.outbox.c.key == f"card:{theirs}").values(**first))

    batch = world_on.app.dispatcher.batches.settle_and_claim(world_on.workspace, ended, 8)
    assert "sent" == states(world_on)[done]
    assert 1 == len(batch.messages)
    assert "cannot be read, the channel is left alone" in caplog.text

    world_on.clock.jump(timedelta(minutes=2))  # the lease of the claimed message ends
    world_on.deliver()
    sent_keys = {key for key, state in states(world_on).items() if state == "sent"}
    assert {f"card:{number}" for number in numbers if number != theirs} <= sent_keys
    assert 1 == caplog.text.count("cannot be read, the channel is left alone")


@pytest.mark.parametrize("late", [timedelta(minutes=1), timedelta(days=2)], ids=["in time", "after days"])
def test_a_reminder_of_an_enrollment_that_cannot_be_read_holds_up_no_other(
    world: World, late: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again later and fails at last; the others of its channel are sent, one by one or as a catch-up."""
    numbers = [start(world, number) for number in range(3)]
    for number in numbers:
        world.app.enrollments.complete_act(caller(world), number, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    spoil(world, numbers[1])
    with world.app.database.read() as connection:
        reminders = sa.select(sa.func.max(t.outbox.c.due_at)).where(t.outbox.c.kind == "reminder")
        world.clock.jump_to(connection.execute(reminders).scalar_one() + late)
    world.deliver()

    said = "\n".join(m.text for m in world.channel.messages if m.broadcast or "overdue" in m.text or "due" in m.text)
    assert "Account 0" in said
    assert "Account 2" in said
    assert "Account 1" not in said
    assert re.search(rf"reminder:{numbers[1]}:\S+ could not be made", caplog.text)


def test_the_pace_counts_from_the_post_and_not_from_its_settlement(world_on: World) -> None:
    """A result that waits for others before it is stored does not slow its channel."""
    start(world_on, 1)
    ended = claim_and_send(world_on)
    world_on.clock.jump(timedelta(seconds=0.4))
    store(world_on, ended)

    assert world_on.clock.now() + timedelta(seconds=0.6) == world_on.app.dispatcher.next_due()


def test_a_row_that_was_moved_while_it_was_claimed_is_posted_once(postgres_url: str) -> None:
    """PostgreSQL lets a person's change be committed in the middle of a claim; the new channel gets the message."""
    with running(postgres_url) as world:
        (number,) = enroll(world, 1)
        world.deliver()
        world.app.enrollments.complete_act(caller(world), number, StepKey.CONNECT_ACCOUNT)
        world.app.dispatcher.run_once()
        world.clock.jump(timedelta(seconds=5))
        moved: list[str] = []

        def move_first(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            # Between the query for the first row and the one that locks it.
            locks_row = "FROM channel_leases" not in statement and statement.endswith("FOR UPDATE SKIP LOCKED")
            if not moved and locks_row:
                moved.append(statement)
                assert [None] == at_once(lambda: move(world, number, CHANNELS[2]))

        sa.event.listen(world.app.database.engine, "before_cursor_execute", move_first)
        world.deliver()
        sa.event.remove(world.app.database.engine, "before_cursor_execute", move_first)
        world.jump(minutes=2)

        assert moved
        assert 1 == posted(world, f"thread:{number}:2")
        assert CHANNELS[2] == world.enrollment().channel_id


@pytest.mark.parametrize("room", [0, 1, 2])
def test_no_more_messages_are_claimed_than_there_is_room_for(world_on: World, room: int) -> None:
    """Also if more results are stored than that; channels without a claimed message are not leased any more."""
    enroll(world_on)
    ended = claim_and_send(world_on)
    world_on.clock.jump(timedelta(seconds=2))

    batch = world_on.app.dispatcher.batches.settle_and_claim(world_on.workspace, ended, room)

    assert room == len(batch.messages)
    held = [channel for channel in CHANNELS if lease_row(world_on, channel).lease_token is not None]
    assert {message.lease.channel for message in batch.messages} == set(held)


def test_a_change_while_the_card_is_posted_leaves_the_card_owed_again(world_on: World) -> None:
    """The posted card shows the version before the change: its row keeps that version, and an edit follows at once."""
    (number,) = enroll(world_on, 1)
    ended = claim_and_send(world_on, 1)
    shown = ended[0].settlement.version
    world_on.app.enrollments.complete_act(caller(world_on), number, StepKey.CONNECT_ACCOUNT)

    store(world_on, ended)

    row = outbox_row(world_on, f"card:{number}")
    assert ("owed", world_on.clock.now(), shown) == (row.state, row.due_at, row.version)
    assert "waiting" not in world_on.card().text
    world_on.deliver()
    assert "Connect the management account: waiting" in world_on.card().text
    assert outbox_row(world_on, f"card:{number}").version == world_on.enrollment().version > shown
