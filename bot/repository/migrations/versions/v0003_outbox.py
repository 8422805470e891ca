"""A planned reminder is stored once, in the outbox; channel leases have the name that they go by."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_REMINDER = ("reminder_number", "reminder_kind", "reminder_repeat", "reminder_due_at")


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Move a step's planned reminder to the reminder's row, and rename the table of leases."""
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
    steps = sa.table("steps", *(sa.column(name) for name in ("enrollment_id", "key", *_REMINDER[:3])))
    outbox = sa.table(
        "outbox",
        *(sa.column(name) for name in ("id", "key", "kind", "state", "last_error")),
        sa.column("due_at", _moment()),
        sa.column("payload", sa.JSON()),
    )
    connection = op.get_bind()
    planned = {
        f"reminder:{step.enrollment_id}:{step.key}:{step.reminder_number}": step
        for step in connection.execute(sa.select(steps).where(steps.c.reminder_number.is_not(None)))
    }
    unanswered = outbox.c.state.in_(["owed", "merged", "failed"])
    query = sa.select(outbox.c.id, outbox.c.key, outbox.c.payload).where(outbox.c.kind == "reminder", unanswered)
    for row in connection.execute(query).all():
        step = planned.get(row.key)
        values: dict[str, object]
        if step is not None:
            values = {"payload": row.payload | {"kind": step.reminder_kind, "repeat": step.reminder_repeat}}
        else:  # until now, a reminder that had failed or was merged kept its state when somebody answered it
            values = {"state": "dropped", "due_at": None, "last_error": "replaced or answered"}
        connection.execute(sa.update(outbox).where(outbox.c.id == row.id).values(values))
