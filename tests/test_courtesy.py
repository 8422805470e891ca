"""Work that nobody waits for lets requests go first, and comes to its turn all the same."""

import threading
import time

from bot.courtesy import Courtesy


def test_nobody_is_held_up_where_nobody_waits() -> None:
    """The usual case: it returns at once, whatever the patience."""
    began = time.monotonic()

    Courtesy(quiet=0.001).give_way(60)

    assert time.monotonic() - began < 30


def test_work_goes_on_when_the_last_request_is_answered() -> None:
    """While one of two requests is still being answered, work waits; after the second it goes on."""
    courtesy = Courtesy(quiet=0.001)
    order: list[str] = []
    asked = threading.Event()

    def work() -> None:
        asked.set()
        courtesy.give_way(60)
        order.append("work")

    worker = threading.Thread(target=work)
    with courtesy.answering():
        with courtesy.answering():
            worker.start()
            assert asked.wait(10)
            order.append("first answer")
        order.append("second answer")
    worker.join(10)

    assert ["first answer", "second answer", "work"] == order


def test_a_bot_that_is_asked_without_end_still_sends() -> None:
    """The patience is bounded."""
    courtesy = Courtesy()

    with courtesy.answering():
        courtesy.give_way(0.01)


def test_a_request_that_fails_is_over_as_well() -> None:
    """An exception on the way leaves nobody waiting."""
    courtesy = Courtesy(quiet=0.001)
    try:
        with courtesy.answering():
            raise RuntimeError
    except RuntimeError:
        began = time.monotonic()
        courtesy.give_way(60)

    assert time.monotonic() - began < 30
