"""Enrollments and steps have the columns and the indexes of lists and look-ups."""

import sqlalchemy as sa
from alembic import op

from bot.domain.inputs import search_key
from bot.repository.column_types import UtcDateTime
from bot.repository.migrations.columns import only_where

revision = "0011"
down_revision = "0010"

#: How many names are read at once.
_BATCH = 1000
_INDEXES = {
    "ix_enrollments_channel": ("channel_id", "status"),
    "ix_enrollments_status": ("status", "channel_id"),
    "ix_enrollments_ended": ("status", "ended_at"),
    "ix_enrollments_finish": ("status", "finish_last"),
    "ix_enrollments_started": ("started_at",),
    "ix_enrollments_started_by": ("started_by", "started_at"),
    "ix_enrollments_owner": ("owner",),
    "ix_enrollments_account_id": ("account_id",),
    "ix_enrollments_name": ("name_key", "account_id"),
}
_enrollments = sa.table("enrollments", *map(sa.column, ("id", "account_name", "name_key")))
_steps = sa.table("steps", *map(sa.column, ("state", "latest", "late_from")))


def upgrade() -> None:
    """Add the columns, fill the names and the ends of waits, add the indexes.

    No step has a target date yet. The forecast needs the settings: the bot calculates it when it has started.
    """
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    for column in (
        sa.Column("name_key", key),
        sa.Column("finish_first", sa.Date()),
        sa.Column("finish_last", sa.Date()),
        sa.Column("forecast_on", sa.Date()),
    ):
        op.add_column("enrollments", column)
    op.add_column("steps", sa.Column("late_from", UtcDateTime()))
    _fill_names(op.get_bind())
    op.execute(sa.update(_steps).where(_steps.c.state == "waiting").values(late_from=_steps.c.latest))
    op.drop_index("ix_enrollments_channel", "enrollments")
    for name, columns in _INDEXES.items():
        op.create_index(name, "enrollments", ["workspace", *columns])
    op.create_index("ix_steps_under_way", "steps", ["enrollment_id"], **only_where("state IN ('open', 'waiting')"))
    op.create_index("ix_steps_assignee", "steps", ["assignee"], **only_where("assignee IS NOT NULL"))
    op.create_index("ix_collaborators_user", "collaborators", ["user_id", "enrollment_id"])
    op.create_index("ix_outbox_failed", "outbox", ["workspace"], **only_where("state = 'failed'"))


def _fill_names(connection: sa.Connection) -> None:
    e = _enrollments.c
    update = sa.update(_enrollments).where(e.id == sa.bindparam("of_id")).values(name_key=sa.bindparam("of_name"))
    query = sa.select(e.id, e.account_name).where(e.id > sa.bindparam("after")).order_by(e.id).limit(_BATCH)
    after = 0
    while rows := connection.execute(query, {"after": after}).all():
        connection.execute(update, [{"of_id": row.id, "of_name": search_key(row.account_name)} for row in rows])
        after = rows[-1].id
