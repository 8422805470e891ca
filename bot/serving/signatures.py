"""Signatures of Slack's requests: checked, and refusals counted and logged by reason."""

from __future__ import annotations

import hmac
import logging
import re
import threading
import time
from collections.abc import Callable
from enum import StrEnum

from slack_sdk.signature import SignatureVerifier

log = logging.getLogger(__name__)

#: Seconds that a request may be old, or ahead of this machine's clock.
_FRESH = 300
#: Seconds between two lines of the log about one reason.
_LOG_EVERY = 60.0


class Refusal(StrEnum):
    """Why a request is refused."""

    MISSING = "missing"
    MALFORMED = "malformed"
    CLOCK = "clock"
    SECRET = "secret"  # noqa: S105 - a reason, not a secret


_LEVELS = {Refusal.CLOCK: logging.WARNING, Refusal.SECRET: logging.WARNING}
_SENTENCES = {
    Refusal.MISSING: "Requests without a signature are refused: they are not from Slack.",
    Refusal.MALFORMED: "Requests whose signature has no valid form are refused: they are not from Slack.",
    Refusal.CLOCK: "Requests are refused that are signed with SLACK_SIGNING_SECRET, but by a clock that differs from "
    "this machine's by %s. Set this machine's clock, best by NTP; if it is right, somebody repeats old requests.",
    Refusal.SECRET: "Requests are refused that are not signed with SLACK_SIGNING_SECRET. If Slack sends them, copy the "
    "secret again from “Basic Information” on your app's pages; otherwise somebody else does.",
}


class SignatureChecker:
    """Checks that Slack signed a request within the last five minutes.

    Args:
        now: the wall clock, in seconds since the epoch.
        refused: called with the reason of each refusal.
    """

    def __init__(
        self,
        signing_secret: str,
        now: Callable[[], float] = time.time,
        refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._verifier = SignatureVerifier(signing_secret)
        self._now = now
        self._refused = refused
        self._mutex = threading.Lock()
        self._logged: dict[Refusal, float] = {}

    def admits(self, body: bytes, timestamp: str | None, signature: str | None) -> bool:
        """Whether the signature is valid; if not, the refusal is counted, and logged at most once a minute."""
        refusal = self._check(body, timestamp, signature)
        if refusal is None:
            return True
        self._refused(refusal)
        self._log(refusal, timestamp)
        return False

    def _check(self, body: bytes, timestamp: str | None, signature: str | None) -> Refusal | None:
        """The reason for a refusal.

        The form is checked first: Slack's verifier raises for timestamps that are no number or too large and for
        text that is not ASCII, and accepts digits of every script.
        """
        if timestamp is None or signature is None:
            return Refusal.MISSING
        if not re.fullmatch("[0-9]{1,12}", timestamp) or not re.fullmatch("v0=[0-9a-f]{64}", signature):
            return Refusal.MALFORMED
        try:
            right = self._verifier.generate_signature(timestamp=timestamp, body=body)
        except UnicodeDecodeError:  # Slack sends UTF-8 only
            return Refusal.MALFORMED
        if right is None or not hmac.compare_digest(right, signature):
            return Refusal.SECRET
        return None if abs(self._now() - int(timestamp)) <= _FRESH else Refusal.CLOCK

    def _log(self, refusal: Refusal, timestamp: str | None) -> None:
        now = self._now()
        with self._mutex:
            # A clock that was set back must not silence the log.
            if 0 <= now - self._logged.get(refusal, float("-inf")) < _LOG_EVERY:
                return
            self._logged[refusal] = now
        values = (_span(now - int(timestamp or 0)),) if refusal is Refusal.CLOCK else ()
        log.log(_LEVELS.get(refusal, logging.INFO), _SENTENCES[refusal], *values)


def _span(seconds: float) -> str:
    minutes = round(abs(seconds) / 60)
    amount = f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"
    return f"{amount} ({'it is behind' if seconds > 0 else 'it is ahead'})"
