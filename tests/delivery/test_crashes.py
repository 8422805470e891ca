"""A process that is killed at any point of a delivery: the next one sends its messages, each exactly once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.demo.demo_workspace import start_slack
from bot.localslack import Call, LocalSlack, TimeMachine
from bot.repository.database import Database
from bot.repository.tables import channel_leases
from tests.support.bot_process import ForkedBot

FORM = {
    "AWS management account ID": "1234-5678-9012",
    "Account name": "Production",
    "Spot organization ID": "606079874885",
    "Owner": "ana",
}


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    """A local Slack with the real time."""
    with start_slack(TimeMachine()) as running:
        yield running


def enroll(slack: LocalSlack) -> None:
    """Submit the start form; it is accepted, so its change is committed."""
    ana = slack.person("ana")
    ana.command("/eco", "enroll", channel="eco-rollout")
    ana.wait_view("Start an enrollment")
    ana.fill(FORM)
    assert ana.submit().ok
    assert ana.view is None, "the form was accepted"


def posts(slack: LocalSlack) -> list[Call]:
    """Every attempt to post the card."""
    return [call for call in slack.calls_of("chat.postMessage") if "Eco enrollment of" in call.args.get("text", "")]


def let_leases_end(database_url: str) -> None:
    """End all leases now, as they end by themselves 45 s after a process died."""
    database = Database(database_url)
    with database.write() as connection:
        connection.execute(sa.update(channel_leases).values(lease_until=datetime.now(UTC) - timedelta(seconds=1)))
    database.close()


def settled(slack: LocalSlack) -> bool:
    """Whether card and first thread line are there."""
    channel = slack.channel("eco-rollout")
    cards = [m for m in channel.messages if m.text.startswith("Eco enrollment of")]
    return bool(cards) and bool(channel.thread(cards[0].ts))


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("drop_before", "Slack never saw the post"),
        ("drop_after", "Slack accepted the post and the answer was lost"),
        ("timeout", "the post hangs when the process dies"),
    ],
)
def test_a_process_killed_while_it_posts_the_card_leaves_exactly_one_card(
    slack: LocalSlack, database_url: str, tmp_path: Path, fault: str, why: str
) -> None:
    """kill -9 between the commit of the form and the end of the card's post, restart: the card is there once."""
    first = ForkedBot(slack, database_url, tmp_path)
    slack.connect_http(f"{first.url}/slack/events")
    slack.faults.add("chat.postMessage", fault)
    enroll(slack)
    slack.wait_for(lambda: posts(slack) or (fault == "timeout" and not slack.faults.pending), what="the post to begin")
    first.kill()
    slack.faults.clear()
    let_leases_end(database_url)

    second = ForkedBot(slack, database_url, tmp_path)
    try:
        slack.wait_for(lambda: settled(slack), timeout=20, what="the card after the restart")
    finally:
        second.stop()
    cards = [m for m in slack.channel("eco-rollout").messages if m.text.startswith("Eco enrollment of")]
    assert len(cards) == 1, why
    assert 1 == len(slack.channel("eco-rollout").thread(cards[0].ts))
