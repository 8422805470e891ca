"""An enrollment whose data nobody can read: the others are shown and served, and it is said that it is missing."""

from __future__ import annotations

import pytest

from tests.delivery.stepwise import enroll, posted, spoil, start
from tests.handlers.test_home import opened
from tests.support.bot_world import World
from tests.support.walkthrough import answer_to

SAID = (
    "I can't show 1 enrollment, because its stored data can't be read: Account 0. Ask whoever runs the bot; "
    "its log says why."
)


def test_the_home_tab_shows_the_others_and_names_it(world: World) -> None:
    """What is read of it, its account's name, is told to everybody: whose it is may not be known."""
    numbers = enroll(world)
    world.deliver()
    spoil(world, numbers[0])

    home = opened(world, world.ana)

    assert SAID in home.shown
    assert "2 enrollments need you" in home.shown
    assert "|Account 1>*" in home.shown
    assert SAID in opened(world, world.eve).shown


def test_the_list_shows_the_others_and_names_it(world: World) -> None:
    """In the blocks and in the text alone; also where no other is left."""
    numbers = enroll(world, 2)
    spoil(world, numbers[0])
    found = answer_to(world, world.ana.command("/eco", "list"))
    assert SAID in found.text
    assert "\n1 enrollment.\n*Account 1* (" in found.text

    spoil(world, numbers[1])
    found = answer_to(world, world.ana.command("/eco", "list"))
    assert found.text.startswith(":warning: I can't show 2 enrollments")
    assert "Account 0, Account 1" in found.text


def test_where_it_is_meant_itself_the_person_gets_a_reference(world: World) -> None:
    """Not that there is none: it would be started a second time."""
    [number] = enroll(world, 1)
    spoil(world, number)

    found = answer_to(world, world.ana.command("/eco", "status Account 0"))

    assert "Something went wrong" in found.text
    assert "eference" in found.text


def test_the_log_says_why(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """With the number of the enrollment and what could not be read."""
    [number] = enroll(world, 1)
    spoil(world, number)

    assert [] == world.enrollments()

    [record] = [record for record in caplog.records if record.message == f"enrollment {number} cannot be read"]
    assert record.exc_info is not None
    assert "nonsense" in str(record.exc_info[1])


def test_a_channel_that_is_closed_is_told_to_its_owners(world_on: World) -> None:
    """The notice names every enrollment of the channel, also one that cannot be read: its messages wait, too."""
    world = world_on
    enroll(world, 1)
    second = start(world, 7)
    world.deliver()
    spoil(world, second)
    world.slack.faults.add("chat.update", "is_archived", times=3)
    world.slack.faults.add("chat.postMessage", "is_archived", times=3, channel=world.channel.id)

    third = start(world, 8)
    for _ in range(3):
        world.jump(minutes=30)
    [told] = world.ana.direct_messages
    assert "Account 8" in told.text
    assert "Account 7" in told.text

    world.slack.faults.clear()
    world.jump(hours=2)
    assert 1 == posted(world, f"card:{third}")
