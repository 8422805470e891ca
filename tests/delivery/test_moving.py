"""An enrollment that moves to another channel while Slack keeps silent about what it took in the old one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.delivery.batch import Ended
from bot.delivery.channel_leases import LEASE, Lane
from bot.delivery.claiming import Task
from bot.delivery.delivery_results import GIVEN_BACK, Settlement
from bot.delivery.outbox import MessageKind, RowState
from bot.domain.access import Actor
from bot.use_cases import Caller
from tests.domain.building import edited
from tests.support.steps import StepKey
from tests.support.world import World

POST = "chat.postMessage"
PLACES = ("eco-rollout", "C0ECOPRIV1")


def move(world: World, channel: str) -> None:
    """Move the one enrollment to another channel."""
    [enrollment] = world.enrollments()
    wanted = edited(enrollment, channel_id=world.slack.channel(channel).id)
    world.app.enrollments.edit(_owner(world), enrollment.id, wanted)


def _owner(world: World) -> Caller:
    return Caller(world.workspace, Actor(world.ana.id))


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_card_that_may_stand_in_the_old_channel_is_looked_for_there(world_on: World, kind: str) -> None:
    """Where Slack had taken it, it says where the enrollment went; the live card is in the new channel alone."""
    world = world_on
    world.slack.faults.add(POST, kind)
    world.ana.command("/eco", "enroll", channel="eco-rollout")
    fields = {"account_id": "123456789012", "account_name": "Production", "spot_org_id": "606079874885"}
    world.fill(world.ana, "Start an enrollment", **fields, owner="ana", channel_id="eco-rollout")
    world.app.delivery.run_once()

    move(world, "C0ECOPRIV1")
    world.jump(minutes=10)

    old, new = world.slack.channel("eco-rollout").messages, world.slack.channel("C0ECOPRIV1").messages
    left = ["goes on in" in message.text for message in old if not message.broadcast]
    assert ([True] if kind == "drop_after" else []) == left
    assert 1 == sum(message.text.startswith("Eco enrollment of") for message in new)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_line_that_may_stand_in_the_old_thread_is_said_once(world_on: World, kind: str) -> None:
    """Before it is posted under the new card, the bot looks under the old one."""
    world = world_on
    world.start()
    world.deliver()
    [enrollment] = world.enrollments()
    world.clock.jump(timedelta(seconds=5))  # the channel may be posted in again
    world.slack.faults.add(POST, kind)
    world.app.enrollments.complete_act(_owner(world), enrollment.id, StepKey.CONNECT_ACCOUNT)
    world.app.delivery.run_once()

    move(world, "C0ECOPRIV1")
    world.jump(minutes=10)

    said = [
        reply.metadata["event_payload"]["key"]
        for name in ("eco-rollout", "C0ECOPRIV1")
        for card in world.slack.channel(name).messages
        if not card.broadcast
        for reply in world.slack.channel(name).thread(card.ts)
        if reply.metadata
    ]
    assert sorted(set(said)) == sorted(said)
    assert {f"thread:{enrollment.id}:{n}" for n in (1, 2, 3)} <= set(said)


def line_taken_up(world: World) -> tuple[Lane, Task]:
    """A thread line of the one enrollment that a process has at hand, while the enrollment moves."""
    world.start()
    world.deliver()
    [enrollment] = world.enrollments()
    world.clock.jump(timedelta(seconds=5))
    world.app.enrollments.complete_act(_owner(world), enrollment.id, StepKey.CONNECT_ACCOUNT)
    rounds, ended = world.app.delivery._rounds, list[Ended]()
    while True:
        [(lane, task)] = rounds.take(world.workspace, ended, 1).tasks
        if task.row.kind is MessageKind.THREAD:
            move(world, "C0ECOPRIV1")
            return lane, task
        ended = [world.app.delivery._sent(lane, task)]


def said(world: World, key: str) -> int:
    """How often a line stands in the threads of both channels."""
    cards = [(place, card) for name in PLACES for place in [world.slack.channel(name)] for card in place.messages]
    found = [m for place, card in cards if not card.broadcast for m in place.thread(card.ts)]
    return sum(bool(m.metadata and m.metadata["event_payload"]["key"] == key) for m in found)


def test_a_line_that_is_at_hand_for_the_old_channel_is_not_taken_up_for_the_new_one(world_on: World) -> None:
    """Whoever has it may post it any moment; as soon as that is written down, nothing is owed any more."""
    lane, task = line_taken_up(world_on)
    other = replace(world_on.app.delivery)
    for _ in range(5):
        world_on.clock.jump(timedelta(seconds=2))
        other.run_once()
    assert 0 == said(world_on, task.row.key)

    ended = world_on.app.delivery._sent(lane, task)
    world_on.app.delivery._rounds.take(world_on.workspace, [ended], 0)
    world_on.jump(minutes=2)
    assert 1 == said(world_on, task.row.key)
    assert [] == world_on.slack.calls_of("conversations.replies")


def test_a_line_that_is_given_back_after_the_move_is_said_in_the_new_channel(world_on: World) -> None:
    """Nobody had begun it, so nobody looks for it."""
    lane, task = line_taken_up(world_on)
    ended = Ended(lane, task, GIVEN_BACK, world_on.clock.now())
    world_on.app.delivery._rounds.take(world_on.workspace, [ended], 0)

    world_on.jump(minutes=2)

    assert 1 == said(world_on, task.row.key)
    assert [] == world_on.slack.calls_of("conversations.replies")


def test_a_card_that_is_found_deleted_while_it_moves_leaves_the_mark_of_the_new_one(world_on: World) -> None:
    """One process edits the old card, which is gone; the other has posted the new one and dies before it says so."""
    world = world_on
    world.start()
    world.deliver()
    [enrollment] = world.enrollments()
    world.clock.jump(timedelta(seconds=5))
    world.app.enrollments.complete_act(_owner(world), enrollment.id, StepKey.CONNECT_ACCOUNT)
    delivery, other = world.app.delivery, replace(world.app.delivery)
    [(lane, task)] = delivery._rounds.take(world.workspace, [], 1).tasks
    assert task.row.is_edit
    world.slack.delete_message(world.channel.id, world.card().ts)
    move(world, "C0ECOPRIV1")
    [(there, card)] = other._rounds.take(world.workspace, [], 1).tasks
    assert (MessageKind.CARD, "C0ECOPRIV1") == (card.row.kind, there.channel)
    other._sent(there, card)

    ended = delivery._sent(lane, task)
    delivery._rounds.take(world.workspace, [ended], 0)
    world.jump(minutes=2)

    assert 1 == sum(m.text.startswith("Eco enrollment of") for m in world.slack.channel("C0ECOPRIV1").messages)


@pytest.mark.parametrize("how", ["given back", "put off"])
def test_who_had_a_line_before_it_moved_leaves_the_mark_of_who_has_it_now(world_on: World, how: str) -> None:
    """The other process took it up when the lease had ended, posts it, and dies before it writes that down."""
    world = world_on
    lane, task = line_taken_up(world)
    other, ended = replace(world.app.delivery), list[Ended]()
    world.clock.jump(LEASE)
    while not said(world, task.row.key):
        tasks = other._rounds.take(world.workspace, ended, 1).tasks
        ended = [other._sent(*begun) for begun in tasks]
        world.clock.jump(timedelta(seconds=1.5))

    done = GIVEN_BACK if how == "given back" else Settlement(RowState.OWED, task.row.due_at, error="ratelimited")
    world.app.delivery._rounds.take(world.workspace, [Ended(lane, task, done, world.clock.now())], 0)
    world.jump(minutes=2)

    assert 1 == said(world, task.row.key)
