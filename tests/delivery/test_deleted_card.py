"""A deleted card is posted again at the pace, and messages that may stand in the old thread are looked up."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from bot.delivery import outbox
from tests.delivery.stepwise import caller, everything_in, start
from tests.domain.building import edited
from tests.support.bot_world import World
from tests.support.steps import StepKey

POST = "chat.postMessage"


def rename(world: World, number: int, name: str) -> None:
    """Change something that the card shows."""
    enrollment = world.app.enrollments.get(world.workspace, number)
    world.app.enrollments.edit(caller(world), number, edited(enrollment, account_name=name))


def keys(world: World, *threads: str) -> list[str]:
    """The keys of the messages in threads, also below deleted cards."""
    found = [m for ts in threads for m in world.channel.thread(ts)]
    return [m.metadata["event_payload"]["key"] for m in found if m.metadata]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_line_that_may_stand_under_the_deleted_card_is_posted_once(world_on: World, kind: str) -> None:
    """Slack keeps the thread of a deleted card that has answers: it is looked through before the line comes again."""
    world = world_on
    number = start(world, 1)
    world.deliver()
    old = world.card().ts
    world.clock.jump(timedelta(seconds=5))
    world.slack.faults.add(POST, kind)
    rename(world, number, "Another name")
    world.app.dispatcher.run_once()

    world.slack.delete_message(world.channel.id, old)
    rename(world, number, "A third name")
    world.jump(minutes=10)

    new = world.card().ts
    assert old != new
    found = keys(world, old, new)
    assert sorted(set(found)) == sorted(found)
    assert {f"thread:{number}:{line}" for line in (1, 2, 3)} == set(found)
    assert (f"thread:{number}:2" in keys(world, old)) is (kind == "drop_after")


def test_a_reminder_that_may_stand_under_the_deleted_card_is_posted_once(world_on: World) -> None:
    """It also stands in the channel, and mentions people."""
    world = world_on
    number = start(world, 1)
    world.app.enrollments.complete_act(caller(world), number, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    world.clock.jump(timedelta(days=2, hours=3))
    world.slack.faults.add(POST, "drop_after")
    world.app.dispatcher.run_once()
    assert 1 == len([m for m in world.channel.messages if m.broadcast])

    world.slack.delete_message(world.channel.id, world.card().ts)
    rename(world, number, "Another name")
    world.jump(minutes=10)

    assert 1 == len([m for m in world.channel.messages if m.broadcast])
    assert "Another name" in world.card().text


def test_cards_that_are_posted_anew_keep_to_the_pace(world_on: World) -> None:
    """They are new messages, like all others."""
    world = world_on
    numbers = [start(world, number) for number in (1, 2, 3)]
    world.deliver()
    for message in [m for m in world.channel.messages if m.text.startswith("Eco enrollment of")]:
        world.slack.delete_message(world.channel.id, message.ts)
    world.clock.jump(timedelta(seconds=5))
    since = world.clock.now().timestamp()
    for number in numbers:
        rename(world, number, f"Another name {number}")

    world.deliver()

    stamps = [at for m in everything_in(world, world.channel.id) if (at := float(m.ts)) >= since]
    assert 6 == len(stamps), "three cards and three lines"
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(stamps))


def test_the_row_of_a_deleted_card_is_owed_as_a_new_message(world: World) -> None:
    """So a crash in between posts it once, too."""
    number = start(world, 1)
    world.deliver()
    world.slack.delete_message(world.channel.id, world.card().ts)
    world.clock.jump(timedelta(seconds=5))
    world.slack.faults.add(POST, "drop_after")
    rename(world, number, "Another name")

    world.app.dispatcher.run_once()

    with world.app.database.read() as connection:
        row = outbox.card_of(connection, world.workspace, number)
    assert row is not None
    assert (None, True) == (row.ts, row.posting)
    world.jump(minutes=1)
    assert 1 == len([m for m in world.channel.messages if m.text.startswith("Eco enrollment of")])
