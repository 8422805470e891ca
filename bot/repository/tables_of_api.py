"""The table of the tokens with which other programs read enrollments and bring back ticket numbers."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from bot.repository.column_types import UtcDateTime
from bot.repository.table_parts import metadata

#: The hash of each token, what it allows, and when it was made, used last and revoked. `workspace` is None where the
#: bot serves the workspace of SLACK_BOT_TOKEN alone.
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("name", String(24), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("scopes", String(64), nullable=False),
    Column("workspace", String(64)),
    Column("made_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)
