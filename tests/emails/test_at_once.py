"""An email is not taken up before it can be sent: what became of one that was only at hand, a crash would hide."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from bot.storage import models as t
from tests.emails.acting import ENABLE, outcomes, rename, send
from tests.support.mail import OddSes
from tests.support.play import reach
from tests.support.world import World


def test_an_email_waits_for_no_message(world_on: World, ses: OddSes) -> None:
    """The one thread that posts hangs; the email goes out meanwhile, by a thread of its own."""
    world = world_on
    reach(world, ENABLE)
    world.deliver()
    send(world)
    rename(world, "Another name")
    world.slack.faults.add("chat.update", "slow", delay=2.0)
    delivery = replace(world.app.delivery, workers=1)

    delivery.wake()
    world.slack.wait_for(lambda: outcomes(world) or None, what="the email")

    with world.app.database.read() as connection:
        marks = sa.select(t.outbox.c.posting).where(t.outbox.c.kind == "card")
        assert connection.execute(marks).scalar_one()
    assert ({"sent": 1.0}, 1) == (outcomes(world), ses.asked)
    assert delivery.stop(30)
