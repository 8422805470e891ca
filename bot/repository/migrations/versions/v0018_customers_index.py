"""End customers are found by their Spot organization ID."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_end_customers_org", "end_customers", ["spot_org_id", "enrollment_id"])
