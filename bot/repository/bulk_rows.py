"""Stores bulk starts and their rows; claims the next row of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.bulk_progress import BulkStart, BulkState, Outcome, Preview
from bot.domain.start_form import StartForm, from_json
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind

_b, _r = t.bulk_starts.c, t.bulk_start_rows.c
#: How long a preview that nobody has started is kept, and how long a bulk start is.
_SHOWN_FOR, _KEPT_FOR = timedelta(days=2), timedelta(days=30)
#: How many refused rows are told.
_REFUSED_TOLD = 10
_o = t.outbox.c
_KEY = "bulk:"
_TOLD = sa.select(sa.cast(sa.func.substr(_o.key, len(_KEY) + 1), sa.BigInteger)).where(
    _o.kind == MessageKind.BULK.value
)
#: The highest ID that a bulk start has or had; None without any. SQLite would give it again after a deletion, and the
#: message is found by it.
HIGHEST_ID = sa.select(sa.func.max(sa.union_all(sa.select(_b.id), _TOLD).subquery().c.id))


def key_of_message(number: int) -> str:
    """The unique key of the message about a bulk start."""
    return f"{_KEY}{number}"


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One row to start; `warned`: the person has seen its warnings and started it all the same."""

    line: int
    form: StartForm
    warned: bool = False


def add(
    connection: Connection,
    workspace: str,
    by: str,
    source: str,
    rows: Sequence[BulkRow],
    preview: Preview,
    now: datetime,
) -> int:
    """Store a preview; return its ID."""
    head: dict[str, Any] = {
        "workspace": workspace,
        "by": by,
        "source": source,
        "state": BulkState.SHOWN.value,
        "made_at": now,
    }
    if connection.dialect.name == "sqlite":
        head["id"] = 1 + sa.func.coalesce(HIGHEST_ID.scalar_subquery(), 0)
    statement = sa.insert(t.bulk_starts).values(**head, preview=asdict(preview)).returning(_b.id)
    number = int(connection.execute(statement).scalar_one())
    ready = {"bulk_start_id": number, "outcome": Outcome.READY.value}
    values = [ready | {"line": row.line, "form": row.form.as_json(), "warned": row.warned} for row in rows]
    if values:
        connection.execute(sa.insert(t.bulk_start_rows), values)
    return number


def load(connection: Connection, workspace: str, number: int) -> BulkStart | None:
    """The bulk start with that ID; None if there is none."""
    head = connection.execute(sa.select(t.bulk_starts).where(_b.workspace == workspace, _b.id == number)).first()
    if head is None:
        return None
    counted = sa.select(_r.outcome, sa.func.count()).where(_r.bulk_start_id == number).group_by(_r.outcome)
    counts = {Outcome(outcome): int(count) for outcome, count in connection.execute(counted).all()}
    refused = (_r.bulk_start_id == number, _r.outcome == Outcome.REFUSED.value)
    told = sa.select(_r.line, _r.form, _r.said).where(*refused).order_by(_r.line).limit(_REFUSED_TOLD)
    return BulkStart(
        number,
        workspace,
        head.by,
        head.source,
        BulkState(head.state),
        _preview(head.preview),
        counts,
        head.why,
        tuple((row.line, row.form["account_name"], row.said or "") for row in connection.execute(told).all()),
    )


def _preview(stored: dict[str, Any]) -> Preview:
    faults = tuple((line, said) for line, said in stored["faults"])
    warnings = tuple((line, name, said) for line, name, said in stored["warnings"])
    return Preview(**{**stored, "faults": faults, "warnings": warnings})


def move(connection: Connection, number: int, before: BulkState, after: BulkState, why: str | None = None) -> bool:
    """Put a bulk start into another state; return False if it was not in the one `before`."""
    changed = sa.update(t.bulk_starts).where(_b.id == number, _b.state == before.value)
    return connection.execute(changed.values(state=after.value, why=why)).rowcount == 1


def leave_ready(connection: Connection, number: int) -> None:
    """Leave out the rows that have not begun; one that another process is starting now is waited for and stays."""
    ready = sa.and_(_r.bulk_start_id == number, _r.outcome == Outcome.READY.value)
    connection.execute(sa.update(t.bulk_start_rows).where(ready).values(outcome=Outcome.LEFT.value))


def running(connection: Connection, workspace: str) -> list[tuple[int, str]]:
    """The running bulk starts, the oldest first, each with whoever started it."""
    query = sa.select(_b.id, _b.by).where(_b.workspace == workspace, _b.state == BulkState.RUNNING.value)
    return [(row.id, row.by) for row in connection.execute(query.order_by(_b.id)).all()]


def next_row(connection: Connection, number: int) -> BulkRow | None:
    """The first row that has not begun; None if there is none."""
    ready = sa.select(_r.line, _r.form, _r.warned).where(_r.bulk_start_id == number, _r.outcome == Outcome.READY.value)
    row = connection.execute(ready.order_by(_r.line).limit(1)).first()
    return BulkRow(row.line, from_json(row.form), row.warned) if row is not None else None


def claim(connection: Connection, number: int, line: int) -> bool:
    """Lock a row until the transaction ends; return False if another process starts it, or it has begun."""
    mine = sa.and_(_r.bulk_start_id == number, _r.line == line, _r.outcome == Outcome.READY.value)
    query = sa.select(_r.line).where(mine).with_for_update(skip_locked=True)
    return connection.execute(query).first() is not None


def settle(
    connection: Connection, number: int, line: int, outcome: Outcome, enrollment_id: int | None, said: str | None
) -> None:
    """Store the outcome of a row."""
    mine = sa.and_(_r.bulk_start_id == number, _r.line == line)
    values = {"outcome": outcome.value, "enrollment_id": enrollment_id, "said": said}
    connection.execute(sa.update(t.bulk_start_rows).where(mine).values(values))


def may_tell(connection: Connection, number: int, now: datetime, gap: timedelta) -> bool:
    """Note that the progress is told now; return False if it was told less than `gap` ago."""
    long_ago = sa.or_(_b.told_at.is_(None), _b.told_at <= now - gap)
    changed = sa.update(t.bulk_starts).where(_b.id == number, long_ago).values(told_at=now)
    return connection.execute(changed).rowcount == 1


def delete_expired(connection: Connection, now: datetime) -> int:
    """Delete previews that nobody has started, and what is kept of bulk starts that ended long ago; return how many."""
    shown = sa.and_(_b.state == BulkState.SHOWN.value, _b.made_at < now - _SHOWN_FOR)
    ended = sa.and_(_b.state != BulkState.RUNNING.value, _b.made_at < now - _KEPT_FOR)
    return connection.execute(sa.delete(t.bulk_starts).where(sa.or_(shown, ended))).rowcount
