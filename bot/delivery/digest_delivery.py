"""Weekly digests at the moment of sending: whether one goes now, and the enrollments that it tells of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.delivery import channel_leases, outbox
from bot.delivery.channel_leases import ChannelLease
from bot.delivery.digest_rows import SWITCHED_OFF
from bot.delivery.outbox import OutboxRow
from bot.delivery.reminder_delivery import MOST_MERGED, OVERDUE, readable_items
from bot.domain.digest_contents import LAST_WEEK
from bot.domain.digest_schedule import DigestTime, channel_zone
from bot.domain.enrollment import Enrollment, Policy, Status
from bot.presentation.notifications import Due
from bot.repository import enrollment_reader
from bot.repository import tables as t
from bot.repository.database import Connection

NOTHING_TO_SAY = "there is nothing to say"
_e = t.enrollments.c


@dataclass(frozen=True, slots=True)
class Digests:
    """Decides about due digests.

    Attributes:
        policy: the reminder hours, and the windows from which a digest forecasts.
        setting: when digests come; None if they are switched off.
    """

    policy: Policy
    setting: DigestTime | None

    def ready(
        self, connection: Connection, lease: ChannelLease, row: OutboxRow, now: datetime
    ) -> tuple[OutboxRow, tuple[Due, ...]] | None:
        """The row to send for a due digest, with the due reminders of the channel that it takes along; None for now.

        One that is late waits for reminder hours. One that may stand in the channel already is looked up, whatever is
        the case now.
        """
        if row.posting:
            taken = outbox.by_ids(connection, row.payload.get("rows", ()))
            return row, _open(connection, taken)
        zone = _zone_of(connection, row)
        late = zone is not None and now - row.owed_at >= OVERDUE
        opens = self.policy.hours.next_open(now, zone) if late and zone is not None else now
        obstacle = self.obstacle(connection, row, opens)
        if obstacle is not None:
            outbox.drop(connection, row, obstacle)
            outbox.give_back(connection, row, now)
            return None
        if opens > now:
            outbox.postpone(connection, row, opens, "outside the reminder hours")
            return None
        return _with_due_reminders(connection, lease, row, now)

    def obstacle(self, connection: Connection, row: OutboxRow, at: datetime) -> str | None:
        """Why a digest is not posted at that instant; None if it can be."""
        if self.setting is None:
            return SWITCHED_OFF
        zone = _zone_of(connection, row)
        if zone is None:
            return NOTHING_TO_SAY
        _, following = self.setting.next(row.owed_at, zone)
        return "its week is over" if at >= following else None


def _with_due_reminders(
    connection: Connection, lease: ChannelLease, row: OutboxRow, now: datetime
) -> tuple[OutboxRow, tuple[Due, ...]]:
    """Take along the reminders of the channel that are due and not being posted, and keep those taken before."""
    here = channel_leases.due_reminders(connection, [lease], now, MOST_MERGED)[lease.channel]
    due = [each for each in here if not each.posting]
    before = outbox.by_ids(connection, row.payload.get("rows", ()))
    items = readable_items(connection, due)
    taken = outbox.take_along(connection, row, [each for each in due if items.get(each.id) is not None])
    return taken, _open(connection, [*before, *due])


def _open(connection: Connection, rows: Sequence[OutboxRow]) -> tuple[Due, ...]:
    """What the reminders of these rows still ask."""
    return tuple(due for due in readable_items(connection, rows).values() if due is not None)


def enrollments_told(connection: Connection, row: OutboxRow, now: datetime) -> list[Enrollment]:
    """The enrollments that the digest of a row's channel tells of, as far as they can be read."""
    told = sa.and_(_e.channel_id == row.channel, _is_told(now))
    return enrollment_reader.load_readable(connection, row.workspace, told)[0]


def _is_told(now: datetime) -> sa.ColumnElement[bool]:
    """Active, or completed last week."""
    completed = sa.and_(_e.status == Status.COMPLETED.value, _e.ended_at >= now - LAST_WEEK)
    return sa.or_(_e.status == Status.ACTIVE.value, completed)


def _zone_of(connection: Connection, row: OutboxRow) -> ZoneInfo | None:
    """The time zone of the channel by the enrollments that its digest tells of; None if there are none."""
    here = sa.and_(_e.workspace == row.workspace, _e.channel_id == row.channel)
    query = sa.select(_e.owner, _e.owner_zone, _e.status).where(here, _is_told(row.owed_at))
    found = connection.execute(query).all()
    active = [(each.owner, each.owner_zone) for each in found if each.status == Status.ACTIVE.value]
    owners = active or [(each.owner, each.owner_zone) for each in found]
    return channel_zone(owners) if owners else None
