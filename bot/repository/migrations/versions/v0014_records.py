"""The last change of each enrollment, for **Undo**, and the texts of tickets as they were sent, for **Export**."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import identifier, moment, of_enrollment, primary_key

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create both tables; what happened before is in neither."""
    op.create_table(
        "last_changes",
        identifier("enrollment_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        moment("at", nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        of_enrollment("last_changes"),
        primary_key("last_changes", "enrollment_id"),
    )
    op.create_index("ix_last_changes_at", "last_changes", ["at"])
    op.create_table(
        "sent_tickets",
        identifier("enrollment_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        of_enrollment("sent_tickets"),
        primary_key("sent_tickets", "enrollment_id", "number"),
    )
