"""Publishes home tabs: one at a time for each person, again after a rate limit, and always the newest picture."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from bot.slack.slack_errors import RetryLater, SlackFault, UnknownOutcome

log = logging.getLogger(__name__)

#: Runs work in another thread after some seconds.
RunLater = Callable[[float, Callable[[], None]], None]

#: How often a home tab is tried, and the pauses where Slack names none.
_TRIES = 10
_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=1)


class HomePublisher:
    """Publishes the home tab of people; nobody is told that Slack refuses one: they have only opened a tab."""

    def __init__(self, run_later: RunLater) -> None:
        self._run_later = run_later
        #: Person -> what renders and publishes their newest picture.
        self._wanted: dict[str, Callable[[], None]] = {}
        self._busy: set[str] = set()
        self._mutex = threading.Lock()

    def publish(self, user: str, draw: Callable[[], None]) -> None:
        """Publish a person's home tab; if that is under way, or waits for a rate limit, `draw` is what comes next.

        Any error but Slack's is raised.
        """
        with self._mutex:
            self._wanted[user] = draw
            if user in self._busy:
                return
            self._busy.add(user)
        self._draw(user, 0)

    def _draw(self, user: str, failures: int) -> None:
        while (draw := self._next(user)) is not None:
            try:
                draw()
            except SlackFault as fault:
                pause = _pause(fault, failures)
                if pause is None or failures + 1 >= _TRIES:
                    log.warning("the home tab of %s was not published: %s", user, fault)
                    continue
                log.info("the home tab of %s is published again after %s: %s", user, pause, fault)
                with self._mutex:
                    self._wanted.setdefault(user, draw)  # a newer one has come, perhaps
                self._run_later(pause.total_seconds(), lambda: self._draw(user, failures + 1))
                return
            except Exception:
                self._run_later(0, lambda: self._draw(user, 0))  # what was asked for meanwhile
                raise

    def _next(self, user: str) -> Callable[[], None] | None:
        with self._mutex:
            draw = self._wanted.pop(user, None)
            if draw is None:
                self._busy.discard(user)
            return draw


def _pause(fault: SlackFault, failures: int) -> timedelta | None:
    """How long to wait before the next try; None where another try does not help."""
    if isinstance(fault, RetryLater) and fault.after is not None:
        return fault.after
    if isinstance(fault, RetryLater | UnknownOutcome) or fault.code == "hash_conflict":
        return min(_PAUSE * float(2**failures), _LONGEST_PAUSE)
    return None


def with_timers(run: Callable[[Callable[[], None]], object]) -> RunLater:
    """Run work by `run` after some seconds; what waits when the process ends is given up."""

    def run_later(seconds: float, work: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, run, [work])
        timer.daemon = True
        timer.start()

    return run_later
