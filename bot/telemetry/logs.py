"""Configures logging: formats, levels, and masking of secrets."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

from bot.telemetry import log_context
from bot.telemetry.masking import Mask

_OURS = ("bot",)
#: What a record can say of itself, with `extra`.
_OWN = frozenset(log_context.FACTS)
#: Loggers with a higher level: waitress warns of every queued request, and the metrics show those as well.
_LOUD = {"waitress.queue": logging.ERROR}


class TextFormatter(logging.Formatter):
    """Formats a record as text: time, level, logger, message; further lines are indented.

    The indent prevents log injection: a line of text that a person typed does not look like a record.
    """

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        message = record.getMessage()
        said = (f"{name} {value}" for name, value in _facts(record).items())
        if unsaid := ", ".join(words for words in said if words not in message):
            message = f"{message} ({unsaid})"
        parts = [message, *_tracebacks(self, record)]
        line = f"{_time(record)} {record.levelname:<8} {record.name}: " + "\n".join(parts)
        return self._mask("\n    ".join(line.splitlines()))


class JsonFormatter(logging.Formatter):
    """Formats a record as a line of JSON: time, level, logger, message; what it is about, and exception, if any."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line of JSON."""
        entry: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self._mask(record.getMessage()),
        }
        entry |= _facts(record)
        if exception := "\n".join(_tracebacks(self, record)):
            entry["exception"] = self._mask(exception)
        return json.dumps(entry)


class LevelFilter(logging.Filter):
    """Passes the bot's records from `level` on, and those of libraries from WARNING on.

    At DEBUG, those of libraries pass from INFO on: their debug records contain whole requests, with people's input.
    A filter and not the loggers' levels, because Bolt sets the levels of its loggers itself.
    """

    def __init__(self, level: int) -> None:
        super().__init__()
        self._level = level
        self._libraries = logging.INFO if level < logging.INFO else max(level, logging.WARNING)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be written."""
        # A Bolt app's logger is named after the file that created it, such as "app.py:App": a library's.
        ours = record.name.split(".", 1)[0] in _OURS
        return record.levelno >= _LOUD.get(record.name, self._level if ours else self._libraries)


def make_handler(level: str, form: str, stream: TextIO | None = None, secrets: Iterable[str] = ()) -> logging.Handler:
    """A log handler for a level and a format; writes to standard error by default."""
    handler = logging.StreamHandler(stream or sys.stderr)
    mask = Mask(secrets)
    handler.setFormatter(JsonFormatter(mask) if form == "json" else TextFormatter(mask))
    handler.addFilter(LevelFilter(logging.getLevelNamesMapping()[level]))
    return handler


def configure(level: str, form: str, secrets: Iterable[str] = ()) -> None:
    """Configure logging for the whole process, including uncaught exceptions.

    Args:
        level: LOG_LEVEL. form: LOG_FORMAT, `text` or `json`. secrets: values to mask.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.addHandler(make_handler(level, form, secrets=secrets))
    root.setLevel(level)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _facts(record: logging.LogRecord) -> dict[str, object]:
    """What the thread is working on; a record is formatted in the thread that has made it."""
    found = {**log_context.current(), **{name: value for name, value in vars(record).items() if name in _OWN}}
    return {name: found[name] for name in log_context.FACTS if name in found}


def _tracebacks(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    parts = []
    if record.exc_info:
        parts.append(formatter.formatException(record.exc_info))
    if record.stack_info:
        parts.append(formatter.formatStack(record.stack_info))
    return parts


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(__name__).critical("The process failed.", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        name = args.thread.name if args.thread else "?"
        logging.getLogger(__name__).critical(
            "The thread “%s” failed.", name, exc_info=(args.exc_type, args.exc_value, args.exc_traceback)
        )
