"""The bot hears that it was cut off: it asks Slack, sends nothing more, and turns unready."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.bot_world import World, running
from tests.support.wait_until import eventually
from tests.support.walkthrough import told

UNINSTALLED: dict[str, Any] = {"type": "app_uninstalled"}
REVOKED: dict[str, Any] = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0ECOBOT01"]}}
OF_A_PERSON: dict[str, Any] = {"type": "tokens_revoked", "tokens": {"oauth": ["U0ANA00001"]}}


def asked(world: World) -> int:
    """How often the bot asked whether Slack accepts its token."""
    return len(world.slack.calls_of("auth.test"))


@pytest.mark.parametrize("transport", ["http", "socket"])
@pytest.mark.parametrize("event", [UNINSTALLED, REVOKED], ids=lambda event: str(event["type"]))
def test_an_uninstalled_app_sends_nothing_more(sqlite_url: str, event: dict[str, Any], transport: str) -> None:
    """Once Slack confirms it, nothing is sent, /readyz has the reason, and what is owed stays owed."""
    with running(sqlite_url, transport=transport) as world:
        world.start()
        world.slack.faults.add("auth.test", "account_inactive", times=99)

        assert world.slack.send_event(event).ok

        expected = ["Nothing is sent: Slack refuses the token: account_inactive."]
        assert eventually(lambda: world.app.problems() == expected)
        world.clock.jump_to(world.app.next_due() or world.clock.now())
        assert 0 == world.app.dispatcher.run_once()


def test_a_late_event_of_an_earlier_installation_does_no_harm(world: World) -> None:
    """Slack still accepts the token: the bot goes on."""
    before = asked(world)

    assert world.slack.send_event(UNINSTALLED).ok

    assert eventually(lambda: asked(world) == before + 1)
    world.start()
    assert [] == world.app.problems()
    assert "Production" in world.card().text


def test_a_slack_that_cannot_be_asked_does_not_stop_the_bot(world: World) -> None:
    """The next message tells whether the token is good."""
    before = asked(world)
    world.slack.faults.add("auth.test", "http_503")

    assert world.slack.send_event(REVOKED).ok

    assert eventually(lambda: asked(world) == before + 1)
    world.start()
    assert [] == world.app.problems()


def test_the_revoked_token_of_a_person_is_none_of_the_bots(world: World) -> None:
    """Slack is not even asked."""
    before = asked(world)

    assert world.slack.send_event(OF_A_PERSON).ok

    assert "There is no enrollment yet." in told(world, world.ana, world.ana.command("/eco", "status"))
    assert before == asked(world)
