"""The table of enrollments that admins have deleted: one line each."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import moment, primary_key

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "deletions",
        sa.Column(
            "enrollment_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("started_by", sa.String(length=32), nullable=False),
        moment("started_at", nullable=False),
        sa.Column("deleted_by", sa.String(length=32), nullable=False),
        moment("deleted_at", nullable=False),
        primary_key("deletions", "enrollment_id"),
    )
