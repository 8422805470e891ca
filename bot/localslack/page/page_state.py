"""State of the page beside the workspace: the clock, the bot's next due time, crashes, and read marks."""

from __future__ import annotations

from collections.abc import Callable
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
        next_due: when the bot has something to do next if nobody does anything; may block, so it is asked
            in a thread of its own.
        due: its last answer.
    """

    clock: TimeMachine
    next_due: Callable[[], datetime | None] = lambda: None
    due: datetime | None = None
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

    def jump(self, to: str) -> None:
        """Move the bot's clock: to the end of the "next" wait, or by a "day" or a "week".

        Raises:
            NotPossible: nothing is being waited for.
        """
        if to == "next":
            if self.due is None:
                raise NotPossible("The bot waits for nothing: there is no moment to jump to.")
            self.clock.jump_to(max(self.due, self.clock.now()))
        else:
            self.clock.jump({"day": timedelta(days=1), "week": timedelta(weeks=1)}[to])
