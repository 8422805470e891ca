"""What a process has taken up: what its threads are sending, and what waits at hand for one of them.

With the next rows at hand no thread waits for a round, and rounds are fewer. What waits behind slow calls is taken
back, so that another process can send it, and while calls are slow no more is taken up than threads can send.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.delivery.channel_leases import Lane
from bot.delivery.claiming import Task

#: Rows that are taken up for each thread, as long as calls are quick.
_EACH = 3
#: A call that takes longer is slow. Slack answers most posts within 0.1 to 0.3 s.
SLOW = timedelta(seconds=0.35)
#: Nothing waits for longer at hand.
PATIENCE = timedelta(seconds=1)


class AtHand:
    """Rows that are marked as begun in the database; whoever calls holds the mutex of the delivery."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._waiting: list[tuple[Lane, Task]] = []
        self._sending: dict[str, datetime] = {}
        self._quick = True

    @property
    def anything_waits(self) -> bool:
        """Whether something is at hand that no thread has begun."""
        return bool(self._waiting)

    def room(self, now: datetime) -> int:
        """How many more rows may be taken up."""
        slow = sum(_is_longer(SLOW, since, now) for since in self._sending.values())
        most = slow + (self._workers - slow) * (_EACH if self._quick else 1)
        return max(0, most - len(self._sending) - len(self._waiting))

    def put(self, lane: Lane, task: Task) -> None:
        """Have a row wait for a thread."""
        self._waiting.append((lane, task))

    def begin(self, now: datetime) -> tuple[Lane, Task] | None:
        """What a thread is to send next: what was due first. None where everything was taken back."""
        if not self._waiting:
            return None
        # Not what was taken up first: a row that was given back and taken up again would begin at the end each time.
        lane, task = first = min(self._waiting, key=lambda one: (one[1].row.due_at or now, one[1].row.id))
        self._waiting.remove(first)
        self._sending[lane.token] = now
        return lane, task

    def end(self, lane: Lane, now: datetime) -> None:
        """The row of a lane was sent, or was not; nothing happens for one that did not wait here."""
        if (since := self._sending.pop(lane.token, None)) is not None:
            self._quick = not _is_longer(SLOW, since, now)

    def take_back(self, now: datetime, *, everything: bool) -> list[tuple[Lane, Task]]:
        """What nobody has begun to send: everything, or what has waited for too long."""
        back: list[tuple[Lane, Task]] = []
        stays: list[tuple[Lane, Task]] = []
        for one in self._waiting:
            (back if everything or _is_longer(PATIENCE, one[1].taken_at, now) else stays).append(one)
        self._waiting = stays
        return back


def _is_longer(span: timedelta, since: datetime, now: datetime) -> bool:
    return not timedelta() <= now - since < span  # where a wall clock jumped back nobody can tell
