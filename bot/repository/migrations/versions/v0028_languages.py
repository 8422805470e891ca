"""The languages of channels and of workspaces."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import moment, primary_key

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "languages",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("chosen_by", sa.String(length=32), nullable=False),
        moment("chosen_at", nullable=False),
        primary_key("languages", "workspace", "channel"),
    )
