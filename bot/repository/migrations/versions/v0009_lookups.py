"""Messages keep how far the look-up of an unknown outcome has come."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column; a look-up that was under way begins anew."""
    op.add_column("outbox", sa.Column("lookup", sa.Text(), nullable=True))
