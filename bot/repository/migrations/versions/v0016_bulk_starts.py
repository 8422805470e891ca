"""Bulk starts: files of enrollments that somebody starts at once, and their rows."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import identifier, moment, only_where, primary_key

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "bulk_starts",
        identifier("id"),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("preview", sa.JSON(), nullable=False),
        moment("made_at", nullable=False),
        moment("told_at"),
        primary_key("bulk_starts", "id"),
    )
    op.create_index("ix_bulk_starts_made_at", "bulk_starts", ["made_at"])
    op.create_index("ix_bulk_starts_running", "bulk_starts", ["workspace", "id"], **only_where("state = 'running'"))
    name = op.f("fk_bulk_start_rows_bulk_start_id")
    op.create_table(
        "bulk_start_rows",
        identifier("bulk_start_id"),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("warned", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        identifier("enrollment_id", nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["bulk_start_id"], ["bulk_starts.id"], name=name, ondelete="CASCADE"),
        primary_key("bulk_start_rows", "bulk_start_id", "line"),
    )
    op.create_index("ix_bulk_start_rows_enrollment_id", "bulk_start_rows", ["enrollment_id"])
