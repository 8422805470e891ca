"""Runs the script that draws a timeline: with a time limit, without secrets, one at a time."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

#: The script; run by its path, so that it imports nothing of the bot.
SCRIPT = Path(__file__).with_name("timeline_chart.py")
#: Seconds that a drawing may take, and that one waits for another one. Together less than a channel lease leaves.
_LIMIT, _TURN = 15.0, 8.0
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: What the script gets of the environment: where to find libraries and to write caches, and no token.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "MPLCONFIGDIR", "SYSTEMROOT")

_one_at_a_time = threading.Lock()


class CannotDraw(Exception):
    """There is no picture; the message says why, for the log."""


def draw_or_none(chart: Mapping[str, Any]) -> bytes | None:
    """Draw a chart; log why where that is not possible, and return None."""
    try:
        return draw(chart)
    except CannotDraw as why:
        log.warning("a timeline is told in words, it cannot be drawn: %s", why)
        return None


def draw(chart: Mapping[str, Any], *, script: Path = SCRIPT, limit: float = _LIMIT) -> bytes:
    """Draw a chart and return it as a PNG.

    Args:
        limit: seconds after which the process is killed.

    Raises:
        CannotDraw: the library is not installed, it takes too long, or it fails.
    """
    if not _one_at_a_time.acquire(timeout=_TURN):
        raise CannotDraw("another picture is being drawn")
    try:
        return _run(json.dumps(chart).encode(), script, limit)
    finally:
        _one_at_a_time.release()


def _run(chart: bytes, script: Path, limit: float) -> bytes:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # One thread for its arithmetic: more would only cost memory.
    environment |= {"MPLBACKEND": "Agg", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-P", str(script)]
    try:
        ended = subprocess.run(  # noqa: S603  # our own script, and the chart is its input
            command, input=chart, capture_output=True, timeout=limit, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        raise CannotDraw(f"it took longer than {limit:.0f} s") from None
    except OSError as error:
        raise CannotDraw(f"the process cannot be started: {error}") from error
    if ended.returncode != 0 or not ended.stdout.startswith(_SIGNATURE):
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        raise CannotDraw(f"exit code {ended.returncode}: {said[-1][:200] if said else 'it said nothing'}")
    return ended.stdout
