"""Installations of the app: stored with encrypted tokens, refreshed by one process at a time, ended and begun again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.repository import tables as t
from bot.repository.upsert import dialect_insert

#: A process that refreshes a token has this long, and none tries again before: after a failure, and after a refusal.
CLAIM, AFTER_REFUSAL = timedelta(minutes=1), timedelta(hours=1)

_i = t.installations.c


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of an installation as they are stored: encrypted.

    Attributes:
        refresh, expires_at: None where the app's tokens do not expire.
    """

    bot: str
    refresh: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Installation:
    """A workspace, or a whole Enterprise organization (`E…`), that has installed the app.

    Attributes:
        tokens: None once the installation has ended.
        version: counts the changes of the tokens.
        refresh_fault: why the token could not be refreshed, by Slack's code; None if it could.
        ended_why: by which event or code of Slack it ended; None while it lasts.
        organization: the organization whose installation a workspace works by; None where it has its own.
    """

    team_id: str
    team_name: str
    url: str
    enterprise_id: str | None
    app_id: str
    client_id: str
    bot_user_id: str
    bot_id: str | None
    installed_by: str
    installed_at: datetime
    tokens: Tokens | None
    version: int = 0
    refresh_fault: str | None = None
    ended_at: datetime | None = None
    ended_why: str | None = None
    organization: str | None = None

    @property
    def is_organization(self) -> bool:
        """Whether it is for a whole organization."""
        return self.team_id.startswith("E")


def all_of(connection: Connection) -> list[Installation]:
    """Every installation, also those that have ended, by the names of their workspaces."""
    query = sa.select(t.installations).order_by(_i.team_name, _i.team_id)
    return [_installation(row) for row in connection.execute(query)]


def find(connection: Connection, team: str) -> Installation | None:
    """The installation of a workspace; None if it never had one."""
    row = connection.execute(sa.select(t.installations).where(_i.team_id == team)).first()
    return _installation(row) if row is not None else None


def save(connection: Connection, new: Installation) -> None:
    """Store an installation, in the place of an earlier one of its workspace."""
    assert new.tokens is not None, "an installation begins with a token"
    fields = (
        *("team_id", "team_name", "url", "enterprise_id", "app_id", "client_id", "bot_user_id", "bot_id"),
        *("installed_by", "installed_at"),
    )
    values = {name: getattr(new, name) for name in fields}
    values |= _values(new.tokens) | {"version": 1, "ended_at": None, "ended_why": None}
    insert = dialect_insert(connection.dialect.name, t.installations).values(values)
    again = {name: insert.excluded[name] for name in values if name != "team_id"} | {"version": _i.version + 1}
    connection.execute(insert.on_conflict_do_update(index_elements=["team_id"], set_=again))


def end(connection: Connection, team: str, version: int, why: str, now: datetime) -> bool:
    """End an installation and forget its tokens; False if it has ended, or its token was changed meanwhile."""
    live = sa.and_(_i.team_id == team, _i.version == version, _i.ended_at.is_(None))
    nothing = {"bot_token": None, "refresh_token": None, "expires_at": None, "refresh_fault": None}
    ended = sa.update(t.installations).where(live).values(nothing | {"ended_at": now, "ended_why": why[:64]})
    return connection.execute(ended).rowcount == 1


def note_removal(connection: Connection, team: str) -> None:
    """Say of an installation that has ended that somebody removed the app; the events come in any order."""
    ended = sa.and_(_i.team_id == team, _i.ended_at.is_not(None))
    connection.execute(sa.update(t.installations).where(ended).values(ended_why=REMOVED))


#: What ended an installation that somebody removed on purpose, and a workspace that an organization took out of it.
REMOVED, WITHDRAWN = "app_uninstalled", "team_access_revoked"
#: Why a workspace of an organization is not served that ECO_WORKSPACES does not admit (any more).
UNLISTED = "not_in_eco_workspaces"
#: Whoever decided one of these needs not be told to install the app again.
ON_PURPOSE = frozenset({REMOVED, WITHDRAWN})


def claim_refresh(connection: Connection, team: str, version: int, now: datetime) -> bool:
    """Claim the refresh of a token; False where another process does it or did it, or has failed a moment ago."""
    free = sa.or_(_i.refreshing_until.is_(None), _i.refreshing_until <= now, _i.refreshing_until > now + _BOUND)
    live = sa.and_(_i.team_id == team, _i.version == version, _i.ended_at.is_(None), free)
    claimed = sa.update(t.installations).where(live).values(refreshing_until=now + CLAIM)
    return connection.execute(claimed).rowcount == 1


#: A claim that ends later than this is of a clock that was set back.
_BOUND = 2 * AFTER_REFUSAL


def refreshed(connection: Connection, team: str, version: int, tokens: Tokens) -> None:
    """Store the new tokens of a refresh, unless the installation has changed meanwhile."""
    same = sa.and_(_i.team_id == team, _i.version == version, _i.ended_at.is_(None))
    connection.execute(sa.update(t.installations).where(same).values(_values(tokens) | {"version": version + 1}))


def refresh_failed(connection: Connection, team: str, version: int, fault: str, again: datetime) -> None:
    """Store why a token could not be refreshed, and when to try again."""
    same = sa.and_(_i.team_id == team, _i.version == version)
    values = {"refresh_fault": fault[:64], "refreshing_until": again}
    connection.execute(sa.update(t.installations).where(same).values(values))


def note_fault(connection: Connection, team: str, version: int, fault: str) -> None:
    """Store why a process could not refresh a token; any other may try at once."""
    same = sa.and_(_i.team_id == team, _i.version == version)
    connection.execute(sa.update(t.installations).where(same).values(refresh_fault=fault[:64]))


def change_tokens(connection: Connection, change: Callable[[str], str]) -> int:
    """Pass every stored token through `change`; returns the number of installations with tokens."""
    query = sa.select(_i.team_id, _i.bot_token, _i.refresh_token).where(_i.bot_token.is_not(None)).with_for_update()
    found = connection.execute(query).all()
    for row in found:
        new = {"bot_token": change(row.bot_token), "refresh_token": row.refresh_token and change(row.refresh_token)}
        connection.execute(sa.update(t.installations).where(_i.team_id == row.team_id).values(new))
    return len(found)


def _values(tokens: Tokens) -> dict[str, object]:
    return {
        "bot_token": tokens.bot,
        "refresh_token": tokens.refresh,
        "expires_at": tokens.expires_at,
        "refreshing_until": None,
        "refresh_fault": None,
    }


def _installation(row: sa.Row[tuple[object, ...]]) -> Installation:
    tokens = Tokens(row.bot_token, row.refresh_token, row.expires_at) if row.bot_token else None
    return Installation(
        row.team_id,
        row.team_name,
        row.url,
        row.enterprise_id,
        row.app_id,
        row.client_id,
        row.bot_user_id,
        row.bot_id,
        row.installed_by,
        row.installed_at,
        tokens,
        row.version,
        row.refresh_fault,
        row.ended_at,
        row.ended_why,
    )
