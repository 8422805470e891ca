"""People of the parties of a procedure, and which party does a step."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import create_list

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Create the table; a starting process says of each step who does it."""
    create_list(
        "party_people",
        sa.Column("party", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
    )
    op.create_index("ix_party_people_user", "party_people", ["user_id", "enrollment_id"])
    op.add_column(
        "procedure_steps", sa.Column("party", sa.String(length=32), nullable=False, server_default=sa.text("'us'"))
    )
