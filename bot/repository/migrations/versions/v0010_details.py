"""Steps have an assignee, a target date, a block with its reason, and a note."""

import sqlalchemy as sa
from alembic import op

from bot.repository.column_types import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns; no step has any of it yet."""
    for column in (
        sa.Column("assignee", sa.String(32)),
        sa.Column("target", sa.Date()),
        sa.Column("blocked_by", sa.String(16)),
        sa.Column("blocked_why", sa.Text()),
        sa.Column("blocked_at", UtcDateTime()),
        sa.Column("note", sa.Text()),
        sa.Column("noted_by", sa.String(32)),
        sa.Column("noted_at", UtcDateTime()),
    ):
        op.add_column("steps", column)
