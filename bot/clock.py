"""The system clock, and a scheduler for periodic jobs: APScheduler, with health checks.

Jobs are planned in memory only. What is owed lives in the database, so the first run after a restart makes up for
runs that were missed while the process was down.
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
    """Runs jobs at intervals and, on request, soon; never the same job twice at a time.

    A job that comes due while it runs is run once more afterwards: changes that were committed meanwhile may have come
    too late for the running one. APScheduler plans by the wall clock; a thread compares that with the monotonic clock
    and runs every job as soon as it has jumped.

    Args:
        wall: the wall clock, in seconds since the epoch. steady: the monotonic clock, in seconds.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(_THREADS)},
            # The default drops a job that is a second late. `_Job` runs one instance at a time; a limit of one here
            # would drop a request that comes during a run.
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": _THREADS},
        )
        self._lock = threading.Lock()
        self._jobs: dict[Work, _Job] = {}
        self._stopping = threading.Event()

    def every(self, interval: timedelta, name: str, work: Work) -> None:
        """Run a job at the start and then at every interval; the log and `problems` call it by its name."""
        job = self._job(work, name)
        job.interval = seconds = interval.total_seconds()
        now = datetime.now(UTC)
        self._scheduler.add_job(job.run, "interval", seconds=seconds, next_run_time=now, id=f"every: {name}", name=name)

    def soon(self, delay: timedelta, work: Work) -> None:
        """Run a job once, `delay` from now; of several requests for the same job the earliest is kept.

        May be called from any thread, also before the start; does nothing after the stop.
        """
        job = self._job(work, getattr(work, "__qualname__", "a job"))
        due = self._steady() + delay.total_seconds()
        with self._lock:
            if self._stopping.is_set() or job.due_at <= due:
                return
            job.due_at = due
            at = datetime.now(UTC) + delay
            self._scheduler.add_job(
                self._wake, "date", run_date=at, args=[job], id=f"soon: {id(job)}", name=job.name, replace_existing=True
            )

    def start(self) -> None:
        """Begin to run jobs, in threads of the scheduler."""
        for job in self._jobs.values():
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
        with self._lock:
            jobs = list(self._jobs.values())
        return all(job.wait(max(0.0, end - self._steady())) for job in jobs)

    def problems(self) -> list[str]:
        """One sentence for each job that does not end or is not run any more; empty when all is well."""
        if not self._scheduler.running:
            return []
        with self._lock:
            jobs = list(self._jobs.values())
        return [problem for job in jobs if (problem := job.problem())]

    def _job(self, work: Work, name: str) -> _Job:
        with self._lock:
            return self._jobs.setdefault(work, _Job(name, work, self._steady, self._stopping))

    def _wake(self, job: _Job) -> None:
        with self._lock:
            job.due_at = float("inf")
        job.run()

    def _watch_wall_clock(self) -> None:
        offset = self._wall() - self._steady()
        while not self._stopping.wait(_COMPARE_EVERY):
            before, offset = offset, self._wall() - self._steady()
            if abs(offset - before) > _JUMP:
                log.warning("The machine's clock jumped by %+.0f s; all jobs are run now.", offset - before)
                for planned in self._scheduler.get_jobs():
                    with contextlib.suppress(JobLookupError):  # it has been run meanwhile
                        planned.modify(next_run_time=datetime.now(UTC))


class _Job:
    """A job that runs once at a time, logs its failures and knows when its last run began or ended."""

    def __init__(self, name: str, work: Work, steady: Callable[[], float], stopping: threading.Event) -> None:
        self.name = name
        self.interval: float | None = None
        self.due_at = float("inf")
        self.ended_at = steady()
        self._began_at: float | None = None
        self._work = work
        self._steady = steady
        self._stopping = stopping
        self._requested = threading.Event()
        self._running = threading.Lock()

    def run(self) -> None:
        """Run now; a job that is running is run once more by its own thread."""
        self._requested.set()
        while self._requested.is_set() and self._running.acquire(blocking=False):
            try:
                self._requested.clear()
                if not self._stopping.is_set():
                    self._run_once()
            finally:
                self._running.release()

    def wait(self, timeout: float) -> bool:
        """Wait for the end of a run; False where it has not ended in time."""
        if ended := self._running.acquire(timeout=timeout):
            self._running.release()
        return ended

    def problem(self) -> str | None:
        """A sentence where it has been running, or has not been run, for far too long."""
        began, patience = self._began_at, max(_PATIENCE, (self.interval or 0) * _INTERVALS)
        seconds = self._steady() - (self.ended_at if began is None else began)
        if seconds <= patience or (began is None and self.interval is None):
            return None
        if began is None:
            return f"“{self.name}” has not been called for {seconds:.0f} s."
        return f"“{self.name}” has been running for {seconds:.0f} s without coming to an end."

    def _run_once(self) -> None:
        self._began_at = self._steady()
        try:
            self._work()
        except Exception:
            log.exception("“%s” failed; it will be called again.", self.name)
        finally:
            self.ended_at, self._began_at = self._steady(), None
