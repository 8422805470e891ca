"""Workspaces of an organization that has installed the app for all of it."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import moment, primary_key

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "granted_workspaces",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("organization", sa.String(length=32), nullable=False),
        sa.Column("team_name", sa.Text(), nullable=False),
        moment("granted_at", nullable=False),
        moment("ended_at"),
        primary_key("granted_workspaces", "team_id"),
    )
