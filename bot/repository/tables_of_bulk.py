"""The tables of bulk starts: files of enrollments that are started together, and the outcome of each row."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from bot.repository.column_types import UtcDateTime
from bot.repository.table_parts import Id, metadata, only_where

#: A file that somebody was shown, and may have started; `preview` is what it said of the rows that are not in it.
bulk_starts = Table(
    "bulk_starts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("by", String(32), nullable=False),
    Column("source", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("why", Text),
    Column("preview", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False, index=True),
    Column("told_at", UtcDateTime),
    Index("ix_bulk_starts_running", "workspace", "id", **only_where("state = 'running'")),
)

#: The good rows of such a file by their line; `form` is the start form as JSON.
bulk_start_rows = Table(
    "bulk_start_rows",
    metadata,
    Column("bulk_start_id", Id, ForeignKey("bulk_starts.id", ondelete="CASCADE"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("form", JSON, nullable=False),
    Column("warned", Boolean, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("enrollment_id", Id, index=True),
    Column("said", Text),
)
