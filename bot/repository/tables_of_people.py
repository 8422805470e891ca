"""The tables of what people choose: absences, reminders, muted enrollments, calendar feeds, languages."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    Index,
    String,
    Table,
)

from bot.repository.column_types import UtcDateTime
from bot.repository.table_parts import Id, metadata, of_enrollment, only_where

#: Who was and is away, and who stood in; only ever added to and ended. An open one is over at `ends_at` by itself.
absences = Table(
    "absences",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("user_id", String(32), nullable=False),
    Column("stand_in", String(32), nullable=False),
    Column("until", Date, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_absences_open", "workspace", "ends_at", **only_where("ended_at IS NULL")),
)

#: How people want to be reminded; without a row, by a mention in the channel.
reminder_preferences = Table(
    "reminder_preferences",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("user_id", String(32), primary_key=True),
    Column("reminding", String(16), nullable=False),
)

#: Enrollments whose reminders do not mention a person, because they have said so.
mutes = Table("mutes", metadata, of_enrollment(), Column("user_id", String(32), primary_key=True, index=True))

#: Private calendar feeds: the hash of the token in a person's address, and since when it is theirs.
calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("user_id", String(32), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
)

#: The languages of channels that have one of their own; in the row without a channel, that of the whole workspace.
languages = Table(
    "languages",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("language", String(8), nullable=False),
    Column("chosen_by", String(32), nullable=False),
    Column("chosen_at", UtcDateTime, nullable=False),
)
