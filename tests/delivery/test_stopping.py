"""SIGTERM while something is being sent: it is finished and written down, then the process ends."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery.batch import Begun, Ended, Rounds
from bot.demo.demo_workspace import start_slack
from bot.localslack import TimeMachine
from bot.repository.database import Database
from bot.repository.tables import outbox
from tests.delivery.test_batch import enroll as enroll_each
from tests.delivery.test_batch import posted, states
from tests.delivery.test_crashes import enroll
from tests.delivery.test_order_pace_time import start
from tests.support.process import Bot
from tests.support.world import World, running


def test_a_running_delivery_is_finished_before_the_process_ends(database_url: str, tmp_path: Path) -> None:
    """The post that Slack takes a second for is in Slack and in the database, exit code 0, nothing unknown is left."""
    with start_slack(TimeMachine()) as slack:
        bot = Bot(slack, database_url, tmp_path)
        slack.connect_http(f"{bot.url}/slack/events")
        slack.faults.add("chat.postMessage", "slow", delay=1.0)
        enroll(slack)
        slack.wait_for(lambda: not slack.faults.pending or None, what="the post to begin")

        assert 0 == bot.stop()

        database = Database(database_url)
        with database.read() as connection:
            rows = {row.key: row for row in connection.execute(outbox.select())}
        database.close()
        assert rows["card:1"].ts is not None
        assert not any(row.posting for row in rows.values())
        assert 1 == len(slack.channel("eco-rollout").messages)


def test_what_was_at_hand_is_given_back_at_the_stop(database_url: str) -> None:
    """Taken up, but no thread had come to it: nobody posts it now, and the next process need not look for it."""
    with running(database_url, workers=1) as world:
        world.slack.faults.add("chat.postMessage", "slow", delay=1.0)
        numbers = enroll_each(world)
        world.slack.wait_for(lambda: list(states(world).values()).count("posting") == 3 or None, what="all three")

        assert world.app.delivery.stop(30)

        assert ["sent"] == list(states(world).values())
        assert [0, 0, 1] == sorted(posted(world, f"card:{number}") for number in numbers)
        replace(world.app.delivery, workers=0).run_once()
        assert [1, 1, 1] == [posted(world, f"card:{number}") for number in numbers]
        assert [] == world.slack.calls_of("conversations.history")


def test_what_ends_after_the_stop_gave_up_is_written_down_by_whoever_sent_it(sqlite_url: str) -> None:
    """The interpreter is about to end and takes no new work: the thread that has sent the message does the rest."""
    with running(sqlite_url, workers=8) as world:
        world.slack.faults.add("chat.postMessage", "slow", delay=1.0)
        start(world, 1)
        world.slack.wait_for(lambda: not world.slack.faults.pending or None, what="the post to begin")

        assert not world.app.delivery.stop(0.1)
        world.app.delivery._rounding.shutdown()

        world.slack.wait_for(lambda: _is_written_down(world) or None, what="the end of it")


def test_a_round_that_fails_while_a_post_ends_leaves_nothing_behind(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away for a moment, and then the process is told to stop."""
    with running(sqlite_url, workers=8) as world:
        delivery, take = world.app.delivery, Rounds.take
        inside, ended = Event(), Event()

        def fail_once(self: Rounds, workspace: str, done: Sequence[Ended], room: int) -> Begun:
            if done or inside.is_set():
                return take(self, workspace, done, room)
            inside.set()
            assert ended.wait(30)
            raise sa.exc.OperationalError("SELECT 1", {}, Exception("server closed the connection"))

        world.slack.faults.add("chat.postMessage", "slow", delay=0.5)
        start(world, 1)
        world.slack.wait_for(lambda: not world.slack.faults.pending or None, what="the post to begin")
        monkeypatch.setattr(Rounds, "take", fail_once)
        delivery.wake()
        assert inside.wait(30)
        world.slack.wait_for(lambda: delivery._ended or None, what="the post to end")
        ended.set()

        assert delivery.stop(30)
        assert _is_written_down(world)


def test_what_cannot_be_written_down_is_said_at_the_stop(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database does not come back: the next process looks whether it arrived."""
    with running(sqlite_url, workers=8) as world:

        def fail(self: Rounds, workspace: str, done: Sequence[Ended], room: int) -> Begun:
            raise sa.exc.OperationalError("SELECT 1", {}, Exception("server closed the connection"))

        world.slack.faults.add("chat.postMessage", "slow", delay=0.5)
        start(world, 1)
        world.slack.wait_for(lambda: not world.slack.faults.pending or None, what="the post to begin")
        monkeypatch.setattr(Rounds, "take", fail)

        assert not world.app.delivery.stop(30)


def test_a_stop_does_not_wait_for_a_database_that_stays_away(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rounds come to their end, so that the process can: what was kept is left to the next one."""
    with running(sqlite_url, workers=8) as world:
        tried = []

        def fail(_self: Rounds, _connection: Any, ended: Sequence[Ended], _now: Any) -> Any:
            if not ended:
                return [], []
            tried.append(ended)
            raise sa.exc.OperationalError("SELECT 1", {}, Exception("server closed the connection"))

        world.slack.faults.add("chat.postMessage", "slow", delay=0.5)
        start(world, 1)
        world.slack.wait_for(lambda: not world.slack.faults.pending or None, what="the post to begin")
        monkeypatch.setattr(Rounds, "_write_down", fail)

        assert not world.app.delivery.stop(30)
        assert not world.app.delivery._going
        assert 2 < len(tried) < 20


def _is_written_down(world: World) -> bool:
    with world.app.database.read() as connection:
        rows = {row.key: row for row in connection.execute(outbox.select()).all()}
    return rows["card:1"].ts is not None and not rows["card:1"].posting
