"""One websocket of Socket Mode, from Slack's greeting to its end."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import aiohttp

from bot.serving.socket_requests import Socket, SocketRequests

log = logging.getLogger(__name__)


class SocketLink:
    """One websocket; `read` takes what comes over it.

    Attributes:
        socket: the websocket.
        greeted: set when Slack has said hello, or the link has ended before.
        ended: when a new connection is needed: Slack's reason, or "" if the connection is lost.
    """

    def __init__(self, socket: Socket, requests: SocketRequests, overlap: float) -> None:
        self.socket = socket
        self._requests = requests
        self._overlap = overlap
        self.greeted = asyncio.Event()
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def is_open(self) -> bool:
        """Whether requests can come."""
        return not self.ended.done() and not self.socket.closed

    async def close(self) -> None:
        """Close the websocket."""
        await self.socket.close()

    async def read(self) -> None:
        """Take what comes until the end; after a `disconnect`, for a while longer."""
        try:
            await self._read_until_disconnect()
            if self.ended.done():
                async with asyncio.timeout(self._overlap):
                    await self._read_until_disconnect()
        except TimeoutError:
            log.debug("Slack has not closed a connection that it replaced.")
        finally:
            self._end("")
            self.greeted.set()
            await self.socket.close()

    async def _read_until_disconnect(self) -> None:
        async for frame in self.socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                continue
            message = _parsed(frame.data)
            kind = message.get("type")
            if kind == "hello":
                self.greeted.set()
            elif kind == "disconnect":
                self._end(str(message.get("reason") or "warning"))
                self.greeted.set()
                return
            elif "envelope_id" in message:
                self._requests.take(message, self.socket)

    def _end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)


def _parsed(text: object) -> dict[str, Any]:
    try:
        message = json.loads(str(text))
    except ValueError:
        log.warning("A message of Slack over Socket Mode is no JSON.")
        return {}
    return message if isinstance(message, dict) else {}
