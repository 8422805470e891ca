"""The AWS side of an enrollment: its external ID, what looks at AWS have found, and who looks."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _id() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_enrollment(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_enrollment_id")
    return sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    """Add the columns and the tables, and give every enrollment an external ID."""
    for column in (
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("checked_at", _moment(), nullable=True),
        sa.Column("checked_by", sa.String(length=32), nullable=True),
        sa.Column("checked_result", sa.Text(), nullable=True),
        sa.Column("landed_at", _moment(), nullable=True),
    ):
        op.add_column("enrollments", column)
    enrollments = sa.table("enrollments", sa.column("id"), sa.column("external_id"))
    connection = op.get_bind()
    for (number,) in connection.execute(sa.select(enrollments.c.id)).all():
        drawn = f"eco-{secrets.token_hex(16)}"
        connection.execute(sa.update(enrollments).where(enrollments.c.id == number).values(external_id=drawn))
    op.create_table(
        "aws_reports",
        sa.Column("id", _id(), nullable=False),
        sa.Column("enrollment_id", _id(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=True),
        sa.Column("found", sa.JSON(), nullable=False),
        _of_enrollment("aws_reports"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aws_reports")),
    )
    op.create_index("ix_aws_reports_newest", "aws_reports", ["enrollment_id", "kind", "id"], unique=False)
    op.create_table(
        "aws_looks",
        sa.Column("enrollment_id", _id(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("until", _moment(), nullable=False),
        _of_enrollment("aws_looks"),
        sa.PrimaryKeyConstraint("enrollment_id", "kind", name=op.f("pk_aws_looks")),
    )
