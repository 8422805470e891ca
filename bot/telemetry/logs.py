"""How the log looks, what gets into it, and that no secret ever does."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

from bot.telemetry.masking import Mask

_OURS = ("bot", "handlers")
#: A full queue is told by the metrics; one line for each request of a burst would drown the rest.
_LOUD = {"waitress.queue": logging.ERROR}


class TextFormatter(logging.Formatter):
    """One line a record for people: time, level, logger, message; what continues it is indented.

    The indent keeps text that somebody typed from passing for a record of its own.
    """

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        message = record.getMessage()
        reference = getattr(record, "reference", None)
        if reference and str(reference) not in message:
            message = f"{message} (reference {reference})"
        parts = [message, *_tracebacks(self, record)]
        line = f"{_time(record)} {record.levelname:<8} {record.name}: " + "\n".join(parts)
        return self._mask("\n    ".join(line.splitlines()))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message; reference and exception where there are any."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line of JSON."""
        entry = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self._mask(record.getMessage()),
        }
        if reference := getattr(record, "reference", None):
            entry["reference"] = str(reference)
        if exception := "\n".join(_tracebacks(self, record)):
            entry["exception"] = self._mask(exception)
        return json.dumps(entry)


class LevelFilter(logging.Filter):
    """Lets our own records through from `level` on, those of libraries from a warning on.

    At DEBUG libraries speak from INFO on: their debug records hold whole requests, with what people typed.
    This is decided here and not by the loggers' levels, because Bolt sets those of its own loggers.
    """

    def __init__(self, level: int) -> None:
        super().__init__()
        self._level = level
        self._libraries = logging.INFO if level < logging.INFO else max(level, logging.WARNING)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be written."""
        # A Bolt app's logger is called "app.py:App", after the file that made it: not one of ours.
        ours = record.name.split(".", 1)[0] in _OURS
        return record.levelno >= _LOUD.get(record.name, self._level if ours else self._libraries)


def make_handler(level: str, form: str, stream: TextIO | None = None, secrets: Iterable[str] = ()) -> logging.Handler:
    """A handler that writes to `stream` (standard error) as LOG_LEVEL and LOG_FORMAT say."""
    handler = logging.StreamHandler(stream or sys.stderr)
    mask = Mask(secrets)
    handler.setFormatter(JsonFormatter(mask) if form == "json" else TextFormatter(mask))
    handler.addFilter(LevelFilter(logging.getLevelNamesMapping()[level]))
    return handler


def configure(level: str, form: str, secrets: Iterable[str] = ()) -> None:
    """Set up logging for the whole process, uncaught exceptions included.

    Args:
        level: as LOG_LEVEL. form: `text` or `json`, as LOG_FORMAT. secrets: values to mask everywhere.
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
