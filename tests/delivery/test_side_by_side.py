"""A rolling restart: processes of this version and of the next one share a database while it changes."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.delivery import outbox
from bot.localslack import LocalSlack, Message, Person
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind
from bot.repository.schema_upgrade import generation, outlived
from bot.repository.tables import SCHEMA_REVISION
from tests.delivery.next_release import RELEASES, NextBot
from tests.delivery.outbox_rows import claim, due, owe
from tests.support.bot_process import PATIENCE, Bot, running_bot
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS

#: Seconds in which a process notices, and ends.
SOON = PATIENCE


def enroll(slack: LocalSlack, bot: Bot, name: str, account: str) -> None:
    """Let Ana start an enrollment through a process, and wait for its card."""
    slack.connect_http(f"{bot.url}/slack/events")
    ana = slack.person("ana")
    ana.command("/eco", "enroll", channel="eco-rollout")
    ana.wait_view("Start an enrollment")
    ana.fill({"account_id": account, "account_name": name, "spot_org_id": f"700{account[-3:]}"})
    delivery = ana.submit()
    assert delivery.response in (None, "", {}), delivery.response
    slack.wait_for(lambda: name in heads(slack) or None, PATIENCE, f"the card of {name}")


def mark_done(slack: LocalSlack, bot: Bot, ana: Person, name: str) -> None:
    """Press **Mark done** on the card of an enrollment, and wait until the card shows it."""
    slack.connect_http(f"{bot.url}/slack/events")
    title = SPECS[StepKey.CONNECT_ACCOUNT].title
    ana.click(heads(slack)[name], "Mark done", near=title)
    ana.wait_view("Mark done")
    ana.submit()
    done = "Connect the management account: waiting"
    slack.wait_for(lambda: done in heads(slack)[name].text or None, PATIENCE, f"the card of {name} to show it")


def heads(slack: LocalSlack) -> dict[str, Message]:
    """Name of the account -> its card."""
    cards = [message for message in slack.channel("eco-rollout").messages if message.text.startswith("Eco enrollment")]
    return {card.text.split("Eco enrollment of ")[1].split(" (")[0]: card for card in cards}


def said_once(slack: LocalSlack, database: Database) -> None:
    """Fail unless each message that was sent stands in Slack once, and nothing is owed."""
    channel, posted = slack.channel("eco-rollout"), Counter[str]()
    for card in channel.messages:
        for message in (card, *channel.thread(card.ts)):
            if message.metadata and not message.broadcast:
                posted[message.metadata["event_payload"]["key"]] += 1
    o = t.outbox.c
    with database.read() as connection:
        sent = set(connection.execute(sa.select(o.key).where(o.ts.is_not(None))).scalars())
    assert {} == {key: count for key, count in posted.items() if count > 1}
    assert sent == posted.keys()


def states(database: Database) -> list[tuple[str, int]]:
    """State and attempts of the message that only a newer version knows."""
    o = t.outbox.c
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(sa.select(o.state, o.attempts).where(o.kind == "novel"))]


def test_both_versions_go_on_where_a_migration_only_adds(
    slack: LocalSlack, empty_postgres_url: str, tmp_path: Path
) -> None:
    """The old one answers and delivers on the newer schema, leaves alone what it does not know, and ends in order."""
    ana, database = slack.person("ana"), Database(empty_postgres_url)
    with running_bot(slack, empty_postgres_url, tmp_path) as old:
        enroll(slack, old, "Before", "100000000001")
        NextBot(slack, empty_postgres_url, tmp_path, NEXT_RELEASE="adds").stop()
        with database.write() as connection:
            place = slack.channel("eco-rollout").id
            outbox.owe(connection, slack.team_id, "novel:1", MessageKind.THREAD, place, datetime.now(UTC))
            connection.execute(sa.update(t.outbox).where(t.outbox.c.key == "novel:1").values(kind="novel"))
        enroll(slack, old, "Meanwhile", "100000000002")
        mark_done(slack, old, ana, "Before")
        with urllib.request.urlopen(f"{old.url}/readyz", timeout=10) as answer:
            assert 200 == answer.status
        new = NextBot(slack, empty_postgres_url, tmp_path, NEXT_RELEASE="adds")
        try:
            mark_done(slack, new, ana, "Meanwhile")
            assert 0 == old.stop()
            enroll(slack, new, "After", "100000000003")
        finally:
            assert 0 == new.stop()

    assert "" == old.log.read_text()
    assert [("owed", 0)] == states(database)
    said_once(slack, database)
    database.close()


def test_the_old_version_ends_where_a_migration_takes_something_away(
    slack: LocalSlack, empty_postgres_url: str, tmp_path: Path
) -> None:
    """With a sentence that says why; nothing is lost or said twice, and it does not start again."""
    ana, database = slack.person("ana"), Database(empty_postgres_url)
    old = Bot(slack, empty_postgres_url, tmp_path)
    enroll(slack, old, "Before", "100000000001")
    new = NextBot(slack, empty_postgres_url, tmp_path, NEXT_RELEASE="takes")
    try:
        assert 1 == old.process.wait(SOON)
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(f"{old.url}/readyz", timeout=10)
        mark_done(slack, new, ana, "Before")
        enroll(slack, new, "After", "100000000002")
    finally:
        assert 0 == new.stop()

    why = f"schema 9.9999, this version knows {SCHEMA_REVISION}"
    assert "CRITICAL" in old.log.read_text()
    assert f"in a way that this version cannot work with ({why}). Install that version here, too. Stopping." in (
        old.log.read_text()
    )
    with pytest.raises(AssertionError, match=r"written by a newer version of the bot \(schema 9\.9999"):
        Bot(slack, empty_postgres_url, tmp_path)
    said_once(slack, database)
    database.close()


@pytest.mark.parametrize(
    ("schema", "goes_on"),
    [(SCHEMA_REVISION, True), ("9999", True), ("0001", True), ("9.9999", False), ("10.0001", False)],
)
def test_a_process_goes_on_with_any_schema_of_its_generation(database: Database, schema: str, goes_on: bool) -> None:
    """And with one that it knows."""
    with database.write() as connection:
        before = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": schema})
        why = outlived(connection)
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": before})

    assert goes_on == (why is None)
    assert {"", "9"} == {generation(revision) for revision, _ in RELEASES.values()}


def test_a_message_that_only_a_newer_version_knows_is_left_to_it(database: Database) -> None:
    """It is neither claimed nor marked, and the channel's other messages go on."""
    owe(database, "novel:1")
    with database.write() as connection:
        connection.execute(sa.update(t.outbox).values(kind="novel"))
    owe(database, "thread:1:1")

    (lease,) = claim(database)

    assert ["thread:1:1"] == due(database, lease)
    assert [("owed", 0)] == states(database)
