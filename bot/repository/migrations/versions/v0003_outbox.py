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
    steps = sa.table("steps", *(sa.column(name) for name in ("enrollment_id", "key", *_REMINDER[:3])))
    outbox = sa.table("outbox", sa.column("id"), sa.column("key"), sa.column("kind"), sa.column("payload", sa.JSON()))
    key = (
        sa.literal("reminder:")
        .concat(sa.cast(steps.c.enrollment_id, sa.Text()))
        .concat(":")
        .concat(steps.c.key)
        .concat(":")
        .concat(sa.cast(steps.c.reminder_number, sa.Text()))
    )
    query = sa.select(outbox.c.id, outbox.c.payload, steps.c.reminder_kind, steps.c.reminder_repeat).where(
        outbox.c.kind == "reminder", outbox.c.key == key
    )
    connection = op.get_bind()
    for row in connection.execute(query).all():
        payload = row.payload | {"kind": row.reminder_kind, "repeat": row.reminder_repeat}
        connection.execute(sa.update(outbox).where(outbox.c.id == row.id).values(payload=payload))
