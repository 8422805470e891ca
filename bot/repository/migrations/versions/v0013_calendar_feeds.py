"""Private calendar feeds."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import moment, primary_key

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the table; nobody has a feed yet."""
    op.create_table(
        "calendar_feeds",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        moment("made_at", nullable=False),
        primary_key("calendar_feeds", "workspace", "user_id"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
