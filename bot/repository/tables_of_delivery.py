"""The tables of delivery: the outbox, and the channels that messages go to."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.repository.column_types import UtcDateTime
from bot.repository.table_parts import Id, metadata, only_where

#: A channel (or person) that messages go to: who is posting there now, and when the next post is allowed.
#: See delivery/channel_leases.py for what the columns mean.
channel_leases = Table(
    "channel_leases",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("next_at", UtcDateTime),
    Column("paused_until", UtcDateTime),
    Column("lease_token", String(36)),
    Column("lease_until", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("closed_reason", String(64)),
    Column("reminded_at", UtcDateTime),
)

#: Every message, sent or not. See delivery/outbox.py for what the columns mean.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("key", String(255), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("enrollment_id", Id),
    Column("state", String(16), nullable=False),
    Column("owed_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("posting", Boolean, nullable=False),
    Column("attempted_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("posted_channel", String(32)),
    Column("ts", String(32)),
    Column("sent_at", UtcDateTime),
    Column("payload", JSON, nullable=False),
    Column("last_error", Text),
    Column("merged_into", Id),
    Column("lookup", Text),
    UniqueConstraint("workspace", "key"),
    # Claims look at what is due only: neither what was sent nor the future is touched.
    Index("ix_outbox_due", "workspace", "due_at", **only_where("state = 'owed'")),
    Index("ix_outbox_lane", "workspace", "channel", "due_at", "id", **only_where("state = 'owed'")),
    Index("ix_outbox_failed", "workspace", **only_where("state = 'failed'")),
    Index("ix_outbox_enrollment", "enrollment_id", "kind"),
    Index("ix_outbox_message", "workspace", "posted_channel", "ts"),
)
