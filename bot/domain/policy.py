"""The operator's settings for the domain: windows of the waits, reminder hours, the size of a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.schedule import ReminderHours
from bot.domain.step_spec import StepSpec, WaitKey, Window


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's settings for the domain.

    Attributes:
        gap: the least time between two reminder messages of a channel.
        ticket_lines: the most lines of a list in one ticket; None for any number.
    """

    waits: Mapping[WaitKey, Window]
    hours: ReminderHours = field(default_factory=ReminderHours)
    gap: timedelta = timedelta(hours=1)
    ticket_lines: int | None = None

    def window_for(self, spec: StepSpec, start: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime]:
        """(earliest, latest) of the step's wait when it starts at `start`.

        A wait that nobody promised anything about is counted in working days.
        """
        assert spec.wait is not None, f"{spec.key} has no wait"
        window = self.waits[spec.wait]
        if not window.promised:
            days, rest = divmod(window.latest, timedelta(days=1))
            return None, self.hours.add_working_days(start, days, zone) + rest
        return (start + window.earliest if window.earliest else None), start + window.latest
