"""What a process has taken up: what its threads are sending, and what waits at hand for one of them.

With the next rows at hand no thread waits for a round, and rounds are fewer. What waits behind slow calls is taken
back, so that another process can send it; while calls are slow, no more is taken up than there are threads to send it.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from bot.messaging.tasks import Task
from bot.storage.lanes import Lane

#: Rows that are taken up for each thread whose call is no slow one.
_EACH = 3
#: A call that takes longer is slow, and nothing waits for longer at hand. Slack answers a post within 0.1 to 0.5 s.
PATIENCE = timedelta(seconds=1)


class AtHand:
    """Rows that are marked as begun in the database, in their order; whoever calls holds the delivery's mutex."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._waiting: deque[tuple[Lane, Task]] = deque()
        self._sending: dict[str, datetime] = {}

    @property
    def anything_waits(self) -> bool:
        """Whether something is at hand that no thread has begun."""
        return bool(self._waiting)

    def room(self, now: datetime) -> int:
        """How many more rows may be taken up."""
        slow = sum(_is_long(since, now) for since in self._sending.values())
        most = _EACH * (self._workers - slow) + slow
        return max(0, most - len(self._sending) - len(self._waiting))

    def put(self, lane: Lane, task: Task) -> None:
        """Have a row wait for a thread."""
        self._waiting.append((lane, task))

    def begin(self, now: datetime) -> tuple[Lane, Task] | None:
        """What a thread is to send next; None where that was taken back."""
        if not self._waiting:
            return None
        lane, task = self._waiting.popleft()
        self._sending[lane.token] = now
        return lane, task

    def end(self, lane: Lane) -> None:
        """The row of a lane was sent, or was not; nothing happens for one that did not wait here."""
        self._sending.pop(lane.token, None)

    def take_back(self, now: datetime, *, everything: bool) -> list[tuple[Lane, Task]]:
        """What nobody has begun to send: everything, or what has waited for too long."""
        back: list[tuple[Lane, Task]] = []
        stays: deque[tuple[Lane, Task]] = deque()
        for one in self._waiting:
            (back if everything or _is_long(one[1].taken_at, now) else stays).append(one)
        self._waiting = stays
        return back


def _is_long(since: datetime, now: datetime) -> bool:
    return not timedelta() <= now - since < PATIENCE  # a wall clock that jumped back is no reason to wait
