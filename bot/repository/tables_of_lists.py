"""The tables around the lists of enrollments: previews that nobody has saved yet, and tickets that carried lists."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, Index, Integer, String, Table, Text

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
    Column("users", JSON),
    Column("removes", JSON, nullable=False),
    Column("typed", JSON, nullable=False),
    Column("acted_on", Date),
    Column("against", String(16), nullable=False),
    Column("saved_at", UtcDateTime),
    Index("ix_list_previews_enrollment_id", "enrollment_id"),
)

#: The tickets that carried pairs or customers, with the lines that each asked support to add and to take away.
list_tickets = Table(
    "list_tickets",
    metadata,
    of_enrollment(),
    Column("list_name", String(16), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("sent_on", Date),
    Column("sent_by", String(32)),
    Column("ticket", Text),
    Column("follow_up", Boolean, nullable=False),
    Column("added", JSON, nullable=False),
    Column("removed", JSON, nullable=False),
    Column("confirmed_at", UtcDateTime),
)
