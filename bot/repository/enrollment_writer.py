"""Stores enrollments in the database: a new one, a change of one, the reminders that its steps owe next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from bot.domain.enrollment import Change, Enrollment, Policy, Reminder, Status, Step
from bot.domain.errors import AlreadyEnrolled, Conflict
from bot.domain.inputs import format_account_id
from bot.domain.step_spec import StepKey
from bot.domain.steps import changed_steps
from bot.repository import enrollment_queries, list_tickets, portfolio_columns
from bot.repository import tables as t

#: The highest ID that an enrollment has or had; None without any. SQLite would give it again after a deletion, and
#: messages are found by it.
HIGHEST_ID = sa.select(
    sa.func.max(sa.union_all(sa.select(t.enrollments.c.id), sa.select(t.deletions.c.enrollment_id)).subquery().c.id)
)
_UPDATE_HEAD = sa.update(t.enrollments).where(
    t.enrollments.c.id == sa.bindparam("of_id"), t.enrollments.c.version == sa.bindparam("of_version")
)
_UPDATE_STEP = sa.update(t.steps).where(
    t.steps.c.enrollment_id == sa.bindparam("of_id"), t.steps.c.key == sa.bindparam("of_key")
)


def insert(connection: Connection, enrollment: Enrollment) -> int:
    """Store a new enrollment, without steps and lists, and give its ID; `save` stores the rest.

    Raises:
        AlreadyEnrolled: the account has an enrollment that was not cancelled.
    """
    _require_free(connection, enrollment)
    values = {column: getattr(enrollment, field) for column, field in enrollment_queries.ENROLLMENT_COLUMNS.items()}
    if connection.dialect.name == "sqlite":
        values["id"] = 1 + sa.func.coalesce(HIGHEST_ID.scalar_subquery(), 0)
    try:
        with connection.begin_nested():
            statement = sa.insert(t.enrollments).values(**values, version=0).returning(t.enrollments.c.id)
            return int(connection.execute(statement).scalar_one())
    except sa.exc.IntegrityError:  # another process stored it between our look and our insert
        _require_free(connection, enrollment)
        raise


def _require_free(connection: Connection, enrollment: Enrollment) -> None:
    """Raise `AlreadyEnrolled` if the account has an enrollment that was not cancelled."""
    c = t.enrollments.c
    query = sa.select(c.id, c.account_name, c.channel_id, c.status).where(
        c.workspace == enrollment.workspace,
        c.account_id == enrollment.account_id,
        c.status != Status.CANCELLED.value,
    )
    live = connection.execute(query).first()
    if live is not None:
        account = format_account_id(enrollment.account_id)
        raise AlreadyEnrolled(account, live.account_name, live.channel_id, live.status, live.id)


def save(connection: Connection, before: Enrollment, change: Change, policy: Policy | None = None) -> Enrollment:
    """Store a change of `before`; give the enrollment with its new version.

    Args:
        policy: for the forecast; without it, the forecast is calculated again later.

    Raises:
        Conflict: somebody else changed it since it was loaded.
        AlreadyEnrolled: it is resumed, and the account has another enrollment by now.
    """
    after = change.enrollment
    version = before.version + 1
    of_lists = portfolio_columns.of_enrollment(after, change.at, policy)
    _update_head(connection, before, after, of_lists | {"version": version})
    fresh = before.version == 0
    added = {step.key: step for step in after.steps if fresh or step.key in before.new_steps}
    if added:
        rows = [_step_row(after, step) | {"enrollment_id": before.id, "key": key} for key, step in added.items()]
        connection.execute(sa.insert(t.steps), rows)
    moved_zone = before.owner_zone != after.owner_zone  # when each step becomes late is stored with it
    pairs = zip(before.steps, after.steps, strict=True)
    for old, new in pairs if fresh or moved_zone else changed_steps(before.steps, after.steps):
        if new.key not in added:
            _update_step(connection, before.id, new.key, _step_row(before, old), _step_row(after, new))
        were = {} if fresh else old.values
        if were != new.values:
            _write_values(connection, before.id, new, is_new=not were)
    for name, (table, columns, _) in enrollment_queries.LISTS.items():
        stored = () if fresh else getattr(before, name)
        if stored != getattr(after, name):
            _write_list(connection, before.id, table, columns, stored, getattr(after, name))
    if fresh or before.list_tickets != after.list_tickets:
        list_tickets.write(connection, before.id, () if fresh else before.list_tickets, after.list_tickets)
    return replace(after, id=before.id, version=version, new_steps=frozenset())


def replace_steps(connection: Connection, aligned: Enrollment, gone: Sequence[StepKey]) -> None:
    """Give an enrollment the procedure that it is moved to, and take its rows of steps away; `save` writes them anew.

    Args:
        gone: the steps that the procedure lacks; their values go, too. The audit keeps what was said of them.
    """
    s, v, e = t.steps.c, t.step_values.c, t.enrollments.c
    moved = {"procedure": aligned.procedure_reference}
    connection.execute(sa.update(t.enrollments).where(e.id == aligned.id).values(moved))
    connection.execute(sa.delete(t.steps).where(s.enrollment_id == aligned.id))
    connection.execute(sa.delete(t.step_values).where(v.enrollment_id == aligned.id, v.step.in_(gone)))


def _update_head(connection: Connection, before: Enrollment, after: Enrollment, also: dict[str, Any]) -> None:
    values: dict[str, Any] = {"of_id": before.id, "of_version": before.version} | also
    for column, field in enrollment_queries.ENROLLMENT_COLUMNS.items():
        if getattr(before, field) != getattr(after, field):
            values[column] = getattr(after, field)
    if before.status is not Status.CANCELLED or after.status is Status.CANCELLED:
        found = connection.execute(_UPDATE_HEAD, values).rowcount
    else:
        _require_free(connection, after)
        try:
            with connection.begin_nested():
                found = connection.execute(_UPDATE_HEAD, values).rowcount
        except sa.exc.IntegrityError:  # a new one was stored between our look and our update
            _require_free(connection, after)
            raise
    if found != 1:
        raise Conflict


def _update_step(
    connection: Connection, enrollment_id: int, key: StepKey, old: dict[str, Any], new: dict[str, Any]
) -> None:
    changed = {name: value for name, value in new.items() if value != old[name]}
    # Else only its reminder was planned anew: see delivery/outbox_writer.py.
    if changed and not connection.execute(_UPDATE_STEP, changed | {"of_id": enrollment_id, "of_key": key}).rowcount:
        raise LookupError(f"enrollment {enrollment_id} has no row for its step {key}")


def _write_values(connection: Connection, enrollment_id: int, step: Step, *, is_new: bool) -> None:
    c, of_step = t.step_values.c, {"enrollment_id": enrollment_id, "step": step.key}
    if not is_new:
        connection.execute(sa.delete(t.step_values).where(c.enrollment_id == enrollment_id, c.step == step.key))
    rows = [of_step | {"key": key, "value": value} for key, value in step.values.items()]
    if rows:
        connection.execute(sa.insert(t.step_values), rows)


def _step_row(enrollment: Enrollment, step: Step) -> dict[str, Any]:
    row = {name: getattr(step, name) for name in enrollment_queries.STEP}
    return row | {"state": step.state.value} | portfolio_columns.of_step(enrollment, step)


def count_reminders(connection: Connection, planned: Sequence[tuple[Enrollment, StepKey, Reminder]]) -> None:
    """Count the reminders planned for steps; people do not see that, so the enrollments' versions stay."""
    rows = [
        {"reminders": reminder.number, "of_id": enrollment.id, "of_key": key} for enrollment, key, reminder in planned
    ]
    if rows and connection.execute(_UPDATE_STEP, rows).rowcount != len(rows):
        raise LookupError(f"a step without a row among those of enrollments {[row['of_id'] for row in rows]}")


def _write_list(
    connection: Connection,
    enrollment_id: int,
    table: Table,
    columns: Sequence[str],
    old: Sequence[Any],
    new: Sequence[Any],
) -> None:
    """Write the part of a list that differs; the entries before it, and those behind it that keep their place, stay."""
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    end = len(new)
    while len(old) == len(new) and end > start and old[end - 1] == new[end - 1]:
        end -= 1
    c = table.c
    of_it = sa.and_(c.enrollment_id == enrollment_id, c.position >= start)
    rows = [
        {"enrollment_id": enrollment_id, "position": position}
        | ({columns[0]: value} if isinstance(value, str) else {name: getattr(value, name) for name in columns})
        for position, value in enumerate(new[start:end], start)
    ]
    if start < len(old):
        connection.execute(sa.delete(table).where(of_it if end == len(new) else sa.and_(of_it, c.position < end)))
    if rows:
        connection.execute(sa.insert(table), rows)
