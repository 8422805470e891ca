"""Procedures beside the first one: texts of operators' files, and what lists need of each step."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import moment, primary_key

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Create the tables; a starting process fills them."""
    op.create_table(
        "procedures",
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        moment("added_at", nullable=False),
        primary_key("procedures", "reference"),
    )
    op.create_table(
        "procedure_steps",
        sa.Column("procedure", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("optional", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=False),
        sa.Column("watched", sa.Integer(), nullable=False),
        primary_key("procedure_steps", "procedure", "key"),
    )
