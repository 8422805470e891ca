"""Logging: both formats, levels, and masking of secrets."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.telemetry.logs import make_handler
from bot.telemetry.masking import Mask

ROOT = Path(__file__).parents[2]
BOT = "xoxb-" + "0000-abcDEF"


def logged(
    form: str, name: str = "bot.serving.web", level: str = "INFO", secrets: tuple[str, ...] = ()
) -> tuple[logging.Logger, Callable[[], str]]:
    """A logger of that name, and its output so far."""
    stream = io.StringIO()
    logger = logging.Logger(name)  # noqa: LOG001 - one that no other test sees
    logger.addHandler(make_handler(level, form, stream, secrets))
    return logger, stream.getvalue


def test_a_line_of_text_says_when_how_bad_where_and_what() -> None:
    """UTC time, level, logger and message are on one line, with the reference."""
    logger, text = logged("text")

    logger.warning("The database is %s.", "slow", extra={"reference": "ab12"})

    time, level, rest = text().split(maxsplit=2)
    assert time.endswith("Z")
    assert "T" in time
    assert ("WARNING", "bot.serving.web: The database is slow. (reference ab12)\n") == (level, rest)


def test_a_line_of_json_can_be_read_by_a_machine() -> None:
    """Each record is one JSON object on one line, including the traceback."""
    logger, text = logged("json")

    try:
        raise ValueError("out of range\nand more")
    except ValueError:
        logger.exception("Größe\nfailed", extra={"reference": "ab12"})
    logger.info("on")

    first, second = (json.loads(line) for line in text().splitlines())
    assert {"time", "level", "logger", "message", "reference", "exception"} == set(first)
    assert ("ERROR", "bot.serving.web", "Größe\nfailed", "ab12") == tuple(
        first[key] for key in ("level", "logger", "message", "reference")
    )
    assert "ValueError: out of range\nand more" in first["exception"]
    assert {"time", "level", "logger", "message"} == set(second)


def test_what_somebody_typed_cannot_pass_for_a_record() -> None:
    """All lines of a record after the first are indented, those of tracebacks, too."""
    logger, text = logged("text")

    try:
        raise ValueError("x\n2026-01-01T00:00:00Z INFO bot: all is well")
    except ValueError:
        logger.exception("name: %s", "a\r\n2026-01-01T00:00:00Z INFO bot: all is well\u2028or so")

    first, *others = text().splitlines()
    assert first.endswith("name: a")
    assert others
    assert [] == [line for line in others if not line.startswith("    ")]


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_is_written(form: str) -> None:
    """Tokens, known secrets, posting addresses and passwords in URLs are masked, in tracebacks too."""
    signing, password = "not-hex-but-secret", "pass/wo:rd"
    logger, text = logged(form, secrets=(signing, BOT, password))

    logger.info("%s and %s", {"token": "xapp-" + "1-A0000-ff"}, BOT)
    logger.info("connecting to %s", "postgresql://eco:hunter22@db/eco")
    logger.info("posting to https://hooks.slack.com/commands/T0/1/hunter22")
    try:
        raise RuntimeError(f"bad {signing} for xoxe.{BOT} at postgresql://eco:{password}@db")
    except RuntimeError:
        logger.exception("failed")

    leaks = (signing, password, "hunter22", "A0000", "abcDEF")
    assert [] == [leak for leak in leaks if leak in text()]
    assert "***" in text()


@pytest.mark.parametrize("harmless", ["/eco enroll", "https://slack.com/api/", "10:30@eco", "U012ABCDEF: xox"])
def test_the_mask_leaves_other_text_alone(harmless: str) -> None:
    """Text that only resembles a secret stays readable, and an empty secret masks nothing."""
    assert harmless == Mask(["", "eco"])(harmless)


@pytest.mark.parametrize(
    ("name", "level", "least"),
    [
        ("bot.serving.web", "INFO", "INFO"),
        ("bot.handlers.pairs", "DEBUG", "DEBUG"),
        ("bot.serving.web", "ERROR", "ERROR"),
        ("slack_sdk.web.base_client", "DEBUG", "INFO"),
        ("app.py:App", "DEBUG", "INFO"),
        ("slack_bolt.App", "INFO", "WARNING"),
        ("apscheduler.executors.default", "INFO", "WARNING"),
        ("sqlalchemy.engine", "ERROR", "ERROR"),
        ("waitress.queue", "INFO", "ERROR"),
        ("botanist", "INFO", "WARNING"),
    ],
)
def test_libraries_speak_up_when_it_matters(name: str, level: str, least: str) -> None:
    """The bot's records are logged from the chosen level on, those of libraries from WARNING on, never at DEBUG."""
    logger, text = logged("json", name, level)

    for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        logger.log(number, "x")

    assert least == json.loads(text().splitlines()[0])["level"]


PROGRAM = """
import logging, sys, threading, warnings
from bot import settings
from bot.telemetry import logs
logs.configure("INFO", "json", ["%(bot)s"])
def fail(): raise ValueError("in a thread with %(bot)s")
thread = threading.Thread(target=fail, name="worker"); thread.start(); thread.join()
warnings.warn("mind the gap")
raise RuntimeError("at the end with %(bot)s")
"""


def test_what_nobody_caught_is_logged_as_all_else_is() -> None:
    """Uncaught exceptions of threads and of the process, and warnings, are logged in the chosen format, masked."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM % {"bot": BOT}],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip

    thread, warning, process = (json.loads(line) for line in ran.stderr.splitlines())
    assert "worker" in thread["message"]
    assert "ValueError: in a thread with ***" in thread["exception"]
    assert "mind the gap" in warning["message"]
    assert "RuntimeError: at the end with ***" in process["exception"]
    assert 1 == ran.returncode
