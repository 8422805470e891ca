"""The operator's settings for the domain: windows of the waits, reminder hours, the size of a ticket, language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.domain.schedule import ReminderHours
from bot.domain.step_spec import Procedure, StepSpec, WaitKey, Window
from bot.language.spoken import ENGLISH


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's settings for the domain.

    Attributes:
        waits: the windows of waits that differ from those of the procedures.
        gap: the least time between two reminder messages of a channel.
        ticket_lines: the most lines of a list in one ticket; None for any number.
        language: of messages where nobody has chosen one; its code.
    """

    waits: Mapping[WaitKey, Window] = field(default_factory=dict)
    hours: ReminderHours = field(default_factory=ReminderHours)
    gap: timedelta = timedelta(hours=1)
    ticket_lines: int | None = None
    language: str = ENGLISH

    def window_of(self, procedure: Procedure, spec: StepSpec) -> Window:
        """The window of a step's wait: the operator's, or the procedure's own."""
        assert spec.wait is not None, f"{spec.key} has no wait"
        own = procedure.waits[spec.wait]
        set_ = self.waits.get(spec.wait, own)
        return replace(own, earliest=set_.earliest, latest=set_.latest)

    def window_for(
        self, procedure: Procedure, spec: StepSpec, start: datetime, zone: ZoneInfo
    ) -> tuple[datetime | None, datetime]:
        """(earliest, latest) of the step's wait when it starts at `start`.

        A wait that nobody promised anything about is counted in working days.
        """
        window = self.window_of(procedure, spec)
        if not window.promised:
            days, rest = divmod(window.latest, timedelta(days=1))
            return None, self.hours.add_working_days(start, days, zone) + rest
        if window.business:
            later = partial(self.hours.add_business_hours, start, zone=zone)
            return (later(window.earliest) if window.earliest else None), later(window.latest)
        return (start + window.earliest if window.earliest else None), start + window.latest
