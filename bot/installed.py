"""What a workspace that is one of several gets: the parts of the process, who it is, and what becomes of its token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.process_parts import ProcessParts
from bot.workspace import Identity


@dataclass(frozen=True, slots=True)
class Installed:
    """An installation of the app, as the workspace that it serves needs it.

    Attributes:
        parts: what it shares with the other workspaces of the process.
        keep_token: looks after the token; called by the workspace's own clock, so that a slow answer delays no other.
        cut_off: told that Slack refuses a token: the event or code that said so, and which token.
    """

    parts: ProcessParts
    identity: Identity
    keep_token: Callable[[], None]
    cut_off: Callable[[str, str], None]
