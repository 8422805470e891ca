"""What /metrics tells of Slack, the outbox and the database while the bot works."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.support.bot_world import ACCOUNT, World, running
from tests.support.wait_until import eventually


def value(world: World, series: str) -> float:
    """A series of /metrics; 0 where it is not there."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", world.app.metrics(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_slacks_calls_are_counted_by_method_and_outcome(database_url: str) -> None:
    """Accepted calls, refusals by their code, a 429, and a call without an answer are series of their own."""
    with running(database_url) as world:
        world.slack.faults.add("chat.postMessage", "ratelimited", retry_after=1)
        world.start()
        world.deliver()
        world.slack.faults.add("views.open", "drop_before")
        lost = world.chi.command("/eco", "enroll", channel=world.channel.name)
        world.slack.wait_for(lambda: lost.ephemerals or None, what="the answer to the lost form")

        def calls(method: str, outcome: str) -> float:
            return value(world, f'eco_slack_calls_total{{method="{method}",outcome="{outcome}"}}')

        assert calls("chat.postMessage", "ratelimited") == 1
        assert calls("chat.postMessage", "ok") >= 1
        assert calls("views.open", "ok") >= 1
        assert calls("views.open", "no_answer") == 1


def test_the_oldest_due_message_has_an_age_and_refused_ones_are_counted(database_url: str) -> None:
    """A message that waits grows old; one that Slack refuses for good is put aside."""
    with running(database_url) as world:
        assert (value(world, "eco_outbox_oldest_due_seconds"), value(world, "eco_outbox_put_aside")) == (0, 0)
        world.ana.command("/eco", "enroll", channel=world.channel.name)
        fields = {"account_id": ACCOUNT, "account_name": "Production", "owner": "ana"}
        world.fill(world.ana, "Start an enrollment", **fields)
        world.clock.jump(timedelta(minutes=5))
        assert value(world, "eco_outbox_due") >= 1
        assert value(world, "eco_outbox_oldest_due_seconds") == 300

        world.slack.faults.add("chat.postMessage", "no_text", times=2)
        world.deliver()
        assert value(world, "eco_outbox_oldest_due_seconds") == 0
        assert value(world, "eco_outbox_put_aside") == 1


def test_errors_of_the_database_are_counted(database_url: str) -> None:
    """A statement that fails counts by the class of its error."""
    with running(database_url) as world:
        with pytest.raises(sa.exc.SQLAlchemyError), world.app.database.read() as connection:
            connection.execute(sa.text("SELECT * FROM no_such_table"))

        found = re.findall(r'^eco_database_errors_total\{kind="(\w+)"\} 1.0$', world.app.metrics(), re.MULTILINE)
        assert 1 == len(found)


def test_enrollments_are_counted_by_next_step_and_party(database_url: str) -> None:
    """Where they stand, for how long whose turn it has been, and what is late or blocked."""
    with running(database_url) as world:
        world.start(position="connect_account")
        world.clock.jump(timedelta(days=2))

        assert value(world, 'eco_enrollments{state="open",step="connect_account"}') == 1
        assert 1.9 < value(world, 'eco_enrollments_days{party="us"}') < 2.1
        assert 1.9 < value(world, "eco_enrollments_oldest_days") < 2.1
        assert (value(world, "eco_enrollments_late"), value(world, "eco_enrollments_blocked")) == (0, 0)


def test_answers_through_a_response_url_are_calls_of_slack(database_url: str) -> None:
    """Counted and timed like those of the Web API."""
    with running(database_url) as world:
        asked = world.chi.command("/eco", "help", channel=world.channel.name)
        world.slack.wait_for(lambda: asked.ephemerals or None, what="the answer")

        eventually(lambda: value(world, 'eco_slack_calls_total{method="response_url",outcome="ok"}') == 1)
        assert value(world, 'eco_slack_seconds_count{method="response_url"}') == 1
        assert value(world, 'eco_slack_seconds_count{method="auth.test"}') >= 1
