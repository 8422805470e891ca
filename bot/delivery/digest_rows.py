"""Rows of weekly digests: owes the next one of each channel, and moves or drops those that are not sent yet."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery import outbox
from bot.domain.digest_schedule import DigestTime, channel_zone, digest_key, week_of_key
from bot.domain.enrollment import Status
from bot.domain.schedule import Clock
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind, RowState
from bot.repository.upsert import Insert, dialect_insert

#: How often digests are planned.
_EVERY = timedelta(hours=1)
_o = t.outbox.c
#: Why a digest was dropped that comes back when digests are switched on again.
SWITCHED_OFF = "digests were switched off"
#: Owed, and no process has begun to post it.
_UNTRIED = sa.and_(_o.state == RowState.OWED.value, sa.not_(_o.posting), _o.attempts == 0)
_UNSENT = sa.and_(_o.kind == MessageKind.DIGEST.value, _UNTRIED)


@dataclass(slots=True)
class DigestPlanner:
    """Plans the digests of a workspace at the first tick, and then every hour of the bot's clock."""

    database: Database
    setting: DigestTime | None
    clock: Clock
    _planned_at: datetime | None = None

    def tick(self, workspace: str) -> None:
        """Plan if that was an hour ago; the clock may have jumped, in either direction."""
        if self._planned_at is None or abs(self.clock.now() - self._planned_at) >= _EVERY:
            self.plan(workspace)

    def plan(self, workspace: str) -> None:
        """Plan now."""
        now = self.clock.now()
        with self.database.write() as connection:
            plan(connection, workspace, self.setting, now)
        self._planned_at = now


def plan(connection: Connection, workspace: str, setting: DigestTime | None, now: datetime) -> None:
    """Owe the next digest of every channel with an active enrollment; the key of a week makes it one a week.

    A digest that no process has begun to post moves when the setting or the channel's zone changes. Without a setting
    the unsent digests are dropped. Any number of processes may do this at once, any number of times.
    """
    if setting is None:
        _drop(connection, workspace)
        return
    zones = channel_zones(connection, workspace)
    wanted = {}
    for channel, key in connection.execute(_UNSENT_OF, {"of_workspace": workspace}).all():
        if channel in zones:
            wanted[key] = (channel, setting.in_week(week_of_key(key), zones[channel]))
    for channel, zone in zones.items():
        week, at = setting.next(now, zone)
        wanted[digest_key(channel, week)] = (channel, at)
    if wanted:
        # In the order of their keys, so that no two processes wait for each other.
        rows = [_row(workspace, key, *wanted[key]) for key in sorted(wanted)]
        connection.execute(_owe(connection.dialect.name), rows)


def channel_zones(
    connection: Connection, workspace: str, channels: Collection[str] | None = None
) -> dict[str, ZoneInfo]:
    """Channel ID -> its time zone, for the channels with an active enrollment: all of them, or those of `channels`."""
    query = _OWNERS if channels is None else _OWNERS.where(_e.channel_id.in_(channels))
    owners = defaultdict(list)
    for row in connection.execute(query, {"of_workspace": workspace}):
        owners[row.channel_id].append((row.owner, row.owner_zone))
    return {channel: channel_zone(found) for channel, found in owners.items()}


_UNSENT_OF = sa.select(_o.channel, _o.key).where(_o.workspace == sa.bindparam("of_workspace"), _UNSENT)
_e = t.enrollments.c
_OWNERS = sa.select(_e.channel_id, _e.owner, _e.owner_zone).where(
    _e.workspace == sa.bindparam("of_workspace"), _e.status == Status.ACTIVE.value
)


def _drop(connection: Connection, workspace: str) -> None:
    dropped = {"state": RowState.DROPPED.value, "due_at": None, "last_error": SWITCHED_OFF}
    connection.execute(sa.update(t.outbox).where(_o.workspace == workspace, _UNSENT).values(dropped))


def _row(workspace: str, key: str, channel: str, at: datetime) -> dict[str, Any]:
    return outbox.NEW | {
        "workspace": workspace,
        "key": key,
        "kind": MessageKind.DIGEST.value,
        "channel": channel,
        "owed_at": at,
        "due_at": at,
        "payload": {},
        "last_error": None,
    }


@functools.cache
def _owe(dialect: str) -> Insert:
    """Insert digests; one that is not sent yet moves, one that was switched off comes back, others stay."""
    insert = dialect_insert(dialect, t.outbox)
    new = insert.excluded
    moved = sa.and_(_UNTRIED, _o.owed_at != new.owed_at)
    back = sa.and_(_o.state == RowState.DROPPED.value, _o.last_error == SWITCHED_OFF)
    again = {name: new[name] for name in ("state", "owed_at", "due_at", "last_error")}
    return insert.on_conflict_do_update(index_elements=["workspace", "key"], set_=again, where=sa.or_(moved, back))
