"""Reminders of a channel are said together: when, how often, and what after downtime."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.access import Actor
from bot.domain.lifecycle import Position
from bot.domain.step_spec import StepKey as Key
from bot.localslack import Message
from bot.use_cases import Caller, StartForm
from tests.support.bot_world import World, running
from tests.support.steps import StepKey

#: Monday, 9:30 in London, where Ben lives.
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def world_on(database_url: str) -> Iterator[World]:
    """The bot with its default gap and digest, once on SQLite and once on PostgreSQL."""
    with running(database_url, at=MONDAY, ECO_REMINDER_GAP="1h", ECO_DIGEST="mon 09:00") as started:
        yield started


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """The same on SQLite."""
    with running(sqlite_url, at=MONDAY, ECO_REMINDER_GAP="1h", ECO_DIGEST="mon 09:00") as started:
        yield started


def caller(world: World) -> Caller:
    """Ben, who owns the enrollments."""
    return Caller(world.workspace, Actor(world.ben.id))


def at(world: World, until: datetime) -> None:
    """Let time pass, sending each thing when it falls due."""
    world.app.digest_planner.plan(world.workspace)
    while (due := world.app.dispatcher.next_due()) is not None and due <= until:
        world.clock.jump_to(max(due, world.clock.now()))
        world.deliver()
        world.app.digest_planner.plan(world.workspace)
    world.clock.jump_to(max(until, world.clock.now()))
    world.deliver()


def start(world: World, number: int, position: str, owner: str = "ben") -> int:
    """Start an enrollment at a position; return its ID."""
    org = f"{9000000 + number}"
    return world.start(
        owner=owner,
        account_id=f"{number:012}",
        account_name=f"Account {number:02}",
        spot_org_id=org,
        position=position,
    ).id


def reminder_messages(world: World) -> list[Message]:
    """Single reminders, rounds and digests of the channel."""
    found = []
    for message in world.channel.messages:
        key = ((message.metadata or {}).get("event_payload") or {}).get("key", "")
        if key.startswith(("reminder:", "round:", "digest:")):
            found.append(message)
    return found


def day_of(message: Message) -> str:
    """The day on which it came."""
    return datetime.fromtimestamp(float(message.ts), UTC).date().isoformat()


def test_ends_of_waits_gather_for_an_hour_after_a_message(world_on: World) -> None:
    """The first one waits a minute for others; what comes due within the hour after it is said together."""
    world = world_on
    for number, minutes in ((1, 0), (2, 20), (3, 40)):
        enrollment = start(world, number, "connect_account")
        world.clock.jump_to(MONDAY + HOUR + timedelta(minutes=minutes))
        world.app.enrollments.complete_act(caller(world), enrollment, StepKey.CONNECT_ACCOUNT)
    first = MONDAY + HOUR + timedelta(days=2)

    at(world, first + timedelta(seconds=30))
    assert [] == reminder_messages(world)
    at(world, first + timedelta(minutes=59))
    (single,) = reminder_messages(world)
    at(world, first + timedelta(minutes=70))

    _, together = reminder_messages(world)
    assert "Account 01" in single.text
    assert ["Account 02", "Account 03"] == re.findall(r"Account \d\d", together.text)
    assert "came due" not in together.text, "it was not late: it waited on purpose"


def test_a_channel_with_owners_in_four_time_zones_has_one_morning(world_on: World) -> None:
    """The morning of most owners: here London, with two of five; everybody's open steps are said then."""
    world = world_on
    for number, owner in enumerate(("ben", "ben", "ana", "eve", "dev"), start=1):
        start(world, number, "create_subsets", owner)

    at(world, MONDAY + timedelta(days=12))

    by_day = Counter(map(day_of, reminder_messages(world)))
    assert {1} == set(by_day.values())
    times = {datetime.fromtimestamp(float(m.ts), UTC).strftime("%H") for m in reminder_messages(world)}
    assert {"09"} == times


def test_two_hundred_enrollments_in_one_channel(world: World) -> None:
    """One message within Slack's limits that counts those that it does not show."""
    use = world.app.enrollments
    for number in range(1, 201):
        values = {"spot_org_id": f"{9000000 + number}"}
        at_subsets = Position(StepKey.CREATE_SUBSETS)
        form = StartForm(f"{number:012}", f"Account {number}", world.channel.id, world.ben.id, values=values)
        use.start(caller(world), replace(form, owner_zone="Europe/London", position=at_subsets))
    world.deliver()
    before = len(reminder_messages(world))

    at(world, MONDAY + timedelta(days=8))

    told = reminder_messages(world)[before:]
    assert [] == [call for call in world.slack.calls if not call.ok]
    for message in told:
        said = str(message.blocks)
        shown, left = re.split(r"And (\d+) more", said)[:2]
        assert 200 == shown.count("• *<") + int(left)
    assert 200 == len(use.live(world.workspace))


def test_downtime_is_said_in_the_same_message(world_on: World) -> None:
    """What came due meanwhile comes once, with the reason for its lateness."""
    world = world_on
    ids = [start(world, number, "connect_account") for number in (1, 2)]
    for enrollment in ids:
        world.app.enrollments.complete_act(caller(world), enrollment, StepKey.CONNECT_ACCOUNT)
    world.deliver()

    world.clock.jump_to(MONDAY + timedelta(days=3))
    world.deliver()

    (message,) = reminder_messages(world)
    assert message.text.startswith("*While I couldn't post here, these came due:*")


def test_completion_is_said_in_the_channel(world_on: World) -> None:
    """Once, with how long it took."""
    world = world_on
    enrollment = start(world, 1, "create_subsets")
    use = world.app.enrollments
    world.clock.jump_to(MONDAY + timedelta(weeks=2))
    steps: list[tuple[Key, dict[str, object]]] = [
        (StepKey.CREATE_SUBSETS, {"names": ("A",)}),
        (StepKey.CREATE_WORKFLOWS, {"names": ("W",)}),
        (StepKey.VALIDATE_WORKFLOWS, {"validated": frozenset({"W"})}),
    ]
    for key, values in steps:
        use.complete_act(caller(world), enrollment, key, values)
    for key in (StepKey.FULL_ECO, StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS):
        use.skip(caller(world), enrollment, key, "not needed")
    world.deliver()

    said = [m.text for m in world.channel.messages if "is enrolled" in m.text]
    assert [":tada: *Account 01* is enrolled. All 9 steps are done or skipped; it took 2 weeks."] == said
