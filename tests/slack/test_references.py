"""People and channels by what stands in a file: an ID, an email address or a name, and what is said of any other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.errors import InvalidInput
from bot.localslack import SeedPerson
from bot.slack.references import References
from tests.support.bot_world import World
from tests.support.outsiders import GONE, add


def refusal(find: Callable[[str], str], words: str) -> str:
    """Why nobody is found."""
    with pytest.raises(InvalidInput) as refused:
        find(words)
    return str(refused.value)


def test_without_a_token_only_ids_are_known() -> None:
    """As `check` of a file says before anything is installed; an empty cell says what to write."""
    known = References(None)

    assert ("U0ANA00001", "C0ROLLOUT1") == (known.person(" <@U0ANA00001> "), known.channel("<#C0ROLLOUT1|eco>"))
    assert "“ana” is not a Slack user ID. Without SLACK_BOT_TOKEN I know people by ID." == refusal(known.person, "ana")
    assert "“#eco” is not a channel ID. Without SLACK_BOT_TOKEN I know channels by ID." == refusal(
        known.channel, "#eco"
    )
    for empty in ("", "  "):
        assert "Name an owner: a Slack ID, an email address or @name." == refusal(known.person, empty)
        assert "Name a progress channel: its ID or #name." == refusal(known.channel, empty)


def test_a_name_that_several_people_have_is_nobodys(world: World) -> None:
    """The sentence says how many there are; somebody who has left does not count."""
    add(world, SeedPerson("ana2", "Ana Lima"))
    add(world, GONE)
    known = References(world.app.workspace.gateway)

    expected = "2 people are called “Ana Lima”. Write an email address or Slack ID."
    assert expected == refusal(known.person, "Ana Lima")
    assert world.ana.id == known.person("@ana")
    assert refusal(known.person, "Gone Person").startswith("I know nobody called “Gone Person”.")


def test_while_slack_does_not_say_who_there_is_ids_are_left(world: World) -> None:
    """Its code is in the sentence; the next file asks again."""
    known = References(world.app.workspace.gateway)
    world.slack.faults.add("users.list", "fatal_error", times=1)
    world.slack.faults.add("conversations.list", "fatal_error", times=1)

    for find, words in ((known.person, "ana"), (known.channel, "#eco-rollout")):
        said = refusal(find, words)
        assert said.startswith("Slack does not tell me who and which channels there are right now (fatal_error).")
        assert said.endswith("Write IDs, or try again later.")

    assert (world.ana.id, world.channel.id) == (known.person("ana"), known.channel("#eco-rollout"))
