"""What the page has beyond Slack: the time machine, the bot's next due moment, crashes, and who has read what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.localslack.local_errors import NotPossible
from bot.localslack.time_machine import TimeMachine

#: More are of no use to anybody; the newest ones stay.
MOST_CRASHES = 20


@dataclass(frozen=True)
class Command:
    """A slash command of the app, as its manifest describes it."""

    name: str
    usage: str
    description: str


@dataclass(frozen=True)
class Shortcut:
    """A shortcut of the app, as its manifest describes it."""

    callback_id: str
    name: str
    kind: Literal["global", "message"]


@dataclass(frozen=True)
class Surface:
    """What a workspace knows of the app from its manifest, before anything is sent."""

    commands: tuple[Command, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    #: Whether people cannot write to the app on its messages tab.
    read_only_messages: bool = False


@dataclass(frozen=True)
class Crash:
    """An exception that the bot logged; its process lives on."""

    number: int
    at: datetime
    source: str
    message: str
    traceback: str


@dataclass
class Stage:
    """Everything around the workspace that the page shows and moves; touched on the server's loop.

    Attributes:
        next_due: when the bot has something to do next if nobody does anything; may block, so it is asked
            in a thread of its own.
        due: its last answer.
    """

    clock: TimeMachine
    surface: Surface = field(default_factory=Surface)
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
        """Note what a person has seen; says whether that is news."""
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
