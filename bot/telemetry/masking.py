"""What a secret looks like, and text without it."""

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
    """Replaces everything that looks like a secret, and the known secrets whatever they look like."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # What is shorter would blacken ordinary words.
        known = sorted({secret for secret in secrets if len(secret) >= 6}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        """The text without its secrets."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        return _SECRETS.sub(MASK, text)
