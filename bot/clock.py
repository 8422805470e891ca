"""What time it is, and the one user of APScheduler: calls made every so often, planned in memory only.

What is owed lives in the database; a call that never came because the process was down is made up for by the
next one, so nothing here needs to be remembered.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

Call = Callable[[], object]

#: A call is in trouble after this many of its spans, but not before `_PATIENCE` seconds.
_SPANS = 10
_PATIENCE = 60.0
#: Seconds by which the machine's clock must jump back before waking times are moved along.
_JUMP = 1.0


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """This instant, aware, in UTC."""
        return datetime.now(UTC)


class Ticker:
    """Calls things every so often and, on request, soon; never the same thing twice at a time.

    A call that is asked for with `soon` while it runs is made once more when it has ended: what was committed
    meanwhile may have been too late for the running one to see.

    Args:
        wall: seconds since the epoch as the machine sees them; may jump.
        steady: seconds that never jump.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._scheduler = _Scheduler(wall, steady)
        self._lock = threading.Lock()
        self._errands: dict[Call, _Errand] = {}
        self._planned: dict[Call, float] = {}
        self._started = self._stopping = False

    def every(self, span: timedelta, name: str, call: Call) -> None:
        """Make the call at the start and then every `span`; the log and `problems` speak of it by `name`."""
        errand = self._errand(call, name)
        errand.span = span.total_seconds()
        self._scheduler.add_job(
            errand.tick,
            "interval",
            seconds=errand.span,
            timezone=UTC,
            next_run_time=datetime.now(UTC),
            id=f"every: {name}",
            name=name,
        )

    def soon(self, delay: timedelta, call: Call) -> None:
        """Make the call once, `delay` from now, and keep at most one such wake-up of it.

        A later one is replaced, an earlier one stands. May be called from any thread, also before the start;
        after the stop it does nothing.
        """
        errand = self._errand(call, getattr(call, "__qualname__", "a wake-up"))
        due = self._steady() + delay.total_seconds()
        with self._lock:
            if self._stopping or self._planned.get(call, float("inf")) <= due:
                return
            self._planned[call] = due
            self._scheduler.add_job(
                self._wake,
                "date",
                run_date=datetime.now(UTC) + delay,
                timezone=UTC,
                args=[call],
                id=f"soon: {id(errand)}",
                name=errand.name,
                replace_existing=True,
            )

    def start(self) -> None:
        """Begin; from here on calls are made, in threads of the ticker."""
        self._started = True
        now = self._steady()
        for errand in self._errands.values():
            errand.ended_at = now
        self._scheduler.start()

    def stop(self, wait: float = 0) -> bool:
        """Make no further call, wait up to `wait` seconds for running ones; whether all have ended."""
        with self._lock:
            self._stopping = True
            errands = list(self._errands.values())
        for errand in errands:
            errand.close()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        end = self._steady() + wait
        return all(errand.idle.wait(max(0.0, end - self._steady())) for errand in errands)

    def problems(self) -> list[str]:
        """One sentence for everything that keeps calls from being made; empty when all is well."""
        if not self._started or self._stopping:
            return []
        found = []
        if not self._scheduler.alive:
            found.append("The clock has stopped: its thread is dead.")
        with self._lock:
            errands = list(self._errands.values())
        now = self._steady()
        return found + [problem for errand in errands if (problem := errand.problem(now))]

    def _errand(self, call: Call, name: str) -> _Errand:
        with self._lock:
            if call not in self._errands:
                self._errands[call] = _Errand(name, call, self._steady)
            return self._errands[call]

    def _wake(self, call: Call) -> None:
        with self._lock:
            self._planned.pop(call, None)
        self._errands[call].wake()


class _Errand:
    """One call: made once at a time, its failures logged, the moments of its begin and end kept."""

    def __init__(self, name: str, call: Call, steady: Callable[[], float]) -> None:
        self.name = name
        self.span: float | None = None
        self.ended_at = steady()
        self.idle = threading.Event()
        self.idle.set()
        self._call = call
        self._steady = steady
        self._lock = threading.Lock()
        self._began_at: float | None = None
        self._again = self._closed = False

    def tick(self) -> None:
        """Make the call, unless it is being made: the next tick comes by itself."""
        self._make(again=False)

    def wake(self) -> None:
        """Make the call, once more after the running one where there is one."""
        self._make(again=True)

    def close(self) -> None:
        """Begin no further call."""
        with self._lock:
            self._closed = True

    def problem(self, now: float) -> str | None:
        """What is wrong with it, in a sentence."""
        patience = max(_PATIENCE, (self.span or 0) * _SPANS)
        with self._lock:
            began, ended = self._began_at, self.ended_at
        if began is not None and now - began > patience:
            return f"“{self.name}” has been running for {now - began:.0f} s without coming to an end."
        if began is None and self.span is not None and now - ended > patience:
            return f"“{self.name}” has not been called for {now - ended:.0f} s."
        return None

    def _make(self, *, again: bool) -> None:
        with self._lock:
            if self._closed:
                return
            if self._began_at is not None:
                self._again = self._again or again
                return
            self._began_at = self._steady()
            self.idle.clear()
        while True:
            try:
                self._call()
            except Exception:
                log.exception("“%s” failed; it will be called again.", self.name)
            with self._lock:
                self.ended_at = self._steady()
                if not self._again or self._closed:
                    self._began_at = None
                    self.idle.set()
                    return
                self._again = False
                self._began_at = self._steady()


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]  # APScheduler 3 has no types
    """APScheduler set up as a plain clock, which also keeps its pace when the machine's clock is set back.

    APScheduler plans by the wall clock: set back by an hour, it would call nothing for an hour.
    """

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        super().__init__(
            timezone=UTC,
            daemon=True,
            executors={"default": ThreadPoolExecutor(max_workers=8)},
            # An errand itself sees to it that its call is made once at a time; a limit of 1 here would drop a
            # wake-up that comes while the call is being made. However late, a call is made: the library's
            # default drops it after a second.
            job_defaults={"coalesce": True, "max_instances": 8, "misfire_grace_time": None},
        )
        self._wall = wall
        self._steady_clock = steady
        self._offset = wall() - steady()
        self._main_thread: threading.Thread | None = None

    @property
    def alive(self) -> bool:
        """Whether the thread that makes the calls still runs."""
        return self._main_thread is None or self._main_thread.is_alive()

    def _main_loop(self) -> None:
        self._main_thread = threading.current_thread()
        try:
            super()._main_loop()
        except Exception:
            # A stop takes the ground from under a round that has just begun; there is nothing to be called then.
            if self.running:
                raise
            log.debug("The clock was stopped in the middle of a round.", exc_info=True)

    def _process_jobs(self) -> Any:
        offset = self._wall() - self._steady_clock()
        jump, self._offset = offset - self._offset, offset
        if jump < -_JUMP:
            log.warning("The machine's clock was set back by %.0f s; calls keep their pace.", -jump)
            for job in self.get_jobs():
                job.modify(next_run_time=job.next_run_time + timedelta(seconds=jump))
        return super()._process_jobs()
