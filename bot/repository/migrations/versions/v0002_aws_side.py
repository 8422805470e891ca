"""Checks of AWS: the external ID and the last check of an enrollment, the results of checks, their claims."""

import secrets

import sqlalchemy as sa
from alembic import op

from bot.repository.migrations.columns import identifier, moment, of_enrollment, primary_key

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and the tables, and give every enrollment an external ID."""
    for column in (
        sa.Column("external_id", sa.String(length=64), nullable=True),
        moment("checked_at"),
        sa.Column("checked_by", sa.String(length=32), nullable=True),
        sa.Column("checked_result", sa.Text(), nullable=True),
        moment("landed_at"),
    ):
        op.add_column("enrollments", column)
    enrollments = sa.table("enrollments", sa.column("id"), sa.column("external_id"))
    connection = op.get_bind()
    for (number,) in connection.execute(sa.select(enrollments.c.id)).all():
        drawn = f"eco-{secrets.token_hex(16)}"
        connection.execute(sa.update(enrollments).where(enrollments.c.id == number).values(external_id=drawn))
    op.create_table(
        "aws_reports",
        identifier("id"),
        identifier("enrollment_id"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        moment("at", nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=True),
        sa.Column("found", sa.JSON(), nullable=False),
        of_enrollment("aws_reports"),
        primary_key("aws_reports", "id"),
    )
    op.create_index("ix_aws_reports_newest", "aws_reports", ["enrollment_id", "kind", "id"])
    op.create_table(
        "aws_looks",
        identifier("enrollment_id"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        moment("at", nullable=False),
        moment("until", nullable=False),
        of_enrollment("aws_looks"),
        primary_key("aws_looks", "enrollment_id", "kind"),
    )
