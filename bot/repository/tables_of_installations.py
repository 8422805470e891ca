"""The table of the workspaces that have installed the app by OAuth, with their encrypted tokens."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from bot.repository.column_types import UtcDateTime
from bot.repository.table_parts import metadata

#: A row for each workspace, also after the app was removed there: its tokens are gone then, and `ended_why` says why.
#: `version` counts the changes of its token, so that every process notices them. `refreshing_until` is the claim of
#: the process that refreshes the token, and the time before which none tries again.
installations = Table(
    "installations",
    metadata,
    Column("team_id", String(32), primary_key=True),
    Column("team_name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("enterprise_id", String(32)),
    Column("app_id", String(32), nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("bot_user_id", String(32), nullable=False),
    Column("bot_id", String(32)),
    Column("bot_token", Text),
    Column("refresh_token", Text),
    Column("expires_at", UtcDateTime),
    Column("refreshing_until", UtcDateTime),
    Column("refresh_fault", String(64)),
    Column("version", Integer, nullable=False),
    Column("installed_at", UtcDateTime, nullable=False),
    Column("installed_by", String(32), nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_why", String(64)),
)
