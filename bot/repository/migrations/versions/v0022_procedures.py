"""Each enrollment names the procedure that it goes through; until now there was one."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the column; all enrollments go through the procedure that there was."""
    key = sa.Column("procedure", sa.String(64), nullable=False, server_default="aws-management-account")
    op.add_column("enrollments", key)
