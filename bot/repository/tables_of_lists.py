"""The tables around the lists of enrollments: entries that a person was shown in a preview and has not saved yet."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, Index, String, Table, Text

from bot.repository.column_types import UtcDateTime
from bot.repository.table_parts import Id, metadata, of_enrollment

#: Kept for some days; `against` is a digest of the list that a preview was made against. See list_previews.py.
list_previews = Table(
    "list_previews",
    metadata,
    Column("id", Id, primary_key=True),
    of_enrollment(primary_key=False),
    Column("list_name", String(16), nullable=False),
    Column("by", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("replace", Boolean, nullable=False),
    Column("entries", JSON, nullable=False),
    Column("faults", JSON, nullable=False),
    Column("removes", JSON, nullable=False),
    Column("typed", JSON, nullable=False),
    Column("acted_on", Date),
    Column("against", String(16), nullable=False),
    Column("saved_at", UtcDateTime),
    Index("ix_list_previews_enrollment_id", "enrollment_id"),
)
