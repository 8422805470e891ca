"""What a line says of the request, enrollment, workspace and job that it was written for, also in other threads."""

import io
import json
import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.checks.bounded_threads import BoundedThreadPool
from bot.clock import Ticker
from bot.fair_threads import FairThreads
from bot.telemetry import log_context
from bot.telemetry.logs import make_handler
from tests.support.wait_until import eventually

TRACE = "0af7651916cd43dd8448eb211c80319c"


def logged(form: str) -> tuple[logging.Logger, Callable[[], str]]:
    """A logger, and its output so far."""
    stream = io.StringIO()
    logger = logging.Logger("bot.test")  # noqa: LOG001 - one that no other test sees
    logger.addHandler(make_handler("INFO", form, stream))
    return logger, stream.getvalue


def test_a_line_of_text_ends_with_what_it_is_about() -> None:
    """Without what its message says already."""
    logger, text = logged("text")

    with log_context.about(workspace="T1", job="housekeeping"):
        log_context.note(enrollment=42)
        logger.info("done")
        logger.info("enrollment 42: done")
    logger.info("over")

    ends = [line.split("bot.test: ")[1] for line in text().splitlines()]
    assert [
        "done (enrollment 42, workspace T1, job housekeeping)",
        "enrollment 42: done (workspace T1, job housekeeping)",
        "over",
    ] == ends


def test_a_line_of_json_has_them_as_members() -> None:
    """Each under its name, the enrollment as a number; what is not known is left out."""
    logger, text = logged("json")

    with log_context.request(f"00-{TRACE}-00f067aa0ba902b7-01"), log_context.about(enrollment=42, workspace=""):
        told = log_context.reference()
        logger.info("done")

    line = json.loads(text())
    assert {"time", "level", "logger", "message", "reference", "enrollment", "trace"} == set(line)
    assert (told, 42, TRACE) == (line["reference"], line["enrollment"], line["trace"])


def test_what_is_noted_outside_of_every_block_stays_nowhere() -> None:
    """The thread's next work would be said to be about it."""
    log_context.note(enrollment=42)

    assert {} == log_context.current()


@pytest.mark.parametrize(
    "header",
    ["", "x", f"00-{TRACE}-0000000000000000-01", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-{TRACE}-00f067aa0ba902b7"],
)
def test_a_trace_that_is_none_is_left_out(header: str) -> None:
    """Whatever a sender writes into the header."""
    with log_context.request(header):
        assert {"reference"} == set(log_context.current())


def test_outside_of_requests_each_fault_has_a_reference_of_its_own() -> None:
    """Within one it stays the same."""
    assert log_context.reference() != log_context.reference()
    with log_context.request():
        assert log_context.reference() == log_context.reference()


def test_work_in_another_thread_is_about_the_same() -> None:
    """Work after an acknowledgement, and calls of AWS; what comes after it in that thread is about something else."""
    threads, pool = FairThreads(1, "test", at_once=1, waiting=9), BoundedThreadPool(1)
    seen: list[dict[str, object]] = []
    done = threading.Semaphore(0)

    def look() -> None:
        seen.append(dict(log_context.current()))
        log_context.note(enrollment=7)
        done.release()

    with log_context.about(reference="ab12", workspace="T1"):
        threads.submit("ana", look)
        assert done.acquire(timeout=10)
        pool.start("call", look).result(10)
    threads.submit("ana", look)
    assert done.acquire(timeout=10)
    assert done.acquire(timeout=10)

    about = {"reference": "ab12", "workspace": "T1"}
    assert [about, about, {}] == seen
    assert threads.stop(10)


def test_a_job_says_which_one_it_is(caplog: pytest.LogCaptureFixture) -> None:
    """Also in the line about its failure."""
    ticker, seen = Ticker(), list[dict[str, object]]()

    def work() -> None:
        seen.append(dict(log_context.current()))
        raise ValueError("broken")

    ticker.every(timedelta(hours=1), "housekeeping", work)
    ticker.start()
    eventually(lambda: seen)
    ticker.stop(10)

    assert [{"job": "housekeeping"}] == seen
    assert "“housekeeping” failed" in caplog.text
