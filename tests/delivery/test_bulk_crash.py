"""A process that is killed in the middle of a bulk start: the next one goes on, and starts no row twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.demo_workspace import start_slack
from bot.localslack import LocalSlack, TimeMachine
from bot.repository import tables as t
from bot.repository.database import Database
from tests.delivery.test_crashes import let_leases_end
from tests.repository.keeping import rows
from tests.support import start_files
from tests.support.bot_process import ForkedBot
from tests.support.wait_until import eventually

COUNT = 60


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    """A local Slack with the real time."""
    with start_slack(TimeMachine()) as running:
        yield running


def test_every_row_is_started_once_whenever_the_process_dies(
    slack: LocalSlack, database_url: str, tmp_path: Path
) -> None:
    """kill -9 while rows are being started, twice; the message ends with all of them."""
    ana, database = slack.person("ana"), Database(database_url)
    bot = ForkedBot(slack, database_url, tmp_path)
    slack.connect_http(f"{bot.url}/slack/events")
    ana.command("/eco", "import", channel="eco-rollout")
    ana.wait_view("Start from a file")
    content = "\n".join([start_files.HEADER, *map(start_files.row, range(COUNT))])
    ana.fill({"file": [("payers.csv", content.encode())]})
    ana.submit()
    [preview] = slack.wait_for(lambda: ana.direct_messages or None, 20, "the preview")
    ana.click(preview, f"Start {COUNT} enrollments")

    for least in (1, COUNT // 2):
        eventually(lambda least=least: least <= len(rows(database, t.enrollments)), timeout=60)
        bot.kill()
        let_leases_end(database_url)
        bot = ForkedBot(slack, database_url, tmp_path)

    try:
        done = f"I started {COUNT} enrollments"
        slack.wait_for(lambda: done in ana.direct_messages[0].text or None, 60, "the end of the bulk start")
    finally:
        bot.stop()
    started = [row["account_id"] for row in rows(database, t.enrollments)]
    assert sorted(map(start_files.account, range(COUNT))) == sorted(started)
    outcomes = {(row["outcome"], row["enrollment_id"] is not None) for row in rows(database, t.bulk_start_rows)}
    assert {("started", True)} == outcomes
    database.close()
