"""What the definitions of the tables share: metadata, types, and columns that several of them have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

#: SQLite only counts up by itself for a column that it calls INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def of_enrollment(primary_key: bool = True) -> Column[Any]:
    """The enrollment that a row belongs to; the row is deleted with it."""
    reference = ForeignKey("enrollments.id", ondelete="CASCADE")
    return Column("enrollment_id", Id, reference, primary_key=primary_key, nullable=False)


def list_table(name: str, *columns: Column[Any]) -> Table:
    """The table of a list of an enrollment, with the entries in order."""
    position = Column("position", Integer, primary_key=True, autoincrement=False)
    return Table(name, metadata, of_enrollment(), position, *columns)


def only_where(condition: str) -> dict[str, Any]:
    """The options of an index over the rows that meet a condition."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


#: Sorted by code point whatever the locale of the database is, so that the beginning of a text is a range.
Key = Text().with_variant(Text(collation="C"), "postgresql")
