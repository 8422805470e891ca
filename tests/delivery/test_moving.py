"""An enrollment that moves to another channel while it is unknown what Slack took in the old one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.delivery.batch import Result
from bot.delivery.channel_leases import LEASE
from bot.delivery.claiming import OutboundMessage
from bot.delivery.delivery_results import Settlement
from bot.repository.outbox_columns import MessageKind, RowState
from tests.delivery.stepwise import caller, claim, claim_and_send, outbox_row, posted, start, store
from tests.delivery.stepwise import move as move_enrollment
from tests.support.bot_world import World
from tests.support.steps import StepKey

POST = "chat.postMessage"
NEW_CHANNEL = "C0ECOPRIV1"


def move(world: World, channel: str = NEW_CHANNEL) -> None:
    """Move the one enrollment to another channel."""
    move_enrollment(world, world.enrollment().id, channel)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_card_that_may_stand_in_the_old_channel_is_looked_for_there(world_on: World, kind: str) -> None:
    """If Slack had taken it, it says where the enrollment went; the live card is in the new channel alone."""
    world = world_on
    world.slack.faults.add(POST, kind)
    world.ana.command("/eco", "enroll", channel="eco-rollout")
    fields = {"account_id": "123456789012", "account_name": "Production", "spot_org_id": "606079874885"}
    world.fill(world.ana, "Start an enrollment", **fields, owner="ana", channel_id="eco-rollout")
    world.app.dispatcher.run_once()

    move(world)
    world.jump(minutes=10)

    old, new = world.slack.channel("eco-rollout").messages, world.slack.channel(NEW_CHANNEL).messages
    left = ["goes on in" in message.text for message in old if not message.broadcast]
    assert ([True] if kind == "drop_after" else []) == left
    assert 1 == sum(message.text.startswith("Eco enrollment of") for message in new)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_line_that_may_stand_in_the_old_thread_is_posted_once(world_on: World, kind: str) -> None:
    """Before it is posted under the new card, the bot looks under the old one."""
    world = world_on
    world.start()
    world.deliver()
    [enrollment] = world.enrollments()
    world.clock.jump(timedelta(seconds=5))  # the channel may be posted in again
    world.slack.faults.add(POST, kind)
    world.app.enrollments.complete_act(caller(world), enrollment.id, StepKey.CONNECT_ACCOUNT)
    world.app.dispatcher.run_once()

    move(world)
    world.jump(minutes=10)

    said = [
        reply.metadata["event_payload"]["key"]
        for name in ("eco-rollout", NEW_CHANNEL)
        for card in world.slack.channel(name).messages
        if not card.broadcast
        for reply in world.slack.channel(name).thread(card.ts)
        if reply.metadata
    ]
    assert sorted(set(said)) == sorted(said)
    assert {f"thread:{enrollment.id}:{n}" for n in (1, 2, 3)} <= set(said)


def line_claimed_before_the_move(world: World) -> OutboundMessage:
    """A thread line of the one enrollment that a process has claimed when the enrollment moves."""
    world.start()
    world.deliver()
    world.clock.jump(timedelta(seconds=5))
    world.app.enrollments.complete_act(caller(world), world.enrollment().id, StepKey.CONNECT_ACCOUNT)
    results = list[Result]()
    while True:
        [message] = world.app.dispatcher.batches.settle_and_claim(world.workspace, results, 1).messages
        if message.row.kind is MessageKind.THREAD:
            move(world)
            return message
        results = [world.app.dispatcher.send(message)]


def test_a_line_that_may_be_posted_in_the_old_channel_any_moment_is_not_claimed_for_the_new_one(
    world_on: World,
) -> None:
    """A process has claimed it in the old channel; once its result is stored, nothing is owed any more."""
    message = line_claimed_before_the_move(world_on)
    other = replace(world_on.app.dispatcher)
    for _ in range(5):
        world_on.clock.jump(timedelta(seconds=2))
        other.run_once()
    assert 0 == posted(world_on, message.row.key)

    store(world_on, [world_on.app.dispatcher.send(message)])
    world_on.jump(minutes=2)
    assert 1 == posted(world_on, message.row.key)
    assert [] == world_on.slack.calls_of("conversations.replies")


def test_a_card_that_is_found_deleted_while_it_moves_keeps_the_mark_of_the_new_one(world_on: World) -> None:
    """One process edits the old card, which is gone; the other posted the new one and died before it stored that."""
    world = world_on
    world.start()
    world.deliver()
    [enrollment] = world.enrollments()
    world.clock.jump(timedelta(seconds=5))
    world.app.enrollments.complete_act(caller(world), enrollment.id, StepKey.CONNECT_ACCOUNT)
    delivery, other = world.app.dispatcher, replace(world.app.dispatcher)
    [edit] = claim(world, 1)
    assert edit.row.is_edit
    world.slack.delete_message(world.channel.id, world.card().ts)
    move(world)
    [card] = claim(world, 1)
    assert (MessageKind.CARD, NEW_CHANNEL) == (card.row.kind, card.lease.channel)
    other.send(card)

    store(world, [delivery.send(edit)])
    world.jump(minutes=2)

    assert 1 == posted_cards(world, NEW_CHANNEL)


def test_a_result_from_before_the_move_keeps_the_mark_of_the_process_that_has_the_line_now(world_on: World) -> None:
    """The other process claimed it when the lease had ended, posts it, and dies before it stores the result."""
    world = world_on
    message = line_claimed_before_the_move(world)
    other, results = replace(world.app.dispatcher), list[Result]()
    world.clock.jump(LEASE)
    while not posted(world, message.row.key):
        messages = other.batches.settle_and_claim(world.workspace, results, 1).messages
        results = [other.send(one) for one in messages]
        world.clock.jump(timedelta(seconds=1.5))

    put_off = Settlement(RowState.OWED, message.row.due_at, error="ratelimited")
    store(world, [Result(message, put_off, world.clock.now())])
    world.jump(minutes=2)

    assert 1 == posted(world, message.row.key)


def test_a_card_that_moved_is_posted_without_a_look_up(world_on: World) -> None:
    """Its row is new for the new channel: no earlier attempt there can be found, so none is looked for."""
    world = world_on
    start(world, 1)
    claim_and_send(world, 1)  # the process ends before it stores the result
    assert outbox_row(world, "card:1").posting

    move(world)
    card = outbox_row(world, "card:1")
    assert (NEW_CHANNEL, False, None) == (card.channel, card.posting, card.ts)
    world.clock.jump(LEASE)
    world.deliver()

    looked = [call.args["channel"] for call in world.slack.calls_of("conversations.history")]
    assert NEW_CHANNEL not in looked
    assert 1 == posted_cards(world, NEW_CHANNEL)


def test_a_card_that_may_stand_in_both_channels_is_looked_for_when_it_was_posted_there(world_on: World) -> None:
    """Slack took it in either channel, a day apart, and neither answer came: no second one in the new channel."""
    world = world_on
    start(world, 1)
    world.slack.faults.add(POST, "drop_after")
    world.app.dispatcher.run_once()
    assert outbox_row(world, "card:1").posting
    move(world)
    world.clock.jump(timedelta(days=1))
    world.slack.faults.add(POST, "drop_after")
    world.app.dispatcher.run_once()

    world.jump(minutes=10)

    assert 1 == posted_cards(world, NEW_CHANNEL)
    assert 0 == posted_cards(world, "C0ROLLOUT1")


def posted_cards(world: World, channel: str) -> int:
    """How many cards stand in a channel."""
    return sum(m.text.startswith("Eco enrollment of") for m in world.slack.channel(channel).messages)
