"""The AWS accounts of the subsets, where somebody keeps them."""

import sqlalchemy as sa

from bot.repository.migrations.columns import create_list

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Create the table."""
    create_list(
        "subset_accounts",
        sa.Column("subset", sa.Text(), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
    )
