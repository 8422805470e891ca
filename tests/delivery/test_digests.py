"""The weekly digest in the channel: when it comes, when it does not, and whom it asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.domain.lifecycle import Position
from bot.localslack import Message, Person
from bot.repository import tables as t
from bot.use_cases import StartForm
from tests.delivery.stepwise import CHANNELS, caller, start
from tests.support.bot_world import World, running
from tests.support.steps import StepKey

K = StepKey
MONDAYS = "mon 09:00"
WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
#: Monday of the following week, nine in São Paulo, where Ana lives; in London it is twelve.
DIGEST = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def digests(world: World, channel: str = CHANNELS[0]) -> list[Message]:
    """The digests that stand in a channel."""
    return [m for m in world.slack.channel(channel).messages if m.text.startswith("Eco enrollments this week")]


def states(world: World) -> dict[str, str]:
    """Week -> state of every digest."""
    o = t.outbox.c
    with world.app.database.read() as connection:
        found = connection.execute(sa.select(o.key, o.state, o.last_error).where(o.kind == "digest")).all()
    return {
        row.key.rpartition(":")[2]: f"{row.state}: {row.last_error}" if row.last_error else row.state for row in found
    }


def at(world: World, moment: datetime) -> None:
    """Go to a moment, as if the process had been down until then, and send what is due."""
    world.clock.jump_to(moment)
    world.deliver()


def plan(world: World) -> None:
    """Plan digests, as the bot does every hour."""
    world.app.digest_planner.plan(world.workspace)


def own(world: World, number: int, owner: Person) -> None:
    """Start an enrollment of that owner."""
    zone = world.app.workspace.directory.person(owner.id).zone
    values = {"spot_org_id": f"{700000 + number}"}
    form = StartForm(f"{number:012}", f"Account {number}", CHANNELS[0], owner.id, zone, values=values)
    world.app.enrollments.start(caller(world), form)


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """The bot in a local Slack on a Wednesday."""
    with running(sqlite_url, at=WEDNESDAY, ECO_DIGEST=MONDAYS) as started:
        yield started


@pytest.fixture
def world_on(database_url: str) -> Iterator[World]:
    """The same once on SQLite and once on PostgreSQL."""
    with running(database_url, at=WEDNESDAY, ECO_DIGEST=MONDAYS) as started:
        yield started


def test_a_digest_comes_once_a_week_at_its_time_in_the_channels_zone(world_on: World) -> None:
    """Not a moment before; a week later the next one."""
    start(world_on, 1)
    plan(world_on)
    at(world_on, DIGEST - timedelta(minutes=1))
    assert [] == digests(world_on)

    at(world_on, DIGEST)
    plan(world_on)
    at(world_on, DIGEST + 6 * DAY)
    [first] = digests(world_on)
    plan(world_on)
    at(world_on, DIGEST + WEEK)

    assert f"<@{world_on.ana.id}>\n• *Account 1*: Connect the management account (open since" in first.text
    assert 2 == len(digests(world_on))
    assert ["sent", "sent"] == [states(world_on)[week] for week in ("2026-W49", "2026-W50")]


def test_a_digest_says_what_is_so_when_it_comes(world: World) -> None:
    """Who did what last week is named, not mentioned."""
    number = start(world, 1)
    plan(world)
    at(world, DIGEST - DAY)
    world.app.enrollments.complete_act(caller(world), number, K.CONNECT_ACCOUNT)
    world.app.enrollments.confirm(caller(world), number, K.CONNECT_ACCOUNT)
    world.app.enrollments.complete_act(caller(world), number, K.ENABLE_SUBSETS, {"ticket_number": "4711"})

    at(world, DIGEST)

    [digest] = digests(world)
    assert "*Waiting*\n• *Account 1*: Enable the Subsets feature is waiting for Spot support." in digest.text
    assert "*Done in the last 7 days*\n• *Account 1*: Connect the management account (ana)" in digest.text
    assert "*Forecast*\n• *Account 1*: Tue, Dec 1" in digest.text


def test_a_channel_with_four_time_zones_has_one_digest_at_the_time_of_most_owners(world: World) -> None:
    """Each of the owners is mentioned in it."""
    owners = (world.ana, world.ben, world.chi, world.eve)
    for number, owner in enumerate((*owners, world.eve), 1):
        own(world, number, owner)
    plan(world)

    at(world, datetime(2026, 11, 29, 23, 59, tzinfo=UTC))
    assert [] == digests(world)
    at(world, datetime(2026, 11, 30, 0, 0, tzinfo=UTC))  # nine in Tokyo

    [digest] = digests(world)
    assert [1] * 4 == [digest.text.count(f"<@{owner.id}>") for owner in owners]
    at(world, DIGEST + DAY)
    assert 1 == len(digests(world))


def test_an_owner_who_has_left_slack_is_named_and_the_admins_are_asked(world: World) -> None:
    """As with reminders; the digest comes all the same."""
    start(world, 1)
    plan(world)
    world.slack.deactivate("ana")
    world.deliver()

    at(world, DIGEST)

    [digest] = digests(world)
    assert f"<@{world.chi.id}>\n• *Account 1*" in digest.text
    assert "Its owner ana has left Slack: *Edit* names another one." in digest.text


def test_where_everybody_has_left_slack_the_digest_asks_the_channel(sqlite_url: str) -> None:
    """Without an owner, collaborators and admins."""
    with running(sqlite_url, at=WEDNESDAY, ECO_ADMINS="", ECO_DIGEST=MONDAYS) as world:
        start(world, 1)
        plan(world)
        world.slack.deactivate("ana")
        world.slack.people.set_admin("chi", False)
        at(world, DIGEST)

        assert "*Needs you*\nEverybody here\n• *Account 1*" in digests(world)[0].text


# how long the bot was down after the digest was due -> how long after it was due it comes; None if it never does
LATE = {
    "some minutes": (timedelta(minutes=14), timedelta(minutes=14)),
    "hours of the same day": (3 * HOUR, 3 * HOUR),
    "until the night": (12 * HOUR, DAY),
    "days": (3 * DAY, 3 * DAY),
    "until the weekend": (5 * DAY, None),
    "a week": (WEEK, None),
    "a month": (4 * WEEK, None),
}


@pytest.mark.parametrize(("down", "comes"), LATE.values(), ids=LATE)
def test_a_digest_that_is_late_comes_in_reminder_hours_of_its_week(
    world: World, down: timedelta, comes: timedelta | None
) -> None:
    """Else the following one tells it all."""
    start(world, 1)
    plan(world)
    world.deliver()

    at(world, DIGEST + down)
    assert [] == [digest for digest in digests(world) if comes != down]
    at(world, DIGEST + (comes or WEEK - HOUR))

    assert (1 if comes is not None else 0) == len(digests(world))
    assert ("sent" if comes is not None else "dropped: its week is over") == states(world)["2026-W49"]


def test_a_digest_outside_the_reminder_hours_comes_when_the_operator_wants_it(sqlite_url: str) -> None:
    """`sun 20:00` is Sunday evening."""
    with running(sqlite_url, at=WEDNESDAY, ECO_DIGEST="sun 20:00") as world:
        start(world, 1)
        plan(world)
        at(world, datetime(2026, 11, 29, 23, 0, tzinfo=UTC))

        assert 1 == len(digests(world))


def test_a_channel_with_nothing_to_say_gets_no_digest(world: World) -> None:
    """Its only enrollment was cancelled meanwhile."""
    number = start(world, 1)
    plan(world)
    world.app.enrollments.cancel(caller(world), number, "not now")

    at(world, DIGEST)

    assert [] == digests(world)
    assert {"2026-W49": "dropped: there is nothing to say"} == states(world)


def test_the_last_digest_of_a_channel_tells_that_the_enrollment_was_completed(world: World) -> None:
    """Nothing else is left to tell of, and no further digest is owed."""
    at_last = Position(K.ASSOCIATE_CUSTOMERS)
    form = StartForm("1" * 12, "Acme", CHANNELS[0], world.ana.id, position=at_last, values={"spot_org_id": "700001"})
    number = world.app.enrollments.start(caller(world), form).id
    plan(world)
    world.deliver()
    world.clock.jump_to(DIGEST - DAY)
    for key in (K.FULL_ECO, K.ASSOCIATE_WORKFLOWS, K.ASSOCIATE_CUSTOMERS):
        world.app.enrollments.skip(caller(world), number, key, "not for us")

    at(world, datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
    plan(world)

    [digest] = digests(world)
    assert digest.text.splitlines()[2:4][1].startswith(
        "• *Acme* is complete: Full Eco: strategy call and ramp-up skipped"
    )
    assert {"2026-W49": "sent"} == states(world)


@pytest.mark.parametrize(
    ("setting", "state"), [("off", "dropped: digests were switched off"), ("tue 10:00", "owed"), ("mon 09:00", "sent")]
)
def test_a_setting_that_changed_before_a_restart_counts_at_once(database_url: str, setting: str, state: str) -> None:
    """A digest that is due when the process starts is moved or dropped before anything is sent."""
    with running(database_url, at=WEDNESDAY, ECO_DIGEST=MONDAYS) as before:
        start(before, 1)
        plan(before)
        before.deliver()

    with running(database_url, at=DIGEST, ECO_DIGEST=setting) as world:
        world.deliver()

        assert (1 if state == "sent" else 0) == len(digests(world))
        assert state == states(world)["2026-W49"]


def test_digests_are_planned_every_hour_of_the_bots_clock(sqlite_url: str) -> None:
    """Nobody asks for it: an enrollment of today is in next Monday's digest, also when the clock jumps."""
    with running(sqlite_url, at=WEDNESDAY, ECO_DIGEST=MONDAYS, ECO_TICK="1s") as world:
        start(world, 1)
        world.clock.jump(HOUR)

        world.slack.wait_for(lambda: states(world) == {"2026-W49": "owed"}, timeout=30, what="the planned digest")
