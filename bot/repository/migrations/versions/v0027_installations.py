"""Workspaces that have installed the app by OAuth; the workspace of a token of another program."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import moment, primary_key

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Create the table, and add the column; without a workspace, a token is of the only one."""
    op.create_table(
        "installations",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("team_name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.String(length=32)),
        sa.Column("app_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("bot_user_id", sa.String(length=32), nullable=False),
        sa.Column("bot_id", sa.String(length=32)),
        sa.Column("bot_token", sa.Text()),
        sa.Column("refresh_token", sa.Text()),
        moment("expires_at"),
        moment("refreshing_until"),
        sa.Column("refresh_fault", sa.String(length=64)),
        sa.Column("version", sa.Integer(), nullable=False),
        moment("installed_at", nullable=False),
        sa.Column("installed_by", sa.String(length=32), nullable=False),
        moment("ended_at"),
        sa.Column("ended_why", sa.String(length=64)),
        primary_key("installations", "team_id"),
    )
    op.add_column("api_tokens", sa.Column("workspace", sa.String(length=64)))
