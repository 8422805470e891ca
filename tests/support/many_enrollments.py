"""Databases with thousands of enrollments, most of them over, made by bulk inserts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.inputs import search_key
from bot.repository import tables as t
from bot.repository.database import Connection, Database
from tests.support.usual_procedure import PROCEDURE

#: How many enrollments are inserted at once, and how many of them share a channel, an owner and a collaborator.
_BATCH, CHANNELS, OWNERS = 500, 200, 50
_KEYS = [spec.key for spec in PROCEDURE]
_WAITS = {spec.key for spec in PROCEDURE if spec.wait}


def account(number: int) -> str:
    """The account ID of the enrollment with that number, from 1 on."""
    return f"{100000000000 + number}"


def name(number: int) -> str:
    """Its account name."""
    return f"Ärzte {number:05d} Überlingen"


def fill(
    database: Database,
    workspace: str,
    now: datetime,
    *,
    count: int,
    active: int,
    audit: int = 0,
    entries: int = 0,
    first: int = 1,
) -> None:
    """Insert enrollments with steps, people, cards and an audit.

    Args:
        active: how many of them are under way; the others are completed, one in twenty is cancelled.
        audit: how many entries the audit of each has. entries: how many pairs and end customers each active one has.
        first: the ID of the first one.
    """
    end = first + count
    for numbers in (range(low, min(low + _BATCH, end)) for low in range(first, end, _BATCH)):
        with database.write() as connection:
            for table, rows in _rows(workspace, now, numbers, first + active, audit, entries).items():
                if rows:
                    connection.execute(sa.insert(table), rows)
    with database.write() as connection:
        _end(connection, workspace, database.is_sqlite)


def _end(connection: Connection, workspace: str, is_sqlite: bool) -> None:
    leases = [{"workspace": workspace, "channel": f"C0MANY{n:04d}", "failures": 0} for n in range(CHANNELS)]
    known = sa.select(sa.func.count()).select_from(t.channel_leases).where(t.channel_leases.c.channel == "C0MANY0000")
    if not connection.execute(known).scalar():
        connection.execute(sa.insert(t.channel_leases), leases)
    if not is_sqlite:
        connection.execute(
            sa.text("SELECT setval(pg_get_serial_sequence('enrollments', 'id'), (SELECT max(id) FROM enrollments))")
        )
    connection.execute(sa.text("ANALYZE"))


def _rows(
    workspace: str, now: datetime, numbers: range, ended: int, audit: int, entries: int
) -> dict[sa.Table, list[dict[str, Any]]]:
    found: dict[sa.Table, list[dict[str, Any]]] = {
        table: []
        for table in (
            *(t.enrollments, t.steps, t.collaborators, t.step_values, t.outbox, t.events),
            *(t.associations, t.end_customers),
        )
    }
    for number in numbers:
        is_active = number < ended
        started = now - timedelta(days=number % 60 if is_active else 30 + number % 1500, minutes=number % 997)
        status = "active" if is_active else "cancelled" if number % 20 == 0 else "completed"
        stands = number % len(_KEYS) if is_active else len(_KEYS)
        channel = f"C0MANY{number % CHANNELS:04d}"
        found[t.enrollments].append(
            {
                "id": number, "workspace": workspace, "account_id": account(number), "account_name": name(number),
                "channel_id": channel, "owner": f"U0OWNER{number % OWNERS:02d}", "owner_zone": "UTC", "status": status,
                "started_at": started, "started_by": "U0STARTER", "version": 9, "name_key": search_key(name(number)),
                "ended_at": None if is_active else started + timedelta(days=25), "forecast_on": now.date(),
                "finish_last": (now + timedelta(days=number % 60)).date() if is_active else None,
            }
        )  # fmt: skip
        found[t.collaborators].append(
            {"enrollment_id": number, "position": 0, "user_id": f"U0MATE{number % OWNERS:02d}"}
        )
        found[t.step_values].append(
            {"enrollment_id": number, "step": "sign_up", "key": "spot_org_id", "value": f"{60000000 + number}"}
        )
        found[t.steps].extend(_steps(number, stands, started))
        found[t.outbox].append(
            {
                "workspace": workspace, "key": f"card:{number}", "kind": "card", "channel": channel,
                "enrollment_id": number, "state": "sent", "owed_at": started, "posting": False, "attempts": 0,
                "version": 9, "posted_channel": channel, "ts": f"{number}.000100", "payload": {},
            }
        )  # fmt: skip
        found[t.events].extend(_events(number, started, audit))
        for place in range(entries if is_active else 0):
            entry = {"enrollment_id": number, "position": place, "subset": f"Subset {place}"}
            found[t.associations].append(entry | {"workflow": f"Workflow {place}"})
            org = 70_000_000 + 1000 * (number // 2) + place  # two enrollments have the same end customers
            customer = {"email": f"owner{place}@customer.example", "spot_org_id": str(org)}
            found[t.end_customers].append(entry | customer)
    return found


def _steps(number: int, stands: int, started: datetime) -> Iterator[dict[str, Any]]:
    for place, key in enumerate(_KEYS):
        waits = place == stands and key in _WAITS and number % 2 == 0
        state = "done" if place < stands else "locked" if place > stands else "waiting" if waits else "open"
        since = started + timedelta(days=place) if state != "locked" else None
        latest = started + timedelta(days=place + 5) if waits else None
        yield {
            "enrollment_id": number, "key": key, "state": state, "since": since, "reminders": 0, "latest": latest,
            "late_from": latest, "acted_at": since if waits or state == "done" else None,
            "window_start": since if waits else None, "finished_at": since if state == "done" else None,
        }  # fmt: skip


def _events(number: int, started: datetime, audit: int) -> Iterator[dict[str, Any]]:
    for entry in range(1, audit + 1):
        yield {
            "enrollment_id": number, "number": entry, "at": started + timedelta(hours=entry), "by": "U0STARTER",
            "kind": "edited", "version": entry, "details": {}, "before": {}, "after": {},
        }  # fmt: skip
