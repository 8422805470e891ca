"""End customers whose users are created: of a done step, those of all customers."""

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import create_list

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Create the table and fill it; previews keep marks, too."""
    create_list("customer_users", sa.Column("spot_org_id", sa.String(length=20), nullable=False))
    op.execute(
        "INSERT INTO customer_users (enrollment_id, position, spot_org_id)"
        " SELECT c.enrollment_id, MIN(c.position), c.spot_org_id FROM end_customers c"
        " JOIN steps s ON s.enrollment_id = c.enrollment_id"
        " WHERE s.key = 'associate_customers' AND s.state = 'done' GROUP BY c.enrollment_id, c.spot_org_id"
    )
    op.add_column("list_previews", sa.Column("users", sa.JSON(), nullable=True))
