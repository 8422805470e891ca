"""Tokens of other programs: made, found by what a request brings, revoked; only their hashes are stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.repository import tables as t
from bot.repository.upsert import insert_or_ignore

_t = t.api_tokens.c


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token, without its secret.

    Attributes:
        scopes: what it allows: `read`, `tickets`.
        workspace: whose enrollments it is for; None for those of the only workspace.
    """

    name: str
    scopes: frozenset[str]
    made_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    workspace: str | None = None


def add(
    connection: Connection,
    name: str,
    token: str,
    scopes: frozenset[str],
    now: datetime,
    workspace: str | None = None,
) -> bool:
    """Store a new token; return False where there was one of that name, also a revoked one."""
    row = {
        "name": name,
        "token_hash": _hash(token),
        "scopes": " ".join(sorted(scopes)),
        "made_at": now,
        "workspace": workspace,
    }
    return insert_or_ignore(connection, t.api_tokens, [row]) == 1


def find(connection: Connection, token: str) -> ApiToken | None:
    """The token that a request brings; None for an unknown or revoked one."""
    query = sa.select(t.api_tokens).where(_t.token_hash == _hash(token), _t.revoked_at.is_(None))
    row = connection.execute(query).first()
    return _token(row) if row is not None else None


def note_use(connection: Connection, name: str, now: datetime) -> None:
    """Remember when a token was used last."""
    connection.execute(sa.update(t.api_tokens).where(_t.name == name).values(used_at=now))


def revoke(connection: Connection, name: str, now: datetime) -> bool:
    """End a token; return whether there was one."""
    live = sa.and_(_t.name == name, _t.revoked_at.is_(None))
    return connection.execute(sa.update(t.api_tokens).where(live).values(revoked_at=now)).rowcount == 1


def all_of(connection: Connection) -> list[ApiToken]:
    """Every token, the oldest first."""
    rows = connection.execute(sa.select(t.api_tokens).order_by(_t.made_at, _t.name)).all()
    return [_token(row) for row in rows]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _token(row: sa.Row[tuple[object, ...]]) -> ApiToken:
    return ApiToken(row.name, frozenset(row.scopes.split()), row.made_at, row.used_at, row.revoked_at, row.workspace)
