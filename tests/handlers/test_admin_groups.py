"""User groups of ECO_ADMINS that do not answer: asked side by side, and not again for minutes."""

import time
from datetime import timedelta

from bot.slack.directory import Directory
from bot.slack.gateway import Gateway
from bot.slack.web_client import connect
from tests.support.bot_world import World

GROUPS = frozenset(f"S0GROUP{number:03}" for number in range(8))
LIST = "usergroups.users.list"


def directory(world: World, timeout: int = 1) -> Directory:
    """A directory with many groups of admins."""
    client = connect(world.slack.api_url, world.slack.bot_token, timeout)
    return Directory(Gateway(client, world.clock.now), world.clock.now, GROUPS)


def test_groups_are_asked_side_by_side(world: World) -> None:
    """Eight answers of 0.4 s each take less than two of them, not eight."""
    world.slack.faults.add(LIST, "slow", times=8, delay=0.4)
    people = directory(world)
    began = time.monotonic()

    assert not people.is_admin(world.ana.id)

    assert time.monotonic() - began < 1.6
    assert 8 == len(world.slack.calls_of(LIST))


def test_a_group_that_did_not_answer_is_not_asked_again_for_minutes(world: World) -> None:
    """Neither a refusal nor a timeout costs the next person a call; later it is asked anew."""
    people = directory(world)
    world.slack.faults.add(LIST, "missing_scope", times=8)
    for _ in range(3):
        assert not people.is_admin(world.ana.id)
    assert 8 == len(world.slack.calls_of(LIST))

    world.clock.jump(timedelta(minutes=4))
    assert not people.is_admin(world.ana.id)
    assert 16 == len(world.slack.calls_of(LIST))
