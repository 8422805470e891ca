"""The workspaces to which the admins of an organization have added the app, as Slack listed them last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.repository import tables as t
from bot.repository.upsert import dialect_insert

_g = t.granted_workspaces.c


@dataclass(frozen=True, slots=True)
class Grant:
    """A workspace that is, or was, granted to the app.

    Attributes:
        organization: the ID of the organization. ended_at: since when it is granted no more; None while it is.
    """

    team_id: str
    organization: str
    team_name: str
    granted_at: datetime
    ended_at: datetime | None = None


def all_of(connection: Connection) -> list[Grant]:
    """Every workspace that was ever granted, by its name."""
    query = sa.select(t.granted_workspaces).order_by(_g.team_name, _g.team_id)
    return [Grant(*row) for row in connection.execute(query)]


def find(connection: Connection, team: str) -> Grant | None:
    """A workspace; None if no organization has ever granted it."""
    row = connection.execute(sa.select(t.granted_workspaces).where(_g.team_id == team)).first()
    return Grant(*row) if row is not None else None


def set_granted(connection: Connection, organization: str, teams: Mapping[str, str], now: datetime) -> None:
    """Store that these workspaces of an organization are granted now, and no others.

    Args:
        teams: team ID -> name.
    """
    mine = sa.and_(_g.organization == organization, _g.ended_at.is_(None), _g.team_id.not_in(list(teams)))
    connection.execute(sa.update(t.granted_workspaces).where(mine).values(ended_at=now))
    for team, name in sorted(teams.items()):
        new = {"team_id": team, "organization": organization, "team_name": name, "granted_at": now, "ended_at": None}
        insert = dialect_insert(connection.dialect.name, t.granted_workspaces).values(new)
        goes_on = sa.and_(_g.ended_at.is_(None), _g.organization == organization)
        since = sa.case((goes_on, _g.granted_at), else_=insert.excluded.granted_at)
        same = {name: insert.excluded[name] for name in ("organization", "team_name", "ended_at")}
        again = insert.on_conflict_do_update(index_elements=["team_id"], set_={**same, "granted_at": since})
        connection.execute(again)
