"""The audit of exports of the list of enrollments, which belong to no single enrollment."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import identifier, moment, primary_key

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create the table, and fill it with the exports whose messages are still stored."""
    op.create_table(
        "list_exports",
        identifier("id"),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        moment("at", nullable=False),
        primary_key("list_exports", "id"),
    )
    names = ("workspace", "channel", "owed_at", "kind", "enrollment_id", "id")
    o = sa.table("outbox", *map(sa.column, names)).c
    told = sa.select(o.workspace, o.channel, o.owed_at).where(o.kind == "export", o.enrollment_id.is_(None))
    exports = sa.table("list_exports", *map(sa.column, ("workspace", "by", "at")))
    op.execute(sa.insert(exports).from_select(["workspace", "by", "at"], told.order_by(o.id)))
