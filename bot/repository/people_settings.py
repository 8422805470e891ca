"""What people set for themselves: when they are away and who stands in, how they are reminded, what they muted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.contacts import Absence, Preference, Reminding
from bot.domain.enrollment import Status
from bot.repository import tables as t
from bot.repository.touch import touch
from bot.repository.upsert import dialect_insert

_a, _e, _c, _m = t.absences.c, t.enrollments.c, t.collaborators.c, t.mutes.c
_OF_WORKSPACE: sa.BindParameter[str] = sa.bindparam("of_workspace")
_OPEN = sa.and_(_a.workspace == _OF_WORKSPACE, _a.ended_at.is_(None))
# Built once: every request asks for it.
_ABSENCES = (
    sa.select(_a.user_id, _a.stand_in, _a.until, _a.ends_at)
    .where(_OPEN, _a.ends_at > sa.bindparam("now"))
    .order_by(_a.id)
)
_PREFERENCE = sa.select(t.reminder_preferences.c.reminding).where(
    t.reminder_preferences.c.workspace == _OF_WORKSPACE, t.reminder_preferences.c.user_id == sa.bindparam("of_user")
)
_MUTED = sa.select(_m.enrollment_id).where(
    _m.user_id == sa.bindparam("of_user"),
    _m.enrollment_id.in_(sa.select(_e.id).where(_e.workspace == _OF_WORKSPACE)),
)
_CHOSEN = sa.union_all(
    sa.select(t.reminder_preferences.c.user_id, t.reminder_preferences.c.reminding, sa.literal(0).label("muted")).where(
        t.reminder_preferences.c.workspace == _OF_WORKSPACE
    ),
    sa.select(_m.user_id, sa.literal(""), _m.enrollment_id).where(
        _m.enrollment_id.in_(sa.bindparam("ids", expanding=True))
    ),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list from which people choose shows of an active enrollment."""

    id: int
    account_name: str
    account_id: str


def absences(connection: Connection, workspace: str, now: datetime) -> dict[str, Absence]:
    """Person -> their absence, of everybody who is away at that moment."""
    rows = connection.execute(_ABSENCES, {"of_workspace": workspace, "now": now}).all()
    return {row.user_id: Absence(*row) for row in rows}


def begin_absence(connection: Connection, workspace: str, absence: Absence, now: datetime) -> int:
    """Store that somebody is away, in place of what was stored before; return the absence's ID."""
    end_absence(connection, workspace, absence.user, now)
    values = {
        "workspace": workspace,
        "user_id": absence.user,
        "stand_in": absence.stand_in,
        "until": absence.until,
        "ends_at": absence.ends_at,
        "set_at": now,
    }
    return int(connection.execute(sa.insert(t.absences).values(values).returning(_a.id)).scalar_one())


def end_absence(connection: Connection, workspace: str, user: str, now: datetime) -> bool:
    """Store that somebody is back; return whether they were away until now."""
    mine = sa.update(t.absences).where(_OPEN, _a.user_id == user)
    # An absence that was over before keeps its own end.
    ended = mine.values(ended_at=sa.case((_a.ends_at < now, _a.ends_at), else_=now)).returning(_a.ends_at)
    rows = connection.execute(ended, {"of_workspace": workspace}).all()
    return any(row.ends_at > now for row in rows)


def preference(connection: Connection, workspace: str, user: str) -> Preference:
    """What a person chose; the defaults where they chose nothing."""
    of_person = {"of_workspace": workspace, "of_user": user}
    reminding = connection.execute(_PREFERENCE, of_person).scalar()
    muted = frozenset(connection.execute(_MUTED, of_person).scalars())
    return Preference(Reminding(reminding) if reminding else Reminding.CHANNEL, muted)


def preferences(connection: Connection, workspace: str, ids: Sequence[int]) -> dict[str, Preference]:
    """Person -> what they chose, where that matters to the reminders of these enrollments of the workspace."""
    reminding, muted = dict[str, Reminding](), dict[str, set[int]]()
    for user, wants, number in connection.execute(_CHOSEN, {"of_workspace": workspace, "ids": ids}):
        if wants:
            reminding[user] = Reminding(wants)
        else:
            muted.setdefault(user, set()).add(number)
    return {
        user: Preference(reminding.get(user, Reminding.CHANNEL), frozenset(muted.get(user, ())))
        for user in reminding.keys() | muted.keys()
    }


def save_reminding(connection: Connection, workspace: str, user: str, reminding: Reminding) -> None:
    """Store how a person wants to be reminded."""
    row = {"workspace": workspace, "user_id": user, "reminding": reminding.value}
    insert = dialect_insert(connection.dialect.name, t.reminder_preferences).values(row)
    keys = ["workspace", "user_id"]
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_={"reminding": reminding.value}))


def mute(connection: Connection, user: str, add: Collection[int], remove: Collection[int]) -> None:
    """Store which enrollments a person mutes from now on, and which not any more."""
    if remove:
        connection.execute(sa.delete(t.mutes).where(_m.user_id == user, _m.enrollment_id.in_(sorted(remove))))
    if add:
        insert = dialect_insert(connection.dialect.name, t.mutes)
        rows = [{"enrollment_id": number, "user_id": user} for number in sorted(add)]
        connection.execute(insert.on_conflict_do_nothing(), rows)


def active_of(connection: Connection, workspace: str, user: str, *, owned: bool = False) -> list[Listed]:
    """The active enrollments that a person owns or (unless only the `owned` ones) collaborates on, by name."""
    mine = _active_ids(workspace, user, owned=owned)
    query = sa.select(_e.id, _e.account_name, _e.account_id).where(_e.id.in_(mine))
    found = [Listed(*row) for row in connection.execute(query).all()]
    return sorted(found, key=lambda each: (each.account_name.casefold(), each.account_id))


def owners(connection: Connection, workspace: str, most: int) -> list[tuple[str, int]]:
    """(owner, how many active enrollments they own) of the `most` people who own the most."""
    count = sa.func.count()
    query = sa.select(_e.owner, count).where(_e.workspace == workspace, _e.status == Status.ACTIVE.value)
    found = connection.execute(query.group_by(_e.owner).order_by(count.desc(), _e.owner).limit(most))
    return [(owner, number) for owner, number in found]


def touch_enrollments_of(connection: Connection, workspace: str, user: str) -> list[int]:
    """Raise the version of each active enrollment of a person, since its card shows who is away; return their IDs."""
    return touch(connection, _active_ids(workspace, user))


_mine = t.enrollments.alias("mine")


def _active_ids(workspace: str, user: str, *, owned: bool = False) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    active = sa.and_(_mine.c.workspace == workspace, _mine.c.status == Status.ACTIVE.value)
    owner = sa.select(_mine.c.id).where(active, _mine.c.owner == user)
    if owned:
        return owner
    joined = sa.select(_mine.c.id).join_from(t.collaborators, _mine, _mine.c.id == _c.enrollment_id)
    return sa.union(owner, joined.where(_c.user_id == user, active))
