"""Steps keep the days that people name, and who put off their reminder last."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns; of what happened before, no day was named and no note was left."""
    for column in (
        sa.Column("acted_on", sa.Date(), nullable=True),
        sa.Column("finished_on", sa.Date(), nullable=True),
        sa.Column("snoozed_by", sa.String(length=32), nullable=True),
        moment("snoozed_at"),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("snooze_note", sa.Text(), nullable=True),
    ):
        op.add_column("steps", column)
