"""A short soak: two weeks with faults of Slack and kills; and what a soak would find is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from slack_sdk import WebClient

from bot.repository import tables as t
from tests.delivery.crash_harness import ForkServer, fork_server
from tests.soak.life import Life
from tests.soak.life_results import LifeResult, Sample, look
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import act


@pytest.fixture
def forks() -> Iterator[ForkServer]:
    """Starts bots by forking."""
    with fork_server() as made:
        yield made


@dataclass
class Lived:
    """What a life counts, where none was lived."""

    seed: int = 1
    kills: int = 0
    faults: int = 0
    samples: list[Sample] = field(default_factory=list)


def found(world: World) -> list[str]:
    """What a look at this world finds."""
    return look(world.slack, world.app.database, world.clock.now(), Lived()).faults_found


def test_two_weeks_with_faults_and_kills_lose_nothing_and_say_nothing_twice(
    forks: ForkServer, empty_sqlite_url: str, tmp_path: Path
) -> None:
    """Enrollments start, people act and read, Slack fails, one of two processes dies again and again."""
    life = Life(forks, empty_sqlite_url, tmp_path, 3, 6, 2)

    result = life.run()

    assert [] == result.faults_found
    assert 6 == result.samples[-1].enrollments
    assert result.messages > 40
    assert result.kills > 3
    assert result.faults > 5


def test_what_was_lost_or_said_twice_is_found(world: World) -> None:
    """A message that is gone, one that stands twice, a row that failed or is late, an event without a line."""
    world.start()
    act(world, world.ana, StepKey.CONNECT_ACCOUNT)
    assert [] == found(world)
    line, other = world.thread()[-2:]
    client = WebClient(world.slack.bot_token, base_url=world.slack.api_url)

    client.chat_postMessage(channel=world.channel.id, text="again", thread_ts=world.card().ts, metadata=other.metadata)
    assert ["said twice: thread:1:2"] == found(world)
    client.chat_delete(channel=world.channel.id, ts=line.ts)
    assert "lost: thread:1:1" in found(world)
    with world.app.database.write() as connection:
        o = t.outbox.c
        connection.execute(sa.update(t.outbox).where(o.key == "thread:1:2").values(state="failed", last_error="why"))
        connection.execute(sa.update(t.outbox).where(o.kind == "card").values(version=0))
        connection.execute(sa.delete(t.outbox).where(o.key == "thread:1:1"))
    world.clock.jump_to(world.clock.now().replace(year=2027))
    late = [fault for fault in found(world) if fault.endswith(" is owed")]
    assert late
    rest = {"thread:1:2 failed: why", "no line for event 1 of 1", "the card of 1 shows version 0"}
    assert {f"lost: {fault}" for fault in rest} <= set(found(world))


EVEN = [Sample(week, 100.0, 500_000, 1000.0 * week, 200, 1000 * week, 50) for week in range(1, 10)]
CLEAN = LifeResult(1, 10, 1, 1, [], [], [], EVEN)


@pytest.mark.parametrize(
    ("grown", "said"),
    [
        ({}, None),
        ({"memory": 113.0}, "memory has grown by 13.0 MB"),
        ({"blocks": 525_000}, "5.0% more blocks of memory"),
        ({"size": 11_000.0}, "more bytes a message and event"),
        ({"passing": 900}, "900 rows that are for a while only"),
    ],
)
def test_growth_is_found(grown: dict[str, float], said: str | None) -> None:
    """From the middle third of the weeks to the last; not what is as it was."""
    weeks = [*EVEN[:6], *(replace(week, **grown) for week in EVEN[6:])]

    faults = replace(CLEAN, samples=weeks).faults_found

    assert (said is None) == (faults == [])
    assert said is None or said in faults[0]
