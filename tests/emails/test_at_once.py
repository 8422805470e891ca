"""An email is not taken up before it can be sent: what became of one that was only at hand, a crash would hide."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import pytest

from bot.delivery.claiming import OutboundMessage
from bot.delivery.delivery_results import Settlement
from tests.emails.email_actions import ENABLE, outcomes, rename, send
from tests.support.mail import OddSes
from tests.support.play import reach
from tests.support.world import World


def test_an_email_that_was_taken_up_waits_for_no_message(
    world_on: World, ses: OddSes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one thread that posts hangs; the email goes out meanwhile, by a thread of its own."""
    world = world_on
    reach(world, ENABLE)
    world.deliver()
    delivery = replace(world.app.dispatcher, workers=1)
    poster = delivery._poster
    card, batch, let_go = poster._card, Event(), Event()

    def wait_first(task: OutboundMessage) -> Settlement:
        batch.set()
        assert let_go.wait(60)
        return card(task)

    monkeypatch.setattr(poster, "_card", wait_first)
    rename(world, "Another name")
    delivery.wake()
    assert batch.wait(30)

    try:
        send(world)
        delivery.wake()
        world.slack.wait_for(lambda: outcomes(world) or None, what="the email")
        assert ({"sent": 1.0}, 1) == (outcomes(world), ses.asked)
    finally:
        let_go.set()
        assert delivery.stop(30)
