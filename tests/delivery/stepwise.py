"""Delivers step by step (claim, send, store), and reads what then stands in Slack and in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot.delivery.batch import Result
from bot.delivery.claiming import OutboundMessage
from bot.domain.access import Actor
from bot.localslack import Message
from bot.repository import tables as t
from bot.use_cases import Caller, StartForm
from tests.domain.building import edited
from tests.support.bot_world import World

#: Channels that `enroll` makes the bot a member of.
CHANNELS = ("C0ROLLOUT1", "C0ECOPRIV1", "C0FINOPS01")


def caller(world: World) -> Caller:
    """Ana, who owns every enrollment here."""
    return Caller(world.workspace, Actor(world.ana.id))


def start(world: World, number: int, channel: str = CHANNELS[0]) -> int:
    """Start an enrollment by its use case; return its ID."""
    # The owner's own zone, else the process's housekeeping would change it.
    zone = world.app.workspace.directory.person(world.ana.id).zone
    values = {"spot_org_id": f"{700000 + number}"}
    account, name = f"{100000000000 + number}", f"Account {number}"
    form = StartForm(account, name, channel, world.ana.id, zone, values=values)
    return world.app.enrollments.start(caller(world), form).id


def enroll(world: World, count: int = 3) -> list[int]:
    """Start enrollments, each in a channel of its own that the bot is in; return their IDs."""
    world.app.workspace.gateway.join(CHANNELS[2])
    return [start(world, number, channel) for number, channel in enumerate(CHANNELS[:count])]


def move(world: World, number: int, channel: str) -> None:
    """Move an enrollment to another channel."""
    before = world.app.enrollments.get(world.workspace, number)
    world.app.enrollments.edit(caller(world), number, edited(before, channel_id=world.slack.channel(channel).id))


def claim(world: World, room: int = 8) -> list[OutboundMessage]:
    """Claim the next messages of up to `room` channels."""
    return world.app.dispatcher.batches.settle_and_claim(world.workspace, [], room).messages


def claim_and_send(world: World, room: int = 8) -> list[Result]:
    """Claim and send messages of up to `room` channels; their results are not stored."""
    return [world.app.dispatcher.send(message) for message in claim(world, room)]


def store(world: World, results: Sequence[Result]) -> None:
    """Store results, and claim nothing."""
    world.app.dispatcher.batches.settle_and_claim(world.workspace, results, 0)


def everything_in(world: World, channel: str) -> list[Message]:
    """Cards and thread lines of a channel, by time."""
    place = world.slack.channel(channel)
    found = [m for top in place.messages if not top.broadcast for m in (top, *place.thread(top.ts))]
    return sorted(found, key=lambda message: float(message.ts))


def posted(world: World, key: str) -> int:
    """How often a message stands in Slack, in all channels and threads."""
    places = [world.slack.channel(channel) for channel in CHANNELS]
    tops = [(place, message) for place in places for message in place.messages]
    found = [message for _, message in tops] + [m for place, top in tops for m in place.thread(top.ts)]
    metadata: list[Any] = [message.metadata for message in {message.ts: message for message in found}.values()]
    return sum(bool(each) and each["event_payload"]["key"] == key for each in metadata)


def states(world: World) -> dict[str, str]:
    """Key -> state of every row that was claimed or sent; "posting" while it is marked so."""
    with world.app.database.read() as connection:
        tried = sa.or_(t.outbox.c.attempts > 0, t.outbox.c.ts.is_not(None))
        rows = connection.execute(sa.select(t.outbox).where(tried)).all()
    return {row.key: "posting" if row.posting else row.state for row in rows}


def outbox_row(world: World, key: str) -> Any:
    """A row of the outbox as it is stored."""
    with world.app.database.read() as connection:
        return connection.execute(sa.select(t.outbox).where(t.outbox.c.key == key)).one()


def lease_row(world: World, channel: str) -> Any:
    """A channel's row as it is stored."""
    with world.app.database.read() as connection:
        return connection.execute(sa.select(t.channel_leases).where(t.channel_leases.c.channel == channel)).one()


def spoil(world: World, number: int) -> None:
    """Store something for an enrollment that nobody can read, as damage or a newer version would."""
    with world.app.database.write() as connection:
        here = t.steps.c.enrollment_id == number
        connection.execute(sa.update(t.steps).where(here).values(state="nonsense"))
        raised = sa.update(t.enrollments).where(t.enrollments.c.id == number)
        connection.execute(raised.values(version=t.enrollments.c.version + 1))
