"""Reminders said together: when a channel was last reminded, and which message speaks for a reminder."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import identifier, moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; what was a catch-up message is a round now."""
    op.add_column("channel_leases", moment("reminded_at"))
    op.add_column("outbox", identifier("merged_into", nullable=True))
    outbox = sa.table("outbox", sa.column("kind"))
    op.get_bind().execute(sa.update(outbox).where(outbox.c.kind == "catchup").values(kind="round"))
