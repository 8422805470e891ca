"""SIGTERM while a message is being sent: the call is finished and its result stored, then the process ends."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.demo_workspace import start_slack
from bot.domain.access import Actor
from bot.domain.enrollment import Policy
from bot.domain.schedule import parse_hours
from bot.localslack import TimeMachine
from bot.repository.database import Database
from bot.repository.tables import outbox
from bot.use_cases import Caller, Enrollments, StartForm
from tests.delivery.failing_batches import away, let_fail
from tests.delivery.stepwise import enroll, posted, start, states
from tests.delivery.test_crashes import enroll as submit_start_form
from tests.support.bot_process import ForkedBot
from tests.support.bot_world import World, running
from tests.support.usual_procedure import WAITS


def test_a_running_delivery_is_finished_before_the_process_ends(database_url: str, tmp_path: Path) -> None:
    """The post that takes a second is in Slack and in the database, the exit code is 0, and nothing is left unknown."""
    with start_slack(TimeMachine()) as slack:
        bot = ForkedBot(slack, database_url, tmp_path)
        slack.connect_http(f"{bot.url}/slack/events")
        slack.faults.add("chat.postMessage", "slow", delay=1.0)
        submit_start_form(slack)
        slack.wait_for(lambda: not slack.faults.pending or None, what="the post to begin")

        assert 0 == bot.stop()

        database = Database(database_url)
        with database.read() as connection:
            rows = {row.key: row for row in connection.execute(outbox.select())}
        database.close()
        assert rows["card:1"].ts is not None
        assert not any(row.posting for row in rows.values())
        assert 1 == len(slack.channel("eco-rollout").messages)


def test_a_stop_while_time_zones_are_asked_for_ends_well(database_url: str, tmp_path: Path) -> None:
    """Slack takes almost a second for each of forty owners: SIGTERM ends that, and the exit code is 0."""
    with start_slack(TimeMachine()) as slack:
        database = Database(database_url)
        database.migrate()
        usecases = Enrollments(database, TimeMachine(), Policy(WAITS, parse_hours("always")))
        for number in range(40):
            form = StartForm(f"{100000000000 + number}", f"Account {number}", "C0ROLLOUT1", f"U0OWNER{number:03}")
            usecases.start(Caller(slack.team_id, Actor(form.owner)), form)
        database.close()
        slack.faults.add("users.info", "slow", times=1000, delay=0.8)
        bot = ForkedBot(slack, database_url, tmp_path)
        slack.wait_for(lambda: slack.calls_of("users.info") or None, what="the first question for a zone")

        assert 0 == bot.stop()
        assert len(slack.calls_of("users.info")) < 40


def begin_a_slow_post(world: World, delay: float = 0.5) -> None:
    """Start an enrollment, and wait until the slow post of its card is on its way."""
    world.slack.faults.add("chat.postMessage", "slow", delay=delay)
    start(world, 1)
    world.slack.wait_for(lambda: not world.slack.faults.pending or None, what="the post to begin")


def is_stored(world: World) -> bool:
    """Whether the card's row says that it was sent."""
    return states(world)["card:1"] not in ("posting", "failed")


def test_nothing_is_claimed_after_the_stop(database_url: str) -> None:
    """The message on its way is stored; those that became due meanwhile are left to the next process, unmarked."""
    with running(database_url, workers=1) as world:
        world.slack.faults.add("chat.postMessage", "slow", delay=1.0)
        numbers = enroll(world)
        world.slack.wait_for(lambda: states(world) or None, what="the first claim")

        assert world.app.dispatcher.stop(30)
        world.app.dispatcher.wake()

        assert ["sent"] == list(states(world).values())
        assert [0, 0, 1] == sorted(posted(world, f"card:{number}") for number in numbers)
        replace(world.app.dispatcher, workers=0).run_once()
        assert [1, 1, 1] == [posted(world, f"card:{number}") for number in numbers]
        assert [] == world.slack.calls_of("conversations.history")


def test_a_dispatcher_that_never_ran_stops_at_once(world: World) -> None:
    """A process that is stopped before its first wake-up waits for nothing, and a late wake-up starts no thread."""
    dispatcher = replace(world.app.dispatcher, workers=2)
    start(world, 1)

    assert dispatcher.stop(0.0)
    dispatcher.wake()

    assert dispatcher.stop(0.0)
    assert {} == states(world)
    assert [] == dispatcher.problems()


def test_a_stop_that_waits_too_short_says_so_and_the_result_is_stored_all_the_same(sqlite_url: str) -> None:
    """The post takes longer than the stop waits: if the process lives on for long enough, its result is stored."""
    with running(sqlite_url, workers=8) as world:
        begin_a_slow_post(world, delay=1.0)

        assert not world.app.dispatcher.stop(0.1)

        world.slack.wait_for(lambda: is_stored(world) or None, what="the result")
        assert world.app.dispatcher.stop(30)


def test_a_result_that_could_not_be_stored_at_first_is_stored_before_the_stop_ends(sqlite_url: str) -> None:
    """The database is away for a moment while the process is told to stop."""
    with running(sqlite_url, workers=8) as world:
        failing = let_fail(world, away(), only_results=True, times=2)
        begin_a_slow_post(world)

        assert world.app.dispatcher.stop(30)

        assert [1, 1] == failing.failed
        assert is_stored(world)


def test_a_stop_does_not_wait_for_a_database_that_stays_away(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """After some vain attempts the dispatcher ends and says that a result is missing; the next process looks it up."""
    with running(sqlite_url, workers=8) as world:
        failing = let_fail(world, away(), only_results=True)
        begin_a_slow_post(world)

        assert not world.app.dispatcher.stop(30)

        assert 2 < len(failing.failed) < 20
        assert "delivery failed" in caplog.text
        assert "posting" == states(world)["card:1"]
