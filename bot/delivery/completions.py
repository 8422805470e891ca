"""Completions of custom steps of workflows: rows of the outbox that tell Slack what came of a step's run.

The row of a run exists once, whatever Slack repeats. While it has no `due_at`, the workflow waits for a step of an
enrollment; the transaction of the change that ends the wait makes it due.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery import outbox
from bot.domain.awaited_steps import DELETED, is_over, may_end_waits, why_never
from bot.domain.enrollment import Enrollment
from bot.domain.errors import StepConflict
from bot.domain.step_spec import StepKey
from bot.repository import tables as t
from bot.repository.outbox_columns import COMPLETION_CHANNEL, MessageKind, RowState
from bot.repository.upsert import insert_or_ignore

#: Names in the payload: the step that is waited for, who runs the workflow, why it failed.
STEP, USER, ERROR = "step", "user", "error"
_KEY = "completion:"
_o = t.outbox.c
_OF = sa.and_(
    _o.enrollment_id == sa.bindparam("of_enrollment"),
    _o.kind == MessageKind.COMPLETION.value,
    _o.state == RowState.OWED.value,
)


def key_of_run(execution: str) -> str:
    """The unique key of the row of a step's run."""
    return f"{_KEY}{execution}"


def run_of(key: str) -> str:
    """The run (`function_execution_id`) to which a row's key belongs."""
    return key.removeprefix(_KEY)


def owe_started(connection: Connection, enrollment: Enrollment, execution: str, user: str, now: datetime) -> None:
    """Owe the completion of a run that has started an enrollment.

    Raises:
        StepConflict: the run was answered before, by a delivery of the same event that was refused.
    """
    if not _add(connection, enrollment.workspace, execution, {USER: user}, now, now, enrollment.id):
        raise StepConflict("This step of the workflow was answered already.")


def owe_failure(connection: Connection, workspace: str, execution: str, why: str, now: datetime) -> bool:
    """Owe the failure of a run, with a sentence for the person; False if the run was answered before."""
    return _add(connection, workspace, execution, {ERROR: why}, now, now, None)


def wait(
    connection: Connection, enrollment: Enrollment, step: StepKey, execution: str, user: str, now: datetime
) -> bool:
    """Let a run wait for a step, or owe its completion if that is over; False if the run was answered before.

    The enrollment must be locked.
    """
    due_at = now if is_over(enrollment, step) else None
    payload = _ended(enrollment, {STEP: step, USER: user}) if due_at else {STEP: step, USER: user}
    return _add(connection, enrollment.workspace, execution, payload, now, due_at, enrollment.id)


def end_waits(connection: Connection, before: Enrollment, after: Enrollment, now: datetime) -> None:
    """Owe the completions of the runs whose wait a change of the enrollment has ended."""
    if not may_end_waits(before, after):
        return
    waiting = sa.select(_o.id, _o.payload).where(_OF, _o.due_at.is_(None)).order_by(_o.id)
    for row in connection.execute(waiting, {"of_enrollment": after.id}).all():
        if is_over(after, row.payload[STEP]):
            again = {"payload": _ended(after, row.payload), "due_at": now, "owed_at": now}
            connection.execute(sa.update(t.outbox).where(_o.id == row.id).values(again))


def enrollment_is_gone(connection: Connection, enrollment: Enrollment, now: datetime) -> None:
    """Owe the failure of every run about an enrollment that is deleted and not on its way."""
    gone = {"payload": {ERROR: DELETED}, "enrollment_id": None, "due_at": now, "owed_at": now}
    unsent = sa.update(t.outbox).where(_OF, _o.posting.is_(False)).values(gone)
    connection.execute(unsent, {"of_enrollment": enrollment.id})


def _ended(enrollment: Enrollment, payload: Mapping[str, Any]) -> dict[str, Any]:
    why = why_never(enrollment, payload[STEP])
    return dict(payload) | ({ERROR: why} if why is not None else {})


def _add(
    connection: Connection,
    workspace: str,
    execution: str,
    payload: Mapping[str, Any],
    now: datetime,
    due_at: datetime | None,
    enrollment_id: int | None,
) -> bool:
    outbox.open_channel(connection, workspace, COMPLETION_CHANNEL)
    row = outbox.NEW | {
        "workspace": workspace,
        "key": key_of_run(execution),
        "kind": MessageKind.COMPLETION.value,
        "channel": COMPLETION_CHANNEL,
        "enrollment_id": enrollment_id,
        "owed_at": now,
        "due_at": due_at,
        "payload": dict(payload),
    }
    return insert_or_ignore(connection, t.outbox, [row]) == 1
