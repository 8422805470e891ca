"""What people ask about the time ahead: an enrollment's forecast, its timeline as a picture, its dates as a file."""

from __future__ import annotations

from collections.abc import Callable

from bot.delivery import outbox
from bot.domain.access import require_sight
from bot.domain.calendar_entries import entries_of
from bot.domain.days import day_at
from bot.domain.enrollment import Enrollment, Policy
from bot.domain.errors import StepConflict
from bot.domain.forecast import Forecast, forecast
from bot.domain.schedule import Clock
from bot.domain.sentences import sentence
from bot.repository import enrollment_reader
from bot.repository.database import Connection, Database
from bot.repository.outbox_columns import MessageKind
from bot.repository.past_durations import PastDurations
from bot.use_cases.caller import Caller
from bot.use_cases.private_feeds import CalendarFeeds

_NO_DATES = sentence("Nothing in this enrollment has a date yet: nothing is being waited for, and no day is planned.")


class Plans:
    """Forecasts, timelines and calendars. What is asked for twice is posted once, unless somebody deleted it.

    Attributes:
        feeds: the private calendar feeds.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        policy: Policy,
        past: PastDurations,
        wake: Callable[[], None],
        feeds: CalendarFeeds,
    ) -> None:
        self.feeds = feeds
        self._database = database
        self._clock = clock
        self._policy = policy
        self._past = past
        self._wake = wake

    def forecast(self, enrollment: Enrollment) -> Forecast | None:
        """When an enrollment may be finished; None if it is completed or cancelled."""
        return forecast(enrollment, self._clock.now(), self._policy, self._past.of(enrollment.workspace))

    def ask_for_timeline(self, caller: Caller, enrollment_id: int) -> Enrollment:
        """Have the picture posted in the card's thread: one for each state of the enrollment and each day.

        Raises:
            UnknownEnrollment, NotVisible: as for a query.
        """
        now, user = self._clock.now(), caller.actor.user_id
        with self._database.write(urgent=True) as connection:
            seen = enrollment_reader.load(connection, caller.workspace, enrollment_id)
            require_sight(seen, caller.actor)
            state = f"v{seen.version}-{day_at(now, seen.zone):%Y%m%d}"
            payload: dict[str, object] = {"user": user, "file": f"timeline-{seen.account_id}-{state}.png"}
            self._owe(connection, seen, f"timeline:{seen.id}:{state}", MessageKind.TIMELINE, seen.channel_id, payload)
        self._wake()
        return seen

    def ask_for_calendar(self, caller: Caller, enrollment_id: int) -> tuple[Enrollment, int]:
        """Have the dates sent to the person as a file, one for each state of the enrollment; return how many there are.

        Raises:
            UnknownEnrollment, NotVisible: as for a query. StepConflict: there are no dates.
        """
        user = caller.actor.user_id
        with self._database.write(urgent=True) as connection:
            seen = enrollment_reader.load(connection, caller.workspace, enrollment_id)
            require_sight(seen, caller.actor)
            count = len(entries_of(seen))
            if not count:
                raise StepConflict(_NO_DATES)
            payload: dict[str, object] = {"to": [user], "file": f"eco-{seen.account_id}-v{seen.version}.ics"}
            key = f"calendar:{seen.id}:{user}:v{seen.version}"
            self._owe(connection, seen, key, MessageKind.CALENDAR, user, payload)
        self._wake()
        return seen, count

    def _owe(
        self,
        connection: Connection,
        seen: Enrollment,
        key: str,
        kind: MessageKind,
        place: str,
        payload: dict[str, object],
    ) -> None:
        """Add a file to the outbox; one that was posted is looked up, and posted again if it was deleted."""
        now, workspace = self._clock.now(), seen.workspace
        if not outbox.owe(connection, workspace, key, kind, place, now, enrollment_id=seen.id, payload=payload):
            outbox.requeue(connection, workspace, key, now)
