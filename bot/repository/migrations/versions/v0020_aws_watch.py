"""Since when the watch after the connection finds an enrollment's AWS side broken, and what."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import moment

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the columns; nothing is broken until a watch says so."""
    op.add_column("enrollments", moment("aws_broken_at"))
    op.add_column("enrollments", sa.Column("aws_broken", sa.Text(), nullable=True))
