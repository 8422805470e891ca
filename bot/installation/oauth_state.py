"""The state of an installation under way: signed, ten minutes good, bound to the browser by a cookie.

Nothing is stored when somebody opens the page, so that nobody can fill the database by that. That a state is used once
is the caller's to see to, by its name.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie

#: How long somebody may look at Slack's page.
LIFETIME = timedelta(minutes=10)
COOKIE = "eco_install"


class StateInvalid(Exception):
    """The state is forged, too old, or of another browser."""


class States:
    """Makes states and reads them.

    Args:
        secret: what they are signed with; a key for this purpose alone is derived from it.
        draw: draws a random name.
        path: of the page to which the browser comes back. secure: whether that is an https address.
    """

    def __init__(self, secret: str, draw: Callable[[], str], path: str, *, secure: bool) -> None:
        self._key = hmac.new(secret.encode(), b"state of an installation", hashlib.sha256).digest()
        self._draw = draw
        self._about = f"Path={path}; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")

    def make(self, now: datetime) -> str:
        """A new state."""
        said = f"{int((now + LIFETIME).timestamp())}.{self._draw()}"
        return f"{said}.{self._sign(said)}"

    def cookie(self, state: str) -> str:
        """The cookie of the browser that was given the state."""
        return f"{COOKIE}={state}; Max-Age={int(LIFETIME.total_seconds())}; {self._about}"

    def no_cookie(self) -> str:
        """What takes the cookie away again."""
        return f"{COOKIE}=; Max-Age=0; {self._about}"

    def name_of(self, state: str, cookies: str, now: datetime) -> str:
        """The name of a state that this browser has brought back; raises `StateInvalid`."""
        said, _, signature = state.rpartition(".")
        until, _, name = said.partition(".")
        try:
            mine = SimpleCookie(cookies).get(COOKIE)
            is_signed = hmac.compare_digest(signature.encode(), self._sign(said).encode())
            is_fresh = is_signed and 0 <= int(until) - now.timestamp() <= LIFETIME.total_seconds()
        except (CookieError, ValueError):
            raise StateInvalid from None
        if not is_fresh or mine is None or not hmac.compare_digest(mine.value.encode(), state.encode()):
            raise StateInvalid
        return name

    def _sign(self, said: str) -> str:
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()
