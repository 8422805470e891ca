"""What somebody may see of a workspace, as a condition of SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.repository import tables as t

_e, _s = t.enrollments.c, t.steps.c
OF_WORKSPACE: sa.BindParameter[str] = sa.bindparam("of_workspace", type_=sa.Text)
#: Somebody, and those for whom they act.
USERS: sa.BindParameter[Any] = sa.bindparam("of_users", expanding=True)
#: Written as it stands in the index: SQLite does not use a partial index for parameters in a list.
UNDER_WAY = _s.state.in_([sa.literal_column("'open'"), sa.literal_column("'waiting'")])

_INSIDE = _e.workspace == OF_WORKSPACE
_OWNED = sa.select(_e.id).where(_INSIDE, _e.owner.in_(USERS))
_SHARED = sa.select(t.collaborators.c.enrollment_id).where(t.collaborators.c.user_id.in_(USERS))
_OF_PARTY = sa.select(t.party_people.c.enrollment_id).where(t.party_people.c.user_id.in_(USERS))
_ASSIGNED = sa.select(_s.enrollment_id).where(_s.assignee.is_not(None), _s.assignee.in_(USERS))
#: The enrollments that a person owns or collaborates on, and those of which a step is assigned to them, too.
OF_PEOPLE = sa.and_(_INSIDE, _e.id.in_(sa.union_all(_OWNED, _SHARED)))
_OF_PERSON = _e.id.in_(sa.union_all(_OWNED, _SHARED, _ASSIGNED))
_IN_CHANNELS = _e.channel_id.in_(sa.bindparam("of_channels", expanding=True))


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody may see of a workspace: their own enrollments, and those of channels.

    Attributes:
        users: whose enrollments and steps count as theirs; none for the bot itself.
        channels: the channels that they can see; None for everything.
        in_part: whether those count, too, of which they see the steps of their party alone.
    """

    workspace: str
    users: Sequence[str]
    channels: Sequence[str] | None
    in_part: bool = False

    @property
    def everything(self) -> bool:
        """Whether all enrollments of the workspace may be shown."""
        return self.channels is None

    @property
    def values(self) -> dict[str, Any]:
        """The values of the parameters of `condition`."""
        named: dict[str, Any] = {"of_workspace": self.workspace, "of_users": list(self.users)}
        return named if self.channels is None else named | {"of_channels": list(self.channels)}


def condition(*, everything: bool, in_part: bool = False) -> sa.ColumnElement[bool]:
    """The condition for the enrollments that may be shown; its parameters are `Sight.values`."""
    parts = [_e.id.in_(_OF_PARTY)] if in_part else []
    return _INSIDE if everything else sa.and_(_INSIDE, sa.or_(_IN_CHANNELS, _OF_PERSON, *parts))


_found = sa.select(sa.func.min(_e.channel_id).label("channel")).where(_INSIDE).cte("found", recursive=True)
_following = sa.select(sa.func.min(_e.channel_id)).where(_INSIDE, _e.channel_id > _found.c.channel)
_found = _found.union_all(sa.select(_following.scalar_subquery()).where(_found.c.channel.is_not(None)))
_CHANNELS = sa.select(_found.c.channel).where(_found.c.channel.is_not(None))


def channels(connection: Connection, workspace: str) -> list[str]:
    """The channels of a workspace's enrollments, each found in the index by the one before it."""
    return list(connection.execute(_CHANNELS, {"of_workspace": workspace}).scalars())


def channels_where(
    connection: Connection, workspace: str, users: Sequence[str], wanted: sa.ColumnElement[bool]
) -> list[str]:
    """The channels of the enrollments that meet a condition, without those enrollments that are somebody's own."""
    query = sa.select(_e.channel_id).where(_INSIDE, wanted, sa.not_(_OF_PERSON)).distinct()
    return list(connection.execute(query, {"of_workspace": workspace, "of_users": list(users)}).scalars())
