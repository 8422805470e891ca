"""SIGTERM while something is being sent: it is finished and written down, then the process ends."""

from pathlib import Path

from bot.sandbox import Sandbox, TimeMachine
from bot.storage.database import Database
from bot.storage.models import outbox
from tests.delivery.test_crashes import enroll
from tests.support.process import Bot


def test_a_running_delivery_is_finished_before_the_process_ends(database_url: str, tmp_path: Path) -> None:
    """The post that Slack takes a second for is in Slack and in the database, exit code 0, nothing unknown is left."""
    with Sandbox.start(TimeMachine()) as slack:
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
