"""Which language the messages of a channel have, and of a whole workspace; who may choose it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import Status
from bot.repository import tables as t
from bot.repository.touch import touch
from bot.repository.upsert import dialect_insert

#: The channel of the row that holds for a whole workspace.
EVERYWHERE = ""
_l, _e, _c = t.languages.c, t.enrollments.c, t.collaborators.c


def language_of(workspace: Any, channel: Any) -> sa.ColumnElement[str | None]:
    """The language that was chosen for a channel, else for its workspace; null if none was. Both can be columns."""
    of_channel = sa.select(_l.language).where(_l.workspace == workspace, _l.channel == channel)
    everywhere = sa.select(_l.language).where(_l.workspace == workspace, _l.channel == EVERYWHERE)
    return sa.func.coalesce(of_channel.scalar_subquery(), everywhere.scalar_subquery())


_CHOSEN = sa.select(_l.channel, _l.language).where(
    _l.workspace == sa.bindparam("of_workspace"), _l.channel.in_((sa.bindparam("of_channel"), EVERYWHERE))
)


def chosen(connection: Connection, workspace: str, channel: str) -> tuple[str | None, str | None]:
    """The language of a channel's messages, and of a workspace's others; None where nobody has chosen one."""
    found = connection.execute(_CHOSEN, {"of_workspace": workspace, "of_channel": channel})
    of = {row.channel: row.language for row in found}
    return of.get(channel, of.get(EVERYWHERE)), of.get(EVERYWHERE)


def save(connection: Connection, workspace: str, channel: str, language: str, by: str, now: datetime) -> None:
    """Store the language of a channel, or of a workspace: `EVERYWHERE`."""
    told = {"language": language, "chosen_by": by, "chosen_at": now}
    insert = dialect_insert(connection.dialect.name, t.languages)
    insert = insert.values({"workspace": workspace, "channel": channel, **told})
    connection.execute(insert.on_conflict_do_update(index_elements=["workspace", "channel"], set_=told))


def has_enrollment_of(connection: Connection, workspace: str, channel: str, users: Collection[str]) -> bool:
    """Whether one of these people owns an active enrollment of a channel, or collaborates on one."""
    here = sa.and_(_e.workspace == workspace, _e.channel_id == channel, _e.status == Status.ACTIVE.value)
    named = sa.exists().where(_c.enrollment_id == _e.id, _c.user_id.in_(users))
    query = sa.select(_e.id).where(here, sa.or_(_e.owner.in_(users), named)).limit(1)
    return connection.execute(query).first() is not None


def touch_enrollments(connection: Connection, workspace: str, channel: str) -> list[int]:
    """Raise the version of each active enrollment whose messages get another language; return their IDs.

    With `EVERYWHERE` they are those of the channels that have no language of their own.
    """
    own = sa.exists().where(_l.workspace == workspace, _l.channel == _e.channel_id)
    place = _e.channel_id == channel if channel != EVERYWHERE else sa.not_(own)
    active = sa.and_(_e.workspace == workspace, _e.status == Status.ACTIVE.value)
    return touch(connection, sa.select(_e.id).where(active, place))
