"""Threads that people share: turns, urgent work first, a small queue for each, an orderly stop."""

import threading
from collections.abc import Iterator

import pytest

from bot.fair_threads import FairThreads, Stopped
from tests.support.wait_until import eventually


class Desk:
    """Threads whose work waits for `go`, and the order in which it ran."""

    def __init__(self, threads: FairThreads) -> None:
        self.threads = threads
        self.go = threading.Event()
        self.ran: list[str] = []

    def give(self, person: str, name: str, *, urgent: bool = False) -> bool:
        """Submit work that notes its name."""

        def work() -> None:
            assert self.go.wait(10)
            self.ran.append(name)

        return self.threads.submit(person, work, urgent=urgent)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """One thread, which is busy until `go`."""
    desk = Desk(FairThreads(1, "test", at_once=1, waiting=3))
    inside = threading.Event()

    def first() -> None:
        inside.set()
        assert desk.go.wait(10)

    desk.threads.submit("somebody", first)
    assert inside.wait(10)
    yield desk
    desk.go.set()
    assert desk.threads.stop(10)


def test_people_take_turns(desk: Desk) -> None:
    """Who came with much waits behind one piece of everybody else."""
    for name in ("a1", "a2", "a3"):
        desk.give("ana", name)
    desk.give("ben", "b1")
    desk.give("chi", "c1")
    desk.go.set()

    eventually(lambda: len(desk.ran) == 5)
    assert ["a1", "b1", "c1", "a2", "a3"] == desk.ran


def test_urgent_work_goes_first(desk: Desk) -> None:
    """Urgent work of anybody, the same person's included, goes before all other."""
    desk.give("ana", "a1")
    desk.give("ana", "a2", urgent=True)
    desk.give("ben", "b1")
    desk.give("chi", "c1", urgent=True)
    desk.go.set()

    eventually(lambda: len(desk.ran) == 4)
    assert {"a2", "c1"} == set(desk.ran[:2])


def test_each_person_has_a_small_queue(desk: Desk) -> None:
    """What is too much of one person is refused; others are not."""
    assert [True, True, True, False] == [desk.give("ana", f"a{number}") for number in range(4)]
    assert desk.give("ben", "b1")


def test_one_person_does_not_take_all_threads() -> None:
    """While as much of one person runs as may, a free thread takes another's work."""
    threads, go, done = FairThreads(3, "test", at_once=2, waiting=10), threading.Event(), threading.Event()
    running = threading.Semaphore(0)

    def work() -> None:
        running.release()
        assert go.wait(10)

    for _ in range(5):
        threads.submit("ana", work)
    assert running.acquire(timeout=10)
    assert running.acquire(timeout=10)
    threads.submit("ben", done.set)

    assert done.wait(10)
    assert not running.acquire(blocking=False)
    go.set()
    assert threads.stop(10)


def test_work_that_fails_is_logged_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The thread goes on with the next work."""
    threads, done = FairThreads(1, "test", at_once=1, waiting=5), threading.Event()

    def fail() -> None:
        raise RuntimeError("a bug")

    threads.submit("ana", fail)
    threads.submit("ana", done.set)

    assert done.wait(10)
    assert "a bug" in caplog.text
    assert threads.stop(10)


def test_a_stop_drops_what_waits_and_lets_the_rest_finish(desk: Desk) -> None:
    """Nothing more begins; a stop that runs out of time says so."""
    desk.give("ana", "a1")

    assert not desk.threads.stop(0)
    with pytest.raises(Stopped):
        desk.give("ana", "a2")
    desk.go.set()
    assert desk.threads.stop(10)
    assert [] == desk.ran
