"""Masks secrets in text, by their form and by their value."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"

_SECRETS = re.compile(
    r"""
      \b(?:xox[a-z]|xapp|xwfp)(?:\.xox[a-z])?-[\w-]+                     # tokens of Slack
    | (?<=hooks\.slack\.com/)[\w/%.-]+                                   # addresses that post without a token
    | (?<=://)[^\s/:@]*:[^\s/@]+(?=@)                                    # name and password in a URL
    | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b                                      # keys of AWS
    """,
    re.VERBOSE,
)


class Mask:
    """Replaces text in the form of a secret, and the given secrets."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # Shorter ones would mask ordinary words.
        known = sorted({secret for secret in secrets if len(secret) >= 6}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        """The text with its secrets masked."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        return _SECRETS.sub(MASK, text)
