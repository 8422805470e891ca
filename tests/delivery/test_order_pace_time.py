"""Order and pace within a channel, independence of channels, and a wall clock that cannot be trusted."""

from datetime import timedelta
from itertools import pairwise

import sqlalchemy as sa

from bot.repository import tables as t
from tests.delivery.around_sender import Around, once
from tests.delivery.stepwise import caller, everything_in, start
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE


def test_new_messages_of_a_channel_keep_a_second_apart(world_on: World) -> None:
    """However many are due at once, a channel gets about one new message a second, and all of them."""
    for number in range(6):
        start(world_on, number)
    world_on.deliver()

    stamps = [float(message.ts) for message in everything_in(world_on, "eco-rollout")]
    assert 12 == len(stamps)
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(stamps))


def test_edits_of_cards_come_down_to_the_newest_and_need_not_wait(world_on: World) -> None:
    """Three changes in a row are one edit, made at once although the channel has just got a message."""
    number = start(world_on, 1)
    world_on.deliver()
    before = len(world_on.slack.calls_of("chat.update"))
    for act in (
        lambda: world_on.app.enrollments.complete_act(caller(world_on), number, StepKey.CONNECT_ACCOUNT),
        lambda: world_on.app.enrollments.confirm(caller(world_on), number, StepKey.CONNECT_ACCOUNT),
        lambda: world_on.app.enrollments.skip(caller(world_on), number, StepKey.FULL_ECO, "not wanted"),
    ):
        act()
    world_on.app.dispatcher.run_once()

    assert before + 1 == len(world_on.slack.calls_of("chat.update"))
    assert f"3 of {len(PROCEDURE)} steps" in world_on.card().text


def test_thread_lines_of_an_enrollment_come_in_the_order_of_their_events(world_on: World) -> None:
    """Also if the first attempt of the first line failed."""
    number = start(world_on, 1)
    world_on.deliver()
    world_on.slack.faults.add("chat.postMessage", "drop_before")
    world_on.app.enrollments.complete_act(caller(world_on), number, StepKey.CONNECT_ACCOUNT)
    world_on.app.enrollments.confirm(caller(world_on), number, StepKey.CONNECT_ACCOUNT)
    world_on.deliver()
    world_on.jump(minutes=1)

    keys = [m.metadata["event_payload"]["key"] for m in world_on.thread() if m.metadata]
    assert [f"thread:{number}:{line}" for line in (1, 2, 3)] == keys


def test_a_clock_that_is_set_back_loses_nothing_and_repeats_nothing(world_on: World) -> None:
    """Leases, pauses and pace from the future do not hold the channel; no message is sent again."""
    number = start(world_on, 1)
    world_on.deliver()
    world_on.clock.jump(-timedelta(hours=5))
    world_on.app.enrollments.complete_act(caller(world_on), number, StepKey.CONNECT_ACCOUNT)
    with world_on.app.database.write() as connection:
        ahead = world_on.clock.now() + timedelta(hours=5)
        connection.execute(
            sa.update(t.channel_leases).values(lease_token="gone", lease_until=ahead, next_at=ahead, paused_until=ahead)
        )
    world_on.deliver()

    assert "waiting" in world_on.card().text
    assert 2 == len(world_on.thread())
    assert 1 == len([m for m in world_on.channel.messages if not m.broadcast])


def test_a_clock_that_jumps_ahead_and_back_repeats_no_reminder(world_on: World) -> None:
    """A jump of a week is like a week of downtime: one reminder is sent, and none again after the jump back."""
    number = start(world_on, 1)
    world_on.app.enrollments.complete_act(caller(world_on), number, StepKey.CONNECT_ACCOUNT)
    world_on.deliver()
    world_on.clock.jump(timedelta(days=7, hours=4))
    world_on.deliver()
    assert 1 == len([m for m in world_on.channel.messages if m.broadcast])

    world_on.clock.jump(-timedelta(days=7))
    world_on.deliver()
    assert 1 == len([m for m in world_on.channel.messages if m.broadcast])


def test_a_reminder_that_was_answered_between_claim_and_post_is_not_posted(world: World) -> None:
    """Its reason is checked again right before the call."""
    number = start(world, 1)
    world.app.enrollments.complete_act(caller(world), number, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    world.clock.jump(timedelta(days=2, hours=3))
    Around(
        world.app.dispatcher,
        before=once(lambda: world.app.enrollments.confirm(caller(world), number, StepKey.CONNECT_ACCOUNT)),
        kinds=["reminder"],
    )
    world.deliver()

    assert "confirmed" in world.thread()[-1].text
    assert [] == [m for m in world.channel.messages if m.broadcast]


def test_a_post_does_not_begin_when_its_lease_is_about_to_end(world: World) -> None:
    """The machine slept for 40 of the lease's 45 seconds: the post is left to the next process to lease the channel."""
    start(world, 1)
    Around(world.app.dispatcher, before=once(lambda: world.clock.jump(timedelta(seconds=40))))
    world.app.dispatcher.run_once()
    assert [] == world.slack.calls_of("chat.postMessage")

    world.deliver()
    world.jump(minutes=1)
    assert 1 == len([m for m in world.channel.messages if m.text.startswith("Eco enrollment of")])
