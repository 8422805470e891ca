"""The weekly digest says the due reminders of its channel: they are not posted by themselves, and others follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.enrollment import Reminder
from bot.localslack import Message
from bot.repository import tables as t
from tests.delivery.around_sender import Around, once
from tests.delivery.stepwise import caller, spoil, start
from tests.delivery.test_digests import DAY, DIGEST, HOUR, MONDAYS, WEDNESDAY, at, digests, plan, states
from tests.support.bot_world import World, running
from tests.support.steps import StepKey

CONNECT = StepKey.CONNECT_ACCOUNT
POST = "chat.postMessage"


@pytest.fixture
def world_on(database_url: str) -> Iterator[World]:
    """The bot in a local Slack on a Wednesday, once on SQLite and once on PostgreSQL."""
    with running(database_url, at=WEDNESDAY, ECO_DIGEST=MONDAYS) as started:
        yield started


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """The same on SQLite."""
    with running(sqlite_url, at=WEDNESDAY, ECO_DIGEST=MONDAYS) as started:
        yield started


def waiting(world: World, number: int) -> int:
    """Start an enrollment whose wait ends, and whose reminder is due, when the digest comes; return its ID."""
    enrollment = start(world, number)
    world.clock.jump_to(max(world.clock.now(), DIGEST - 2 * DAY))
    world.app.enrollments.complete_act(caller(world), enrollment, CONNECT)
    return enrollment


def reminder_of(world: World, enrollment: int) -> Reminder | None:
    """The reminder that the step has planned."""
    return world.app.enrollments.get(world.workspace, enrollment).step(CONNECT).reminder


def reminder_states(world: World, enrollment: int) -> list[str]:
    """The states of the step's reminder rows since its act, oldest first."""
    o = t.outbox.c
    query = sa.select(o.state).where(o.key.startswith(f"reminder:{enrollment}:{CONNECT.value}:")).order_by(o.id)
    with world.app.database.read() as connection:
        return list(connection.execute(query).scalars())[1:]


def reminders(world: World) -> list[Message]:
    """Reminders and catch-ups in the channel."""
    return [m for m in world.channel.messages if m.broadcast or "came due" in m.text]


def test_a_digest_takes_the_due_reminders_along(world_on: World) -> None:
    """One message instead of three; the reminders that follow are planned from when it was posted."""
    numbers = [waiting(world_on, number) for number in (1, 2)]
    plan(world_on)

    at(world_on, DIGEST)

    assert (1, 0) == (len(digests(world_on)), len(reminders(world_on)))
    for number in (1, 2):
        assert f"• *Account {number}*: Connect the management account (due since" in digests(world_on)[0].text
    for enrollment in numbers:
        assert ["merged", "owed"] == reminder_states(world_on, enrollment)
        following = reminder_of(world_on, enrollment)
        assert following is not None
        assert (1, DIGEST + DAY) == (following.repeat, following.due_at.replace(second=0, microsecond=0))
    at(world_on, DIGEST + DAY + HOUR)
    assert reminders(world_on)


def test_a_digest_after_downtime_takes_the_overdue_reminders_along(world: World) -> None:
    """No catch-up beside it."""
    for number in (1, 2, 3):
        waiting(world, number)
    plan(world)

    at(world, DIGEST + 3 * HOUR)

    assert (1, 0) == (len(digests(world)), len(reminders(world)))


def test_a_reminder_of_another_channel_is_left_alone(world: World) -> None:
    """Each channel has a digest of its own."""
    waiting(world, 1)
    elsewhere = start(world, 2, "C0ECOPRIV1")
    world.app.enrollments.complete_act(caller(world), elsewhere, CONNECT)
    plan(world)

    at(world, DIGEST)

    assert "Account 2" not in digests(world)[0].text
    assert "Account 2" in digests(world, "C0ECOPRIV1")[0].text


def test_an_answer_while_the_digest_is_on_its_way_plans_no_follow_up(world_on: World) -> None:
    """Somebody confirms the step before the result is stored."""
    enrollment = waiting(world_on, 1)
    plan(world_on)
    confirm = once(lambda: world_on.app.enrollments.confirm(caller(world_on), enrollment, CONNECT))
    Around(world_on.app.dispatcher, after=confirm, kinds=["digest"])

    at(world_on, DIGEST)

    assert 1 == len(digests(world_on))
    assert None is reminder_of(world_on, enrollment)
    assert ["dropped"] == reminder_states(world_on, enrollment)


@pytest.mark.parametrize("fault", ["ratelimited", "drop_before", "drop_after", "internal_error"])
def test_a_digest_that_is_tried_again_still_says_its_reminders(world_on: World, fault: str) -> None:
    """Once, and no reminder comes by itself meanwhile."""
    enrollment = waiting(world_on, 1)
    plan(world_on)
    world_on.deliver()
    world_on.slack.faults.add(POST, fault, retry_after=5)

    at(world_on, DIGEST)
    at(world_on, DIGEST + HOUR)

    assert (1, 0) == (len(digests(world_on)), len(reminders(world_on)))
    assert ["merged", "owed"] == reminder_states(world_on, enrollment)


def test_reminders_of_a_digest_that_slack_refuses_for_good_come_by_themselves(world_on: World) -> None:
    """Nothing that is due gets lost with it."""
    enrollment = waiting(world_on, 1)
    plan(world_on)
    world_on.deliver()
    world_on.slack.faults.add(POST, "msg_too_long", times=2)

    at(world_on, DIGEST)

    assert "failed" == states(world_on)["2026-W49"].partition(":")[0]
    assert (0, 1) == (len(digests(world_on)), len(reminders(world_on)))
    assert ["sent", "owed"] == reminder_states(world_on, enrollment)


def test_reminders_of_a_digest_that_is_over_come_by_themselves(world: World) -> None:
    """Slack did not take it for the rest of its week."""
    enrollment = waiting(world, 1)
    plan(world)
    world.deliver()
    world.slack.faults.add(POST, "ratelimited", retry_after=5, times=1)
    world.clock.jump_to(DIGEST)
    world.app.dispatcher.run_once()
    assert ["merged"] == reminder_states(world, enrollment)
    world.slack.faults.clear()

    at(world, DIGEST + timedelta(days=7))

    assert "dropped: its week is over" == states(world)["2026-W49"]
    assert "sent" == reminder_states(world, enrollment)[0]


def test_an_enrollment_that_cannot_be_read_keeps_no_digest_from_its_channel(world_on: World) -> None:
    """It is left out, and its reminder fails by itself."""
    numbers = [waiting(world_on, number) for number in (1, 2)]
    plan(world_on)
    world_on.deliver()
    spoil(world_on, numbers[0])

    at(world_on, DIGEST)

    [digest] = digests(world_on)
    assert "Account 2" in digest.text
    assert "Account 1" not in digest.text
    assert ["owed"] == reminder_states(world_on, numbers[0])
    assert ["merged", "owed"] == reminder_states(world_on, numbers[1])
