"""The tables of the workspaces and organizations that have installed the app by OAuth, with their encrypted tokens."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from bot.repository.column_types import UtcDateTime
from bot.repository.table_parts import metadata

#: A row for each workspace, also after the app was removed there: its tokens are gone then, and `ended_why` says why.
#: `version` counts the changes of its token, so that every process notices them. `refreshing_until` is the claim of
#: the process that refreshes the token, and the time before which none tries again. An organization that has installed
#: the app for all of it has one row, under its own ID (`E…`), and a token for all of its workspaces.
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

#: The workspaces of such organizations to which their admins have added the app, also after they took it out again.
granted_workspaces = Table(
    "granted_workspaces",
    metadata,
    Column("team_id", String(32), primary_key=True),
    Column("organization", String(32), nullable=False),
    Column("team_name", Text, nullable=False),
    Column("granted_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)
