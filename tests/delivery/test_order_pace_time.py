"""Order and pace within a channel, independence of channels, and a wall clock that cannot be trusted."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery.channel_leases import Lane
from bot.delivery.claiming import Task
from bot.delivery.delivery_results import Settlement
from bot.delivery.dispatcher import AHEAD
from bot.delivery.outbox import MessageKind
from bot.domain.access import Actor
from bot.localslack import Message
from bot.repository import tables as t
from bot.slack.gateway import Posted
from bot.use_cases import Caller, StartForm
from tests.support.steps import TOTAL, StepKey
from tests.support.world import World, running


def start(world: World, number: int, channel: str = "C0ROLLOUT1") -> int:
    """Start an enrollment by its use case; its ID."""
    zone = world.app.directory.person(world.ana.id).zone  # else the process's own housekeeping would change it
    values = {"spot_org_id": f"{700000 + number}"}
    account, name = f"{100000000000 + number}", f"Account {number}"
    form = StartForm(account, name, channel, world.ana.id, zone, values=values)
    return world.app.enrollments.start(caller(world), form).id


def caller(world: World) -> Caller:
    """Ana, who owns everything here."""
    return Caller(world.workspace, Actor(world.ana.id))


def everything_in(world: World, channel: str) -> list[Message]:
    """Cards and thread lines of a channel, by time."""
    place = world.slack.channel(channel)
    found = [m for top in place.messages if not top.broadcast for m in (top, *place.thread(top.ts))]
    return sorted(found, key=lambda message: float(message.ts))


def test_new_messages_of_a_channel_keep_a_second_apart(world_on: World) -> None:
    """However much is owed at once, a channel gets about one new message a second, and all of them."""
    for number in range(6):
        start(world_on, number)
    world_on.deliver()

    stamps = [float(message.ts) for message in everything_in(world_on, "eco-rollout")]
    assert 12 == len(stamps)
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(stamps))


def test_what_is_taken_up_ahead_of_the_pace_waits_for_it(world_on: World) -> None:
    """A round through the database takes none of the channel's time, and no message comes early; an edit is no wait."""
    slept = take_up_ahead(world_on)
    start(world_on, 1)
    start(world_on, 2)
    world_on.deliver()

    stamps = [float(message.ts) for message in everything_in(world_on, "eco-rollout")]
    assert 4 == len(stamps)
    assert [1.0] * 3 == pytest.approx([later - earlier for earlier, later in pairwise(stamps)], abs=0.001)
    assert [0.05] * 3 == pytest.approx(slept)

    world_on.app.enrollments.complete_act(caller(world_on), 1, StepKey.CONNECT_ACCOUNT)
    edit = world_on.app.delivery._rounds.take(world_on.workspace, [], 1)
    [(lane, task)] = edit.tasks
    assert task.row.is_edit
    assert world_on.app.delivery._sent(lane, task).settlement.ts
    assert 3 == len(slept)


def test_a_clock_that_is_set_back_while_a_message_waits_for_its_turn_lets_it_go(world_on: World) -> None:
    """It would wait for hours."""
    start(world_on, 1)
    slept = take_up_ahead(world_on)
    world_on.app.delivery.run_once()
    world_on.clock.jump(timedelta(seconds=0.95))
    [(lane, task)] = world_on.app.delivery._rounds.take(world_on.workspace, [], 1).tasks
    world_on.clock.jump(-timedelta(hours=5))
    world_on.app.delivery._sent(lane, task)

    assert [] == slept


def take_up_ahead(world: World) -> list[float]:
    """Let the delivery take up messages ahead of their pace; the seconds that it waits, while the clock goes on."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        world.clock.jump(timedelta(seconds=seconds))

    world.app.delivery.ahead = AHEAD
    world.app.delivery.sleep = sleep
    return slept


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
    world_on.app.delivery.run_once()

    assert before + 1 == len(world_on.slack.calls_of("chat.update"))
    assert f"3 of {TOTAL} steps" in world_on.card().text


def test_thread_lines_of_an_enrollment_come_in_the_order_of_what_happened(world_on: World) -> None:
    """Also where the first attempt of the first line failed."""
    number = start(world_on, 1)
    world_on.deliver()
    world_on.slack.faults.add("chat.postMessage", "drop_before")
    world_on.app.enrollments.complete_act(caller(world_on), number, StepKey.CONNECT_ACCOUNT)
    world_on.app.enrollments.confirm(caller(world_on), number, StepKey.CONNECT_ACCOUNT)
    world_on.deliver()
    world_on.jump(minutes=1)

    keys = [m.metadata["event_payload"]["key"] for m in world_on.thread() if m.metadata]
    assert [f"thread:{number}:{line}" for line in (1, 2, 3)] == keys


def test_a_slow_channel_holds_up_no_other(database_url: str) -> None:
    """While Slack takes its time with one channel, the other gets its messages."""
    with running(database_url, workers=4) as world:
        world.slack.faults.add("chat.postMessage", "slow", channel="C0ROLLOUT1", delay=2.0)
        start(world, 1, "C0ROLLOUT1")
        start(world, 2, "C0ECOPRIV1")
        there = world.slack.channel("eco-private")
        world.slack.wait_for(lambda: there.messages or None, timeout=10, what="the card of the other channel")
        assert [] == world.slack.channel("eco-rollout").messages
        world.slack.wait_for(lambda: world.channel.messages or None, timeout=10, what="the card of the slow channel")


def test_a_clock_that_is_set_back_loses_nothing_and_repeats_nothing(world_on: World) -> None:
    """Leases, pauses and pace from the future do not hold the channel; what was said is not said again."""
    number = start(world_on, 1)
    world_on.deliver()
    world_on.clock.jump(-timedelta(hours=5))
    world_on.app.enrollments.complete_act(caller(world_on), number, StepKey.CONNECT_ACCOUNT)
    with world_on.app.database.write() as connection:
        ahead = world_on.clock.now() + timedelta(hours=5)
        connection.execute(
            sa.update(t.lanes).values(lease_token="gone", lease_until=ahead, next_at=ahead, paused_until=ahead)
        )
    world_on.deliver()

    assert "waiting" in world_on.card().text
    assert 2 == len(world_on.thread())
    assert 1 == len([m for m in world_on.channel.messages if not m.broadcast])


def test_a_clock_that_jumps_ahead_brings_what_is_due_then_and_nothing_twice(world_on: World) -> None:
    """A jump of a week is like a week of downtime: one reminder, and back again nothing more."""
    number = start(world_on, 1)
    world_on.app.enrollments.complete_act(caller(world_on), number, StepKey.CONNECT_ACCOUNT)
    world_on.deliver()
    world_on.clock.jump(timedelta(days=7, hours=4))
    world_on.deliver()
    assert 1 == len([m for m in world_on.channel.messages if m.broadcast])

    world_on.clock.jump(-timedelta(days=7))
    world_on.deliver()
    assert 1 == len([m for m in world_on.channel.messages if m.broadcast])


def test_a_reminder_that_was_answered_between_claim_and_post_is_not_posted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where time has passed since it was taken up, the reason is looked at again right before the call."""
    number = start(world, 1)
    world.app.enrollments.complete_act(caller(world), number, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    world.clock.jump(timedelta(days=2, hours=3))
    delivery = world.app.delivery
    send, answered = delivery._send, []

    def answer_first(lane: Lane, task: Task) -> Settlement:
        if task.row.kind is MessageKind.REMINDER:
            world.app.enrollments.confirm(caller(world), number, StepKey.CONNECT_ACCOUNT)
            answered.append(task.row.key)
            world.clock.jump(timedelta(seconds=1))
        return send(lane, task)

    monkeypatch.setattr(delivery, "_send", answer_first)
    world.deliver()

    assert 1 == len(answered)
    assert [] == [m for m in world.channel.messages if m.broadcast]


def test_a_machine_that_slept_before_a_post_does_not_post_what_another_process_may_be_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease ends after 45 s: a post that would begin close to that is left to whoever takes the channel over."""
    start(world, 1)
    poster = world.app.delivery._poster
    look, slept = poster._posted_before, []

    def sleep_first(*values: Any) -> Posted | None:
        found = look(*values)
        if not slept:
            slept.append(world.clock.now())
            world.clock.jump(timedelta(seconds=40))
        return found

    monkeypatch.setattr(poster, "_posted_before", sleep_first)
    world.app.delivery.run_once()
    assert [] == world.slack.calls_of("chat.postMessage")

    world.deliver()
    world.jump(minutes=1)
    assert 1 == len([m for m in world.channel.messages if m.text.startswith("Eco enrollment of")])
