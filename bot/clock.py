"""The system clock, and a scheduler for periodic jobs: APScheduler, with health checks.

Jobs are planned in memory only. The database says what is due, so the first run after a restart does the work of the
runs that were missed.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from bot.telemetry.log_context import about

log = logging.getLogger(__name__)

Work = Callable[[], object]

#: A job that runs, or does not run, for this many of its intervals is a problem; but not before `_PATIENCE` seconds.
_INTERVALS, _PATIENCE = 10, 60.0
#: Threads for jobs. A job that hangs keeps one of them; there are more of them than jobs.
_THREADS = 8
#: Seconds between two comparisons of the clocks, and by how many seconds the wall clock must have jumped.
_COMPARE_EVERY, _JUMP = 1.0, 1.0


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.now(UTC)


class Ticker:
    """Runs jobs at intervals; never the same job twice at a time.

    APScheduler plans by the wall clock; a thread compares that with the monotonic clock and runs every job as soon as
    the wall clock has jumped.

    Args:
        wall: the wall clock, in seconds since the epoch. steady: the monotonic clock, in seconds.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(_THREADS)},
            # The default drops a job that is a second late. `_Job` sees to it that a job runs once at a time; a limit
            # of one here would log a warning each time that a long run meets the next one.
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": _THREADS},
        )
        self._jobs: list[_Job] = []
        self._stopping = threading.Event()

    def every(self, interval: timedelta, name: str, work: Work) -> None:
        """Run a job at the start and then at every interval; the log and `problems` call it by its name."""
        job = _Job(name, work, interval.total_seconds(), self._steady, self._stopping)
        self._jobs.append(job)
        self._scheduler.add_job(
            job.run, "interval", seconds=interval.total_seconds(), next_run_time=datetime.now(UTC), name=name
        )

    def start(self) -> None:
        """Begin to run jobs, in threads of the scheduler."""
        for job in self._jobs:
            job.ended_at = self._steady()
        self._scheduler.start()
        threading.Thread(target=self._watch_wall_clock, name="clock-watch", daemon=True).start()

    def stop(self, wait: float = 0) -> bool:
        """Begin no further run and wait up to `wait` seconds for running ones; whether all have ended."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.remove_all_jobs()  # a shutdown amid the submission of a job would raise in its thread
            self._scheduler.shutdown(wait=False)
        end = self._steady() + wait
        return all(job.wait(max(0.0, end - self._steady())) for job in self._jobs)

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called: a job that goes through many things ends early then."""
        return self._stopping.is_set()

    def problems(self) -> list[str]:
        """One sentence for each job that does not end or is not run any more; empty when all is well."""
        if not self._scheduler.running:
            return []
        return [problem for job in self._jobs if (problem := job.problem())]

    def _watch_wall_clock(self) -> None:
        offset = self._wall() - self._steady()
        while not self._stopping.wait(_COMPARE_EVERY):
            before, offset = offset, self._wall() - self._steady()
            if abs(offset - before) > _JUMP:
                log.warning("The machine's clock jumped by %+.0f s; all jobs are run now.", offset - before)
                for planned in self._scheduler.get_jobs():
                    with contextlib.suppress(JobLookupError):  # the process stops
                        planned.modify(next_run_time=datetime.now(UTC))


class _Job:
    """A job that runs once at a time, logs its failures and knows when its last run began or ended."""

    def __init__(
        self, name: str, work: Work, interval: float, steady: Callable[[], float], stopping: threading.Event
    ) -> None:
        self.ended_at = steady()
        self._name = name
        self._work = work
        self._interval = interval
        self._steady = steady
        self._stopping = stopping
        self._began_at: float | None = None
        self._running = threading.Lock()

    def run(self) -> None:
        """Run now, unless it is running already or the process stops."""
        if not self._running.acquire(blocking=False):
            return
        try:
            self._began_at = self._steady()
            with about(job=self._name):
                self._run()
        finally:
            self.ended_at, self._began_at = self._steady(), None
            self._running.release()

    def _run(self) -> None:
        try:
            if not self._stopping.is_set():
                self._work()
        except Exception:
            log.exception("“%s” failed; it will be called again.", self._name)

    def wait(self, timeout: float) -> bool:
        """Wait for the end of a run; False where it has not ended in time."""
        if ended := self._running.acquire(timeout=timeout):
            self._running.release()
        return ended

    def problem(self) -> str | None:
        """A sentence where it has been running, or has not been run, for far too long."""
        began = self._began_at
        seconds = self._steady() - (self.ended_at if began is None else began)
        if seconds <= max(_PATIENCE, self._interval * _INTERVALS):
            return None
        if began is None:
            return f"“{self._name}” has not been called for {seconds:.0f} s."
        return f"“{self._name}” has been running for {seconds:.0f} s without coming to an end."
