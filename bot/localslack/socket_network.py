"""Breaks the network below Socket Mode: connections that end, that fall silent, that Slack refuses."""

from __future__ import annotations

from .event_loop import LoopThread
from .websockets import End, SocketConnections


class SocketNetwork:
    """The Socket Mode connections of a local Slack, from any thread."""

    def __init__(self, loop: LoopThread, sockets: SocketConnections) -> None:
        self._loop = loop
        self._sockets = sockets

    def end(self, how: End) -> None:
        """End every connection: with a CLOSE frame, or by "fin" or "reset" without one."""
        self._loop.run(self._sockets.end(how))

    def refuse(self, reason: str) -> None:
        """Refuse connections with a reason such as "link_disabled", present ones too; "" takes new ones."""
        self._loop.read(lambda: setattr(self._sockets, "refusal", reason))
        if reason:
            self._loop.run(self._sockets.refresh(reason))
            self._loop.run(self._sockets.end("close"))

    def silence(self) -> None:
        """Let the network below the present connections die; new ones work."""
        self._loop.read(self._sockets.silence)
