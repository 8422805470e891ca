"""State of the page beside the workspace: the clock, the moments to jump to, crashes, and read marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..local_errors import NotPossible
from ..time_machine import TimeMachine

#: More are of no use to anybody; the newest ones stay.
MOST_CRASHES = 20


@dataclass(frozen=True)
class Crash:
    """An exception that the bot logged; its process lives on."""

    number: int
    at: datetime
    source: str
    message: str
    traceback: str


@dataclass
class PageState:
    """The page's state beside the workspace; read and changed on the server's loop only.

    Attributes:
        moments: moments that the time machine offers to jump to: what each button says, and a function that says when
            it comes, None for never. These functions may block, so they are asked in a thread of its own.
        is_busy: whether the app has something to do right now; may block, too.
        coming: the last answers of `moments`. busy: that of `is_busy`.
    """

    clock: TimeMachine
    moments: Mapping[str, Callable[[], datetime | None]] = field(default_factory=dict)
    is_busy: Callable[[], bool] = bool
    coming: Mapping[str, datetime | None] = field(default_factory=dict)
    busy: bool = False
    crashes: list[Crash] = field(default_factory=list)
    #: The newest `ts` that each person has seen, by person and channel.
    read: dict[str, dict[str, str]] = field(default_factory=dict)
    _crashes_so_far: int = 0

    def crashed(self, source: str, message: str, traceback: str) -> None:
        """Keep a crash, to be shown until somebody puts it away."""
        self._crashes_so_far += 1
        crash = Crash(self._crashes_so_far, self.clock.now(), source, message, traceback)
        self.crashes = [*self.crashes, crash][-MOST_CRASHES:]

    def dismiss(self, number: int) -> None:
        """Put a crash away."""
        self.crashes = [crash for crash in self.crashes if crash.number != number]

    def has_read(self, user: str, channel: str, ts: str) -> bool:
        """Move a person's read mark forward; returns whether it moved."""
        marks = self.read.setdefault(user, {})
        if float(marks.get(channel, "0")) >= float(ts):
            return False
        marks[channel] = ts
        return True

    def look_ahead(self) -> tuple[Mapping[str, datetime | None], bool]:
        """Ask when each moment comes, and whether the app is busy; may block."""
        try:
            return {name: when() for name, when in self.moments.items()}, self.is_busy()
        except Exception:  # noqa: BLE001  # an app that is broken or ending must not end the page
            return dict.fromkeys(self.moments), False

    def jump(self, to: str) -> None:
        """Move the clock: by a "day", by a "week", or to one of `moments` by its name.

        Raises:
            NotPossible: that moment does not come.
        """
        step = {"day": timedelta(days=1), "week": timedelta(weeks=1)}.get(to)
        if step is not None:
            self.clock.jump(step)
            return
        at = self.coming.get(to)
        if at is None:
            raise NotPossible("Nothing is planned yet. Do something first, or jump a day ahead.")
        self.clock.jump_to(max(at, self.clock.now()))
