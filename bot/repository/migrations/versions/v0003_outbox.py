"""A planned reminder is stored once, in the outbox; channel leases have the name that they go by."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_REMINDER = ("reminder_number", "reminder_kind", "reminder_repeat", "reminder_due_at")


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Move what a step knew of its reminder to the reminder's row, and rename the table of leases."""
    _complete_reminders()
    for column in _REMINDER:
        op.drop_column("steps", column)
    columns = (
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("next_at", _moment(), nullable=True),
        sa.Column("paused_until", _moment(), nullable=True),
        sa.Column("lease_token", sa.String(length=36), nullable=True),
        sa.Column("lease_until", _moment(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("closed_at", _moment(), nullable=True),
        sa.Column("closed_reason", sa.String(length=64), nullable=True),
    )
    leases = op.create_table(
        "channel_leases", *columns, sa.PrimaryKeyConstraint("workspace", "channel", name=op.f("pk_channel_leases"))
    )
    names = [column.name for column in columns]
    lanes = sa.table("lanes", *(sa.column(name) for name in names))
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
