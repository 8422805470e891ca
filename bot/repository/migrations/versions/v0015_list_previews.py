"""Previews of lists: entries of a file or of pasted lines that a person has looked at and not saved yet."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import identifier, moment, of_enrollment, primary_key

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "list_previews",
        identifier("id"),
        identifier("enrollment_id"),
        sa.Column("list_name", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        moment("at", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("replace", sa.Boolean(), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("removes", sa.JSON(), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("acted_on", sa.Date(), nullable=True),
        sa.Column("against", sa.String(length=16), nullable=False),
        moment("saved_at"),
        of_enrollment("list_previews"),
        primary_key("list_previews", "id"),
    )
    op.create_index("ix_list_previews_at", "list_previews", ["at"])
    op.create_index("ix_list_previews_enrollment_id", "list_previews", ["enrollment_id"])
