"""A planned reminder is stored once, in the outbox; the table of channel leases is named so."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import create_leases

revision = "0003"
down_revision = "0002"

_REMINDER = ("reminder_number", "reminder_kind", "reminder_repeat", "reminder_due_at")


def upgrade() -> None:
    """Move what a step knew of its reminder to the reminder's row, and rename the table of leases."""
    _complete_reminders()
    for column in _REMINDER:
        op.drop_column("steps", column)
    leases = create_leases("channel_leases")
    names = leases.columns.keys()
    lanes = sa.table("lanes", *map(sa.column, names))
    op.get_bind().execute(sa.insert(leases).from_select(names, sa.select(lanes)))
    op.drop_table("lanes")


def _complete_reminders() -> None:
    """Complete the rows of planned reminders, and drop the rows of reminders that were answered before they were sent.

    The first versions left a merged or failed row as it was when its reminder was answered; from now on such a row
    would be read as its step's planned reminder.
    """
    steps = sa.table("steps", *(sa.column(name) for name in ("enrollment_id", "key", *_REMINDER[:3])))
    columns = (*(sa.column(name) for name in ("id", "key", "kind", "state", "due_at")), sa.column("payload", sa.JSON()))
    outbox = sa.table("outbox", *columns)
    connection = op.get_bind()
    planned = {
        f"reminder:{step.enrollment_id}:{step.key}:{step.reminder_number}": step
        for step in connection.execute(sa.select(steps).where(steps.c.reminder_number.is_not(None))).all()
    }
    unsent = (outbox.c.kind == "reminder", outbox.c.state.in_(["owed", "merged", "failed"]))
    for row in connection.execute(sa.select(outbox.c.id, outbox.c.key, outbox.c.payload).where(*unsent)).all():
        step = planned.get(row.key)
        values: dict[str, object] = {"state": "dropped", "due_at": None}
        if step is not None:
            values = {"payload": row.payload | {"kind": step.reminder_kind, "repeat": step.reminder_repeat}}
        connection.execute(sa.update(outbox).where(outbox.c.id == row.id).values(values))
