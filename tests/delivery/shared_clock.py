"""A clock that several processes share: one moves it, the others read it from a file."""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.localslack import TimeMachine

#: Seconds since the epoch.
_TIME = struct.Struct("d")


class SharedClock(TimeMachine):
    """The clock of whoever moves it; it stands still between jumps."""

    def __init__(self, file: Path, at: datetime) -> None:
        super().__init__(frozen_at=at)
        file.write_bytes(_TIME.pack(at.timestamp()))
        self.file = file
        self._kept = _mapped(file)

    def jump(self, delta: timedelta) -> None:
        """Move by `delta`."""
        super().jump(delta)
        self._tell()

    def jump_to(self, when: datetime) -> None:
        """Move to `when`."""
        super().jump_to(when)
        self._tell()

    def _tell(self) -> None:
        _TIME.pack_into(self._kept, 0, self.now().timestamp())


class ClockOfFile:
    """The same clock in another process."""

    def __init__(self, file: Path) -> None:
        self._kept = _mapped(file)

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        return datetime.fromtimestamp(_TIME.unpack_from(self._kept, 0)[0], UTC)


def _mapped(file: Path) -> mmap.mmap:
    with file.open("r+b") as opened:
        return mmap.mmap(opened.fileno(), _TIME.size)
