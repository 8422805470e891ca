"""An enrollment that moves to another channel while Slack keeps silent about what it took in the old one."""

from datetime import timedelta

import pytest

from bot.domain.access import Actor
from bot.domain.lifecycle import Edit
from bot.domain.procedure import StepKey
from bot.enrollments import Caller
from tests.support.world import World

POST = "chat.postMessage"


def move(world: World, channel: str) -> None:
    """Move the one enrollment to another channel."""
    [enrollment] = world.enrollments()
    same = {name: getattr(enrollment, name) for name in Edit.__slots__}
    wanted = Edit(**same | {"channel_id": world.slack.channel(channel).id})
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
    world.app.enrollments.act_done(_owner(world), enrollment.id, StepKey.CONNECT_ACCOUNT)
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
