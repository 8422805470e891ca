"""Reminders that are answered while they are on their way, and the reminders that follow sent ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery.batch import Result
from bot.domain.enrollment import Reminder, ReminderKind, State
from bot.localslack import Message
from bot.repository import tables as t
from tests.delivery.around_sender import Around, once
from tests.delivery.stepwise import caller, claim_and_send, start, store
from tests.domain.building import edited
from tests.support.bot_world import World
from tests.support.steps import StepKey

CONNECT = StepKey.CONNECT_ACCOUNT
POST = "chat.postMessage"


def waiting(world: World, number: int = 1) -> int:
    """Start an enrollment whose first step waits; its reminder is due in two days. Return its ID."""
    enrollment = start(world, number)
    world.app.enrollments.complete_act(caller(world), enrollment, CONNECT)
    return enrollment


def reminder_of(world: World, enrollment: int) -> Reminder | None:
    """The reminder that the step has planned, as it is read back."""
    return world.app.enrollments.get(world.workspace, enrollment).step(CONNECT).reminder


def reminder_states(world: World, enrollment: int) -> list[str]:
    """The states of the step's reminder rows, oldest first."""
    o = t.outbox.c
    query = sa.select(o.state).where(o.key.startswith(f"reminder:{enrollment}:{CONNECT.value}:")).order_by(o.id)
    with world.app.database.read() as connection:
        return list(connection.execute(query).scalars())


def sent(world: World) -> list[Message]:
    """The reminders in the channel."""
    return [message for message in world.channel.messages if message.broadcast]


def due(world: World) -> None:
    """Let the reminders fall due."""
    world.deliver()
    world.clock.jump(timedelta(days=2, hours=3))


def snooze(world: World, enrollment: int) -> None:
    """Press Still waiting for three days."""
    until = world.clock.now().date() + timedelta(days=3)
    world.app.enrollments.still_waiting(caller(world), enrollment, CONNECT, until)


def test_a_reminder_that_is_snoozed_while_it_is_sent_plans_no_follow_up(world_on: World) -> None:
    """Somebody presses Still waiting before the result is stored: the snooze stays, and is the next reminder."""
    world = world_on
    enrollment = waiting(world)
    due(world)
    Around(world.app.dispatcher, after=once(lambda: snooze(world, enrollment)), kinds=["reminder"])
    answered_at = world.clock.now()

    world.deliver()

    planned = reminder_of(world, enrollment)
    assert planned is not None
    assert ReminderKind.SNOOZED is planned.kind
    assert planned.due_at.date() >= answered_at.date() + timedelta(days=3)
    assert ["dropped", "sent", "owed"] == reminder_states(world, enrollment)
    assert 1 == len(sent(world))
    world.jump(days=2)
    assert 1 == len(sent(world)), "the ordinary follow-up would have come by now"
    world.clock.jump_to(planned.due_at)
    world.deliver()
    assert 2 == len(sent(world))


def test_a_sent_reminder_plans_the_next_one(world: World) -> None:
    """Without an answer the next one is due a working day later, under the next number."""
    enrollment = waiting(world)
    due(world)
    before = reminder_of(world, enrollment)
    world.deliver()

    after = reminder_of(world, enrollment)
    assert before is not None
    assert after is not None
    assert (before.number + 1, before.repeat + 1) == (after.number, after.repeat)
    assert timedelta(hours=20) < after.due_at - world.clock.now() < timedelta(hours=28)


FAULTS = {"put off": "ratelimited", "unknown": "drop_after", "refused": "msg_too_long"}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_reminder_that_is_answered_while_its_post_fails_is_not_sent_again(world_on: World, fault: str) -> None:
    """The step is done and has no reminder, however the post ended."""
    world = world_on
    enrollment = waiting(world)
    due(world)
    world.slack.faults.add(POST, fault, retry_after=5, times=2 if fault == "msg_too_long" else 1)
    results = list[Result]()
    while not results or results[0].message.row.kind.value != "reminder":
        store(world, results)
        results = claim_and_send(world, 1)
    world.app.enrollments.confirm(caller(world), enrollment, CONNECT)
    store(world, results)

    assert State.DONE is world.enrollment().step(CONNECT).state
    assert None is reminder_of(world, enrollment)
    world.slack.faults.clear()
    posts = len(sent(world))
    for _ in range(3):
        world.jump(days=3)
    assert posts == len([m for m in sent(world) if "Connect the" in m.text])
    assert (1 if fault == "drop_after" else 0) == posts


def test_a_reminder_that_slack_refuses_stays_planned_until_it_is_answered(world: World) -> None:
    """It is not repeated, and the answer ends it."""
    enrollment = waiting(world)
    due(world)
    planned = reminder_of(world, enrollment)
    world.slack.faults.add(POST, "msg_too_long", times=2)  # with blocks, and as text alone
    world.deliver()

    assert "failed" == reminder_states(world, enrollment)[-1]
    assert planned == reminder_of(world, enrollment)
    world.app.enrollments.confirm(caller(world), enrollment, CONNECT)
    assert None is reminder_of(world, enrollment)
    assert "dropped" == reminder_states(world, enrollment)[-1]


ANSWERS: dict[str, Any] = {
    "it's ready": (lambda world, e: world.app.enrollments.confirm(caller(world), e, CONNECT), None),
    "still waiting": (snooze, ReminderKind.SNOOZED),
}


@pytest.mark.parametrize(("answer", "kind"), ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reminder_in_a_round_that_is_answered_before_the_result_is_stored(
    world_on: World, answer: Any, kind: ReminderKind | None, when: str
) -> None:
    """Its row was merged: it is dropped by the answer, and plans no follow-up; the other one of the round does."""
    world = world_on
    one, two = waiting(world, 1), waiting(world, 2)
    due(world)
    planned = reminder_of(world, two)
    Around(world.app.dispatcher, **{when: once(lambda: answer(world, one))}, kinds=["round"])

    world.deliver()

    [message] = [m for m in world.channel.messages if "Answer" in m.buttons or "Account 2*:" in m.text]
    assert "*Account 1*: Connect the management account (due" not in message.text, "nobody is asked about it any more"
    assert "Account 2" in message.text
    assert "dropped" == reminder_states(world, one)[1]
    left = reminder_of(world, one)
    assert kind == (left and left.kind)
    following = reminder_of(world, two)
    assert planned is not None
    assert following is not None
    assert (planned.number + 1, "merged") == (following.number, reminder_states(world, two)[1])
    assert [] == sent(world)


def test_a_weekly_reminder_is_not_repeated_at_once_after_downtime(world: World) -> None:
    """After four weeks without the bot one reminder is sent, and the next one a week after that."""
    enrollment = waiting(world)
    world.deliver()
    while (planned := reminder_of(world, enrollment)) and planned.repeat < 4:
        world.jump_to_next()
    assert planned is not None
    world.deliver()
    before = len(sent(world))

    world.clock.jump_to(planned.due_at + timedelta(weeks=4))
    world.deliver()
    said_at = world.clock.now()
    world.jump(days=6)

    assert before + 1 == len(sent(world))
    following = reminder_of(world, enrollment)
    assert following is not None
    assert timedelta(days=6, hours=23) < following.due_at - said_at < timedelta(days=8)
    world.clock.jump_to(following.due_at)
    world.deliver()
    assert before + 2 == len(sent(world))


CHANGES: dict[str, Callable[[World, int], object]] = {
    "zone": lambda world, _: world.app.enrollments.set_zone(world.workspace, world.ana.id, "Asia/Tokyo"),
    "owner": lambda world, number: edit(world, number, owner=world.ben.id, owner_zone="Europe/Berlin"),
    "day": lambda world, number: world.app.enrollments.correct(
        caller(world), number, CONNECT, {}, on=world.clock.now().date() - timedelta(days=4)
    ),
    "channel and zone": lambda world, number: edit(
        world, number, owner_zone="America/Chicago", channel_id=world.slack.channel("eco-private").id
    ),
}


def edit(world: World, number: int, **fields: Any) -> None:
    """Change fields of the edit form."""
    before = world.app.enrollments.get(world.workspace, number)
    world.app.enrollments.edit(caller(world), number, edited(before, **fields))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("what", CHANGES)
def test_a_reminder_that_is_planned_anew_while_it_is_on_its_way_comes_once(
    world_on: World, what: str, moment: str
) -> None:
    """Whoever plans it anew leaves the one that is being posted; the next one comes on another day."""
    world = world_on
    enrollment = waiting(world)
    due(world)
    real = world.app.dispatcher.sender
    Around(world.app.dispatcher, **{moment: once(lambda: CHANGES[what](world, enrollment))}, kinds=["reminder"])
    world.deliver()
    world.app.dispatcher.sender = real
    for _ in range(3):
        world.jump(hours=1)

    said = [m for name in ("eco-rollout", "eco-private") for m in world.slack.channel(name).messages if m.broadcast]
    assert 1 == len(said)
    planned = reminder_of(world, enrollment)
    assert planned is not None
    assert planned.due_at > world.clock.now()
    assert 1 == reminder_states(world, enrollment).count("owed")


@pytest.mark.parametrize("what", CHANGES)
def test_a_reminder_of_unknown_outcome_that_is_planned_anew_comes_once(world_on: World, what: str) -> None:
    """Slack took it and the answer was lost: it is looked up under the key that it was posted with."""
    world = world_on
    enrollment = waiting(world)
    due(world)
    world.slack.faults.add(POST, "drop_after")
    world.app.dispatcher.run_once()
    CHANGES[what](world, enrollment)
    for _ in range(3):
        world.jump(hours=1)

    said = [m for name in ("eco-rollout", "eco-private") for m in world.slack.channel(name).messages if m.broadcast]
    assert 1 == len(said)


@pytest.mark.parametrize("what", ["zone", "owner"])
def test_a_reminder_of_a_round_on_its_way_comes_once(world_on: World, what: str) -> None:
    """A round says it, so a change of zone or owner meanwhile plans no other."""
    world = world_on
    first = waiting(world)
    waiting(world, 2)
    due(world)
    Around(world.app.dispatcher, before=once(lambda: CHANGES[what](world, first)), kinds=["round"])
    world.deliver()
    for _ in range(3):
        world.jump(hours=1)

    assert ["merged", "owed"] == reminder_states(world, first)[-2:], "the round said it; the next one is to come"
    reminders = [m for m in world.channel.messages if m.broadcast or "Answer" in m.buttons]
    assert 1 == len(reminders)


def test_a_reminder_is_moved_by_a_change_of_zone_and_keeps_its_row(world_on: World) -> None:
    """One that nobody has begun to send comes in the hours of the new zone, and once."""
    world = world_on
    enrollment = waiting(world)
    before, states = reminder_of(world, enrollment), reminder_states(world, enrollment)
    world.app.enrollments.set_zone(world.workspace, world.ana.id, "Asia/Tokyo")

    after = reminder_of(world, enrollment)
    assert before is not None
    assert after is not None
    assert (before.number, True) == (after.number, before.due_at < after.due_at)
    assert states == reminder_states(world, enrollment)
