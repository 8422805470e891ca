"""Moves all rows of one workspace key to another: used by migration 0007 and by `python -m bot adopt`.

It names the columns that it needs itself: they are the same in every schema from 0006 on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

#: Who cancels the second enrollment of an account, as in the audit.
_BOT = "bot"
_UNSENT_REMINDERS = ("owed", "merged", "failed")
_LATEST = ("next_at", "paused_until", "reminded_at")


def _table(name: str, *columns: str, moments: tuple[str, ...] = (), json: tuple[str, ...] = ()) -> sa.TableClause:
    typed = [sa.column(moment, sa.DateTime(timezone=True)) for moment in moments]
    return sa.table(name, *map(sa.column, columns), *typed, *(sa.column(each, sa.JSON()) for each in json))


_enrollments = _table(
    "enrollments", "id", "workspace", "account_id", "account_name", "channel_id", "status", "version",
    moments=("started_at", "ended_at"),
)  # fmt: skip
_events = _table(
    "events", "enrollment_id", "number", "by", "kind", "version", moments=("at",), json=("details", "before", "after")
)
_receipts = _table("receipts", "workspace", "key")
_leases = _table(
    "channel_leases", "workspace", "channel", "lease_token", "failures", "closed_reason",
    moments=("next_at", "paused_until", "lease_until", "closed_at", "reminded_at"),
)  # fmt: skip
_outbox = _table(
    "outbox", "id", "workspace", "key", "kind", "channel", "enrollment_id", "state", "posting", "attempts", "version",
    "last_error", "merged_into", moments=("owed_at", "due_at"), json=("payload",),
)  # fmt: skip
_KEYED = (_enrollments, _receipts, _leases, _outbox)


def workspace_keys(connection: Connection) -> list[str]:
    """Every workspace key that a row has, in any table."""
    each = [sa.select(table.c.workspace).distinct() for table in _KEYED]
    return sorted(connection.execute(sa.union(*each)).scalars())


def move_rows(connection: Connection, old: str, new: str) -> list[str]:
    """Move every row of the key `old` to `new`; return the names of the enrollments that had to be cancelled.

    Everything is kept, as far as the unique constraints allow:

    - Of two live enrollments of an account, the one that was changed last goes on. The other one is cancelled: it keeps
      its history, and its card and thread say why.
    - A channel of both keeps the later pace, pause and lease.
    - Of two messages with the same key, the one that was sent, or may have been, keeps it. The other one is dropped.
    """
    cancelled = [_cancel_second(connection, pair) for pair in _enrolled_twice(connection, old, new)]
    _merge_leases(connection, old, new)
    _merge_messages(connection, old, new)
    known = sa.select(_receipts.c.key).where(_receipts.c.workspace == new)
    connection.execute(sa.delete(_receipts).where(_receipts.c.workspace == old, _receipts.c.key.in_(known)))
    for table in _KEYED:
        connection.execute(sa.update(table).where(table.c.workspace == old).values(workspace=new))
    return cancelled


# Enrollments ---------------------------------------------------------------------------------------------------


def _enrolled_twice(connection: Connection, old: str, new: str) -> list[list[Row[Any]]]:
    """The pairs of live enrollments of the same account, one of each key; the one that was changed last comes last."""
    e, found = _enrollments.c, dict[str, list[Row[Any]]]()
    changed_at = sa.select(sa.func.max(_events.c.at)).where(_events.c.enrollment_id == e.id).scalar_subquery()
    live = (
        sa.select(e.id, e.account_id, e.account_name, e.channel_id, e.status, e.version)
        .add_columns(sa.func.coalesce(changed_at, e.started_at, type_=sa.DateTime(timezone=True)).label("changed_at"))
        .where(e.workspace.in_([old, new]), e.status != "cancelled")
    )
    for row in connection.execute(live).all():
        found.setdefault(row.account_id, []).append(row)
    return [sorted(rows, key=lambda row: (row.changed_at, row.id)) for rows in found.values() if len(rows) > 1]


def _cancel_second(connection: Connection, pair: list[Row[Any]]) -> str:
    """Cancel the first of two enrollments, at the time of the last change of either, with its audit and messages."""
    second, kept = pair
    now: datetime = kept.changed_at
    version = second.version + 1
    connection.execute(
        sa.update(_enrollments)
        .where(_enrollments.c.id == second.id)
        .values(status="cancelled", ended_at=now, version=version)
    )
    number = connection.execute(
        sa.select(sa.func.coalesce(sa.func.max(_events.c.number), 0) + 1).where(_events.c.enrollment_id == second.id)
    ).scalar_one()
    reason = f"This account was enrolled twice. The other enrollment, “{kept.account_name}”, goes on."
    event = {
        "enrollment_id": second.id, "number": number, "at": now, "by": _BOT, "kind": "cancelled", "version": version,
        "details": {"reason": reason}, "before": {"status": second.status}, "after": {"status": "cancelled"},
    }  # fmt: skip
    connection.execute(sa.insert(_events).values(event))
    o = _outbox.c
    reminders = (o.enrollment_id == second.id, o.kind == "reminder", o.state.in_(_UNSENT_REMINDERS))
    dropped = {"state": "dropped", "due_at": None, "last_error": "replaced or answered"}
    connection.execute(sa.update(_outbox).where(*reminders).values(dropped))
    again = {"state": "owed", "due_at": now, "owed_at": now, "last_error": None}
    card = sa.update(_outbox).where(o.enrollment_id == second.id, o.kind == "card").values(again)
    if connection.execute(card).rowcount:
        workspace = sa.select(_enrollments.c.workspace).where(_enrollments.c.id == second.id).scalar_subquery()
        line = again | {
            "workspace": workspace, "key": f"thread:{second.id}:{number}", "kind": "thread", "posting": False,
            "channel": second.channel_id, "enrollment_id": second.id, "attempts": 0, "version": 0, "payload": {},
        }  # fmt: skip
        connection.execute(sa.insert(_outbox).values(line))
    return str(second.account_name)


# Leases --------------------------------------------------------------------------------------------------------


def _merge_leases(connection: Connection, old: str, new: str) -> None:
    """Merge the leases of the channels that both keys have, into the row of `new`."""
    c = _leases.c
    theirs = {row.channel: row for row in connection.execute(sa.select(_leases).where(c.workspace == old)).all()}
    ours = sa.select(_leases).where(c.workspace == new, c.channel.in_(theirs))
    for mine in connection.execute(ours).all():
        other = theirs[mine.channel]
        values: dict[str, Any] = {name: _later(getattr(mine, name), getattr(other, name)) for name in _LATEST}
        if values["next_at"] != mine.next_at:  # it was posted to under the other key last: that knows better
            values |= {name: getattr(other, name) for name in ("failures", "closed_at", "closed_reason")}
        if _later(mine.lease_until, other.lease_until) != mine.lease_until:
            values |= {"lease_token": other.lease_token, "lease_until": other.lease_until}
        connection.execute(sa.update(_leases).where(c.workspace == new, c.channel == mine.channel).values(values))
        connection.execute(sa.delete(_leases).where(c.workspace == old, c.channel == mine.channel))


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)


# Messages ------------------------------------------------------------------------------------------------------


def _merge_messages(connection: Connection, old: str, new: str) -> None:
    """Rename one of two messages with the same key (digests of a channel), and drop it if it is not sent."""
    mine = _outbox.alias("mine")
    both = sa.select(_outbox, mine.c.id.label("other_id"), mine.c.state.label("other_state"))
    both = both.add_columns(mine.c.posting.label("other_posting"), mine.c.payload.label("other_payload"))
    both = both.where(_outbox.c.workspace == old, mine.c.workspace == new, mine.c.key == _outbox.c.key)
    for row in connection.execute(both).all():
        theirs = (row.id, row.state, row.posting, row.payload)
        ours = (row.other_id, row.other_state, row.other_posting, row.other_payload)
        number, state, _, payload = min(theirs, ours, key=lambda message: _weight(message[1], message[2]))
        values: dict[str, Any] = {"key": f"{row.key}:{number}"}
        if state == "owed":
            values |= {"state": "dropped", "due_at": None, "last_error": "another message has its key"}
            _give_back(connection, payload.get("rows", ()), row.owed_at)
        connection.execute(sa.update(_outbox).where(_outbox.c.id == number).values(values))


def _weight(state: str, posting: bool) -> int:
    if state == "sent":
        return 3
    return 0 if state != "owed" else 2 if posting else 1


def _give_back(connection: Connection, rows: list[int], due_at: datetime) -> None:
    """Send the reminders by themselves that a dropped message had taken along."""
    taken = sa.and_(_outbox.c.id.in_(rows), _outbox.c.state == "merged")
    connection.execute(sa.update(_outbox).where(taken).values(state="owed", due_at=due_at, merged_into=None))
