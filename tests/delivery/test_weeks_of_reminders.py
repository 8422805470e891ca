"""Weeks of a channel, simulated: how often the bot speaks where nobody answers, and where people do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.delivery import channel_leases
from bot.domain.enrollment import Enrollment, State, Status
from bot.localslack import Message
from tests.delivery.stepwise import caller
from tests.delivery.test_digests import MONDAYS, own
from tests.support.bot_world import World, running
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE
from tests.support.walkthrough import COLLECTED, pass_by

#: A Monday before the first morning.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
#: Where the owners of these enrollments live.
ZONE = ZoneInfo("America/Sao_Paulo")
KINDS = ("reminder", "round", "digest")
_DAY = timedelta(days=1)


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """The bot in a local Slack, with the digest and the gap that an operator gets by default."""
    with running(sqlite_url, at=MONDAY, ECO_DIGEST=MONDAYS, ECO_REMINDER_GAP="1h") as started:
        yield started


@pytest.fixture
def world_on(database_url: str) -> Iterator[World]:
    """The same on each database."""
    with running(database_url, at=MONDAY, ECO_DIGEST=MONDAYS, ECO_REMINDER_GAP="1h") as started:
        yield started


def begin(world: World, number: int, passed: int) -> int:
    """Start an enrollment of Ana's whose first `passed` steps that must be done are done; return its ID."""
    own(world, number, world.ana)
    made = world.enrollments()[-1].id
    for spec in [spec for spec in PROCEDURE if not spec.optional][:passed]:
        if world.app.enrollments.get(world.workspace, made).step(spec.key).state is State.OPEN:
            pass_by(world, made, StepKey(spec.key))
    return made


def key_of(message: Message) -> str:
    """The kind of row that posted a message."""
    metadata = message.metadata
    return str(metadata["event_payload"]["key"]).partition(":")[0] if metadata else ""


def reminders(world: World) -> list[Message]:
    """All messages that remind the channel, oldest first."""
    return [message for message in world.channel.messages if key_of(message) in KINDS]


def day_of(message: Message) -> date:
    """The day of a message in the owners' time zone."""
    return datetime.fromtimestamp(float(message.ts), ZONE).date()


def live(world: World, weeks: int, act: Callable[[datetime], None]) -> None:
    """Let the clock run: messages are sent when they fall due, digests planned and `act` called every 6 hours."""
    end = MONDAY + timedelta(weeks=weeks)
    hour = MONDAY
    while hour < end:
        now = world.clock.now()
        if now >= hour:
            world.app.digest_planner.plan(world.workspace)
            act(now.astimezone(ZONE))
            hour += timedelta(hours=6)
        world.deliver()
        with world.app.database.read() as connection:
            due = channel_leases.next_due(connection, world.workspace, world.clock.now())
        world.clock.jump_to(max(world.clock.now(), min(hour, due or hour)))


def report(title: str, found: list[Message], days: Counter[date]) -> None:
    """Print what the channel got."""
    kinds = Counter(map(key_of, found))
    print(f"{title}: {len(found)} messages ({dict(kinds)}) on {len(days)} days, at most {max(days.values())} a day")


def test_four_weeks_in_which_nobody_answers(world_on: World) -> None:
    """Twelve enrollments wait for their owner at *Create subsets*: one message a working day at most, 20 in all.

    Each message names every enrollment and mentions the owner once; none comes at the weekend.
    """
    world = world_on
    for number in range(1, 13):
        begin(world, number, 3)
    world.deliver()
    before = len(world.channel.messages)

    live(world, 4, lambda _: None)

    found = reminders(world)
    days = Counter(map(day_of, found))
    report("nobody answers", found, days)
    assert 1 == max(days.values())
    assert 4 <= len(found) <= 20
    assert all(day.weekday() < 5 for day in days)
    for message in found:
        assert set(range(1, 13)) == {int(number) for number in re.findall(r"\*Account (\d+)\*", message.text)}
        assert 1 == str(message.blocks).count(f"<@{world.ana.id}>")
    assert before == len(world.channel.messages) - len(found), "nothing else came"


def test_eight_weeks_in_which_people_answer_within_a_day(world: World) -> None:
    """Twenty enrollments at different steps; each is looked after once a day: two messages a working day at most."""
    made = [begin(world, number, number % 6) for number in range(1, 21)]
    use, by = world.app.enrollments, caller(world)
    asked: Counter[str] = Counter()

    def answer(enrollment: Enrollment) -> None:
        """What a diligent owner does: a wait that is over is confirmed, except that every third time it is not."""
        for step in enrollment.steps:
            current = use.get(world.workspace, enrollment.id).step(step.key)
            if current.state is State.WAITING and current.latest is not None and current.latest <= world.clock.now():
                asked[step.key] += 1
                if asked[step.key] % 3 == 0:
                    use.still_waiting(by, enrollment.id, step.key, (world.clock.now() + 2 * _DAY).date())
                else:
                    use.confirm(by, enrollment.id, step.key)
            elif current.state is State.OPEN:
                asked[step.key] += 1
                act(enrollment.id, StepKey(step.key))

    def act(enrollment: int, step: StepKey) -> None:
        if step == StepKey.VALIDATE_WORKFLOWS:
            names = frozenset(each.name for each in use.get(world.workspace, enrollment).workflows)
            use.complete_act(by, enrollment, step, {"validated": names})
        elif step in (StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS):
            use.skip(by, enrollment, step, "not for us")
        else:
            use.complete_act(by, enrollment, step, COLLECTED.get(step, {}))

    def hourly(local: datetime) -> None:
        if local.weekday() < 5 and local.hour == 12:
            for each in made:
                found = use.get(world.workspace, each)
                if found.status is Status.ACTIVE and (each + local.day) % 3 == 0:
                    answer(found)

    live(world, 8, hourly)

    found = reminders(world)
    days = Counter(map(day_of, found))
    report("people answer", found, days)
    assert max(days.values()) <= 2
    assert all(day.weekday() < 5 for day in days)
    assert any(each.status is Status.COMPLETED for each in world.enrollments())
