"""Load the rows that an earlier version wrote, show its messages in the local Slack, and read enrollments as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from slack_sdk import WebClient

from bot.domain.enrollment import Enrollment, Reminder, Step
from bot.repository.database import Database
from bot.repository.schema_upgrade import MIGRATIONS
from bot.use_cases import Lookups
from tests.support.bot_world import World

FOLDER = Path(__file__).parent
Rows = dict[str, list[dict[str, Any]]]


def rows_of(revision: str) -> Rows:
    """Table -> rows of the database that the version with this schema wrote; what is NULL is left out."""
    tables: Rows = json.loads((FOLDER / f"v{revision}.json").read_text("utf-8"))
    return tables


def load(database_url: str, revision: str) -> None:
    """Fill an empty database with those rows, in the schema of that version."""
    database = Database(database_url)
    with database.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        schema = sa.MetaData()
        schema.reflect(connection)
        for name, rows in rows_of(revision).items():
            table = schema.tables[name]
            connection.execute(sa.insert(table), [_values(table, row) for row in rows])
            if not database.is_sqlite and "id" in table.c and rows:
                sequence = {"table": name, "last": max(row["id"] for row in rows)}
                connection.execute(sa.text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)"), sequence)
    database.close()


def _values(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for the driver; a column that does not exist is an error, not left out."""
    assert row.keys() <= set(table.c.keys()), row
    return {
        column.name: datetime.fromisoformat(row[column.name])
        if isinstance(column.type, sa.DateTime) and column.name in row
        else row.get(column.name)
        for column in table.c
    }


def show_messages(world: World, revision: str, *arrived: str) -> None:
    """Post in the local Slack what that version had posted: every message stands where its row says.

    Some of them have the blocks that it gave them, with the buttons that people may press yet.

    Args:
        arrived: the keys of rows that Slack took without answering.
    """
    client = WebClient(world.slack.bot_token, base_url=world.slack.api_url)
    posted = [row | _unanswered(row) if row["key"] in arrived else row for row in rows_of(revision)["outbox"]]
    blocks = json.loads((FOLDER / f"v{revision}-blocks.json").read_text("utf-8"))
    cards: dict[tuple[int, str], str] = {}
    latest = ""
    for row in sorted((row for row in posted if "ts" in row), key=lambda row: str(row["ts"])):
        if row["kind"] == "direct":
            continue
        _wait_for_ts(world, row["ts"], latest)
        channel, kind = row["posted_channel"], row["kind"]
        card = cards.get((row.get("enrollment_id", 0), channel))
        answer = client.chat_postMessage(
            channel=channel,
            text=row["key"],
            blocks=blocks.get(row["key"]),
            metadata={"event_type": "eco_owed", "event_payload": {"key": row["key"]}},
            thread_ts=card if kind in ("thread", "reminder") else None,
            reply_broadcast=kind == "reminder",
        )
        latest = str(answer["ts"])
        assert latest == row["ts"] or row["key"] in arrived
        if kind in ("card", "retired"):
            cards[row["enrollment_id"], channel] = row["ts"]


def _unanswered(row: dict[str, Any]) -> dict[str, str]:
    at = int(datetime.fromisoformat(row["attempted_at"]).timestamp())
    return {"posted_channel": row["channel"], "ts": f"{at}.000100"}


def _wait_for_ts(world: World, ts: str, latest: str) -> None:
    """Bring the local Slack to where the next message gets this ts: within a second they are numbered."""
    seconds, _, number = ts.partition(".")
    world.clock.jump_to(datetime.fromtimestamp(int(seconds), UTC))
    before = f"{seconds}.{int(number) - 100:06}"
    while int(number) > 100 and latest < before:
        latest = world.dev.post("finops", "Good morning").ts


def read_all(use: Lookups, workspace: str) -> dict[str, dict[str, Any]]:
    """Account name -> everything that can be read of its enrollment, as data; what is None or empty is left out."""
    return {
        enrollment.account_name: _stated(enrollment)
        | {"history": [event.kind.value for event, _, _ in use.history(workspace, enrollment.id)]}
        for enrollment in use.all(workspace)
    }


def _stated(enrollment: Enrollment) -> dict[str, Any]:
    """The one place that knows the names of an enrollment's fields."""
    return _told(
        id=enrollment.id,
        version=enrollment.version,
        account_id=enrollment.account_id,
        spot_org_id=enrollment.value("spot_org_id"),
        channel_id=enrollment.channel_id,
        owner=enrollment.owner,
        zone=enrollment.owner_zone,
        collaborators=enrollment.collaborators,
        status=enrollment.status.value,
        role_arn=enrollment.value("role_arn"),
        bucket=enrollment.value("bucket"),
        external_id=enrollment.external_id,
        started=[enrollment.started_at, enrollment.started_by],
        ended_at=enrollment.ended_at,
        checked=_filled(enrollment.checked_at, enrollment.checked_by, enrollment.checked_result),
        landed_at=enrollment.first_file_at,
        subsets=enrollment.subsets,
        workflows=[[workflow.name, workflow.validated] for workflow in enrollment.workflows],
        pairs=[[pair.subset, pair.workflow] for pair in enrollment.pairs],
        customers=[[customer.subset, customer.email, customer.spot_org_id] for customer in enrollment.customers],
        steps={step.key: _step(step) for step in enrollment.steps},
    )


def _step(step: Step) -> dict[str, Any]:
    return _told(
        state=step.state.value,
        since=step.since,
        acted=_filled(step.acted_at, step.acted_by),
        window=_filled(step.window_start, step.earliest, step.latest),
        finished=_filled(step.finished_at, step.finished_by),
        reason=step.reason,
        ticket_number=step.values.get("ticket_number"),
        call_date=step.values.get("call_date"),
        reminder=_reminder(step.reminder),
        reminders=step.reminders,
    )


def _reminder(planned: Reminder | None) -> list[Any] | None:
    return [planned.number, planned.kind.value, planned.repeat, planned.due_at] if planned else None


def _filled(*values: Any) -> list[Any] | None:
    return list(values) if any(value is not None for value in values) else None


def _told(**values: Any) -> dict[str, Any]:
    """What is there, in the form that JSON gives back."""
    plain: dict[str, Any] = json.loads(json.dumps(values, default=datetime.isoformat))
    return {name: value for name, value in plain.items() if value not in (None, [], {})}
