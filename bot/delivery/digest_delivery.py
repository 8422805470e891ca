"""Weekly digests at the moment of sending: whether one goes now, and the enrollments that it tells of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.delivery import outbox
from bot.delivery.outbox import OutboxRow
from bot.delivery.reminder_delivery import OVERDUE
from bot.domain.digest_contents import LAST_WEEK
from bot.domain.digest_schedule import DigestTime, channel_zone
from bot.domain.enrollment import Enrollment, Policy, Status
from bot.repository import enrollment_reader
from bot.repository import tables as t
from bot.repository.database import Connection

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

    def ready(self, connection: Connection, row: OutboxRow, now: datetime) -> bool:
        """Whether a due digest goes now; else it is dropped, or put off to the next reminder hours.

        One that is late waits for reminder hours, until the following digest is due.
        """
        if row.posting:  # it may stand in the channel already, whatever is the case now
            return True
        if self.setting is None:
            outbox.drop(connection, row, "digests were switched off")
            return False
        zone = _zone_of(connection, row)
        if zone is None:
            outbox.drop(connection, row, "there is nothing to say")
            return False
        _, following = self.setting.next(row.owed_at, zone)
        opens = self.policy.hours.next_open(now, zone) if now - row.owed_at >= OVERDUE else now
        if opens >= following:
            outbox.drop(connection, row, "its week is over")
            return False
        if opens > now:
            outbox.postpone(connection, row, opens)
            return False
        return True


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
