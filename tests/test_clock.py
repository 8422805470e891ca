"""The clock: jobs run at intervals, once at a time, and problems are reported."""

import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import SystemClock, Ticker
from tests.support.wait_until import eventually

HOUR = timedelta(hours=1)
SHORT = timedelta(milliseconds=10)


@pytest.fixture
def ticker() -> Iterator[Ticker]:
    """A ticker that has not been started."""
    ticker = Ticker()
    yield ticker
    ticker.stop(5)


def test_the_system_clock_is_aware_and_in_utc() -> None:
    """Stored times cannot be mistaken for those of another time zone."""
    before, now, after = datetime.now(UTC), SystemClock().now(), datetime.now(UTC)

    assert before <= now <= after
    assert timedelta() == now.utcoffset()


def test_a_call_is_made_at_the_start_and_then_again_and_again(ticker: Ticker) -> None:
    """Work that became due while the process was down is found at once, and then at every interval."""
    calls: list[float] = []
    ticker.every(SHORT, "look", lambda: calls.append(time.monotonic()))
    assert [] == calls

    ticker.start()

    eventually(lambda: len(calls) >= 3)


def test_a_call_with_a_long_span_is_made_once_at_the_start(ticker: Ticker) -> None:
    """The first run does not wait for the interval; the second does."""
    calls: list[int] = []
    other: list[int] = []
    ticker.every(HOUR, "housekeeping", lambda: calls.append(1))
    ticker.every(SHORT, "other", lambda: other.append(1))

    ticker.start()
    eventually(lambda: calls and len(other) >= 5)

    assert [1] == calls


def test_a_call_that_fails_is_logged_and_made_again(ticker: Ticker, caplog: pytest.LogCaptureFixture) -> None:
    """An exception stops neither the clock nor the job; the log has its traceback."""
    turns = count()
    done = threading.Event()

    def fails_first() -> None:
        if next(turns) == 0:
            raise RuntimeError("out of order")
        done.set()

    ticker.every(SHORT, "look", fails_first)
    ticker.start()

    assert done.wait(10)
    [record] = [record for record in caplog.records if record.name == "bot.clock"]
    assert "look" in record.getMessage()
    assert record.exc_info is not None
    assert "out of order" == str(record.exc_info[1])
    assert [] == ticker.problems()


def test_a_call_never_runs_beside_itself(ticker: Ticker) -> None:
    """Intervals that pass during a run are skipped; the next one after it runs the job again."""
    inside, go_on = threading.Semaphore(0), threading.Semaphore(0)
    alone = threading.Lock()
    calls: list[bool] = []
    other: list[int] = []

    def call() -> None:
        calls.append(alone.acquire(blocking=False))
        inside.release()
        assert go_on.acquire(timeout=10)
        alone.release()

    ticker.every(SHORT, "slow", call)
    ticker.every(SHORT, "quick", lambda: other.append(1))
    ticker.start()
    assert inside.acquire(timeout=10)
    passed = len(other)
    eventually(lambda: len(other) >= passed + 5)
    assert [True] == calls

    go_on.release()
    assert inside.acquire(timeout=10)
    go_on.release()
    go_on.release()

    assert ticker.stop(10)
    assert all(calls)


def test_stopping_waits_for_the_running_call(ticker: Ticker) -> None:
    """The stop tells whether all runs have ended, and no other begins."""
    inside, go_on = threading.Event(), threading.Event()
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        inside.set()
        assert go_on.wait(10)

    ticker.every(SHORT, "look", call)
    ticker.start()
    assert inside.wait(10)

    assert ticker.stop(0) is False
    go_on.set()
    assert ticker.stop(10) is True
    assert [1] == calls


def test_stopping_what_was_never_started_is_harmless(ticker: Ticker) -> None:
    """A failed start can be cleaned up, no matter how far it came."""
    assert ticker.stop(1) is True


class Steady:
    """A monotonic clock that the test sets."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_call_that_does_not_end_is_a_problem() -> None:
    """A run far longer than its interval is reported by name, until it has ended."""
    steady = Steady()
    ticker = Ticker(steady=steady, wall=steady)
    inside, go_on = threading.Event(), threading.Event()

    def call() -> None:
        inside.set()
        assert go_on.wait(10)

    ticker.every(HOUR, "digest", call)
    ticker.start()
    assert inside.wait(10)
    steady.seconds += 9 * 3600
    assert [] == ticker.problems()

    steady.seconds += 2 * 3600
    assert ["“digest” has been running for 39600 s without coming to an end."] == ticker.problems()

    go_on.set()
    eventually(lambda: not ticker.problems())
    assert ticker.stop(5)
    assert [] == ticker.problems()


def test_a_call_that_is_not_made_any_more_is_a_problem() -> None:
    """A job that has not run for many intervals is reported by name, whatever the cause."""
    steady = Steady()
    ticker = Ticker(steady=steady, wall=steady)
    called = threading.Event()
    ticker.every(HOUR, "digest", called.set)
    ticker.start()
    assert called.wait(10)
    eventually(lambda: not ticker.problems())

    steady.seconds += 11 * 3600

    assert ["“digest” has not been called for 39600 s."] == eventually(ticker.problems)
    ticker.stop(5)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # it is what is tested
def test_the_death_of_the_schedulers_thread_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the thread that starts the jobs has died, its jobs are reported after a minute."""

    def fails(*_: object) -> None:
        raise RuntimeError("the end of the thread")

    steady, called = Steady(), threading.Event()
    ticker = Ticker(steady=steady, wall=steady)
    ticker.every(SHORT, "delivery", called.set)
    ticker.start()
    assert called.wait(10)

    monkeypatch.setattr(IntervalTrigger, "get_next_fire_time", fails)
    eventually(lambda: "APScheduler" not in [thread.name for thread in threading.enumerate()])
    steady.seconds += 61

    assert ["“delivery” has not been called for 61 s."] == eventually(ticker.problems)
    assert ticker.stop(5)


@pytest.mark.parametrize("hours", [-1, 10])
def test_a_jump_of_the_wall_clock_holds_up_no_job(hours: int, caplog: pytest.LogCaptureFixture) -> None:
    """If the machine's clock jumps by hours, in either direction, jobs run at once and not hours later."""
    offset = 0.0
    ticker = Ticker(wall=lambda: time.time() + offset)
    calls: list[int] = []
    ticker.every(HOUR, "digest", lambda: calls.append(1))
    ticker.start()
    eventually(lambda: calls)

    with caplog.at_level(logging.WARNING, "bot.clock"):
        offset = hours * 3600.0
        eventually(lambda: len(calls) == 2)

    assert f"jumped by {hours * 3600:+} s" in caplog.text
    assert [] == ticker.problems()
    ticker.stop(5)
