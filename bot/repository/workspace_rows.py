"""Queries for the workspaces that the rows of a database belong to: one database holds one workspace."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.access import OPERATOR
from bot.repository import deletions
from bot.repository import tables as t
from bot.repository.migrations.workspace_keys import move_rows
from bot.repository.outbox_columns import RowState

_e, _o, _a = t.enrollments.c, t.outbox.c, t.absences.c
#: Tables of what a person has set, once for a workspace.
_SET_ONCE = t.reminder_preferences, t.calendar_feeds
#: The others that came after `move_rows`.
_OTHERS = t.absences, t.bulk_starts, t.list_exports, t.languages
_WORKSPACE: sa.BindParameter[str] = sa.bindparam("of_workspace")
_OWED = _o.state == RowState.OWED.value
#: In two ranges, so that the index of unsent rows leads to the rows of others alone.
_OWED_ELSEWHERE = sa.union_all(
    sa.select(_o.workspace).where(_OWED, _o.workspace < _WORKSPACE),
    sa.select(_o.workspace).where(_OWED, _o.workspace > _WORKSPACE),
).subquery()
_COUNTED = sa.select(_OWED_ELSEWHERE.c.workspace, sa.func.count().label("number")).group_by(_OWED_ELSEWHERE.c.workspace)


def enrollments_by_workspace(connection: Connection) -> dict[str, int]:
    """Workspace -> how many enrollments it has, the cancelled ones included."""
    query = sa.select(_e.workspace, sa.func.count().label("number")).group_by(_e.workspace).order_by(_e.workspace)
    return {row.workspace: row.number for row in connection.execute(query).all()}


def owed_elsewhere(connection: Connection, workspace: str) -> dict[str, int]:
    """Every other workspace with unsent messages -> how many; a bot of `workspace` never sends them."""
    rows = connection.execute(_COUNTED, {"of_workspace": workspace}).all()
    return {row.workspace: row.number for row in rows}


def other_workspaces(connection: Connection, workspace: str) -> list[str]:
    """The other workspaces that have enrollments or unsent messages in this database."""
    found = enrollments_by_workspace(connection).keys() | owed_elsewhere(connection, workspace).keys()
    return sorted(found - {workspace})


def that_posted(
    connection: Connection, workspaces: Collection[str], channel: str, stamps: Collection[str]
) -> list[str]:
    """Which of these workspaces have posted one of the messages with these timestamps in a channel."""
    mine = _o.workspace.in_(list(workspaces)), _o.posted_channel == channel, _o.ts.in_(list(stamps))
    return list(connection.execute(sa.select(_o.workspace).where(*mine).distinct()).scalars())


def erase(connection: Connection, workspace: str, now: datetime) -> int:
    """Delete every row of a workspace, its installation included; return how many enrollments it had.

    What belongs to an enrollment goes with it; a line without its names stays, as `deletions` has for each.
    """
    count = enrollments_by_workspace(connection).get(workspace, 0)
    deletions.note_erased(connection, workspace, OPERATOR, now)
    bulk = sa.select(t.bulk_starts.c.id).where(t.bulk_starts.c.workspace == workspace)
    connection.execute(sa.delete(t.bulk_start_rows).where(t.bulk_start_rows.c.bulk_start_id.in_(bulk)))
    for table in reversed(t.metadata.sorted_tables):
        if "workspace" in table.c:
            connection.execute(sa.delete(table).where(table.c.workspace == workspace))
    for table in (t.installations, t.granted_workspaces):
        connection.execute(sa.delete(table).where(table.c.team_id == workspace))
    return count


def move(connection: Connection, old: str, new: str) -> list[str]:
    """Move every row of the workspace `old` to `new`; return the names of the enrollments that had to be cancelled.

    `move_rows` says what becomes of two enrollments of an account. What a person has set in `new` stays.
    """
    cancelled = move_rows(connection, old, new)
    set_again = sa.select(_a.user_id, _a.set_at).where(_a.workspace == new, _a.ended_at.is_(None))
    for row in connection.execute(set_again).all():
        replaced = sa.update(t.absences).where(_a.workspace == old, _a.user_id == row.user_id, _a.ended_at.is_(None))
        connection.execute(replaced.values(ended_at=sa.case((_a.ends_at < row.set_at, _a.ends_at), else_=row.set_at)))
    for table in _SET_ONCE:
        known = sa.select(table.c.user_id).where(table.c.workspace == new)
        connection.execute(sa.delete(table).where(table.c.workspace == old, table.c.user_id.in_(known)))
    chosen = sa.select(t.languages.c.channel).where(t.languages.c.workspace == new)
    connection.execute(sa.delete(t.languages).where(t.languages.c.workspace == old, t.languages.c.channel.in_(chosen)))
    for table in (*_SET_ONCE, *_OTHERS):
        connection.execute(sa.update(table).where(table.c.workspace == old).values(workspace=new))
    return cancelled
