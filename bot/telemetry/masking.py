"""Masks secrets in text, by their form and by their value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

MASK = "***"

_SECRETS = re.compile(
    r"""
      \b(?:xox[a-z]|xapp|xwfp)(?:\.xox[a-z])?-[\w-]+                     # tokens of Slack
    | (?<=hooks\.slack\.com/)[\w/%.-]+                                   # addresses that post without a token
    | (?<=://)[^\s/:@]*:[^\s/]+(?=@)                                     # name and password in a URL
    | (?<=\bpassword=)[^\s&'"]+                                          # an option of PostgreSQL
    | (?<=\bsslpassword=)[^\s&'"]+
    | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b                                      # keys of AWS
    """,
    re.VERBOSE,
)

#: One of them is in each text that `_SECRETS` finds something in. Lines of the log are written before Slack has its
#: acknowledgement, and the expression looks at each place of a line.
_MARKS = ("xox", "xapp", "xwfp", "hooks.slack.com/", "://", "password=", "AKIA", "ASIA")


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
        return _SECRETS.sub(MASK, text) if any(mark in text for mark in _MARKS) else text


def passwords_in(url: str) -> tuple[str, ...]:
    """The passwords in a database URL, as written and as meant."""
    found = re.findall(r"://[^/@:]*:(.+)@", url)  # up to the last @: one in the password may be unescaped
    found += re.findall(r"[?&](?:ssl)?password=([^&]+)", url)
    return tuple(dict.fromkeys(form for secret in found for form in (secret, unquote(secret))))
