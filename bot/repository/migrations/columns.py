"""Parts that several migrations share: types of columns, keys, and the tables that exist in more than one version.

Released migrations use them, so nothing that they make may change: a migration that needs another form has its own.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op


def identifier(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """A column with an ID; SQLite numbers rows by itself only where the type is INTEGER."""
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def moment(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    """A column with an instant."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def primary_key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    """The primary key of a table."""
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def of_enrollment(table: str) -> sa.ForeignKeyConstraint:
    """The reference of a table's rows to their enrollment, with which they are deleted."""
    name = op.f(f"fk_{table}_enrollment_id")
    return sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=name, ondelete="CASCADE")


def only_where(condition: str) -> dict[str, Any]:
    """The options of an index over the rows that meet a condition."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def create_list(table: str, *columns: sa.Column[Any]) -> None:
    """Create the table of a list of an enrollment, with the entries in order."""
    position = sa.Column("position", sa.Integer(), autoincrement=False, nullable=False)
    keys = of_enrollment(table), primary_key(table, "enrollment_id", "position")
    op.create_table(table, identifier("enrollment_id"), position, *columns, *keys)


def create_leases(table: str) -> sa.Table:
    """Create the table of channel leases, which was renamed."""
    return op.create_table(
        table,
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        moment("next_at"),
        moment("paused_until"),
        sa.Column("lease_token", sa.String(length=36), nullable=True),
        moment("lease_until"),
        sa.Column("failures", sa.Integer(), nullable=False),
        moment("closed_at"),
        sa.Column("closed_reason", sa.String(length=64), nullable=True),
        primary_key(table, "workspace", "channel"),
    )
