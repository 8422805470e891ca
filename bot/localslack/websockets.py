"""Socket Mode: the bot's websockets, envelopes to them in turn, and their acknowledgements."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from .core import Core
from .workspace_model import Json

#: Slack's own limit.
MOST_CONNECTIONS = 10
#: Often, because the SDK's client notices that it was closed at the next frame only.
PING_SECONDS = 0.5


class SocketConnections:
    """The open connections."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._sockets: list[web.WebSocketResponse] = []
        self._waiting: dict[str, asyncio.Future[Json | None]] = {}
        self._turn = 0

    @property
    def connected(self) -> bool:
        """Whether the bot holds a connection."""
        return bool(self._sockets)

    @property
    def connections(self) -> int:
        """The number of connections that the bot holds."""
        return len(self._sockets)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One websocket from its handshake to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.core.tickets:
            return web.Response(status=401)
        self.core.tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self._sockets) >= MOST_CONNECTIONS:
            await socket.send_json(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        self._sockets.append(socket)
        pinging = asyncio.create_task(_ping(socket))
        try:
            await socket.send_json(self._hello())
            self.core.workspace.changed()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._received(message.data)
        finally:
            pinging.cancel()
            self._sockets.remove(socket)
            self.core.workspace.changed()
        return socket

    async def deliver(
        self, kind: str, payload: Json, *, retry_num: int | None = None, retry_reason: str | None = None
    ) -> Json | None:
        """Send one envelope to the next connection in turn; returns the payload of its acknowledgement."""
        envelope_id = str(uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry_num or 0, "retry_reason": retry_reason or ""}
        self._turn += 1
        socket = self._sockets[self._turn % len(self._sockets)]
        acknowledged: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = acknowledged
        try:
            await socket.send_json(envelope)
            return await acknowledged
        finally:
            del self._waiting[envelope_id]

    async def refresh(self) -> None:
        """Ask every connection to come back, as Slack does every few hours."""
        for socket in list(self._sockets):
            await socket.send_json(_disconnect("refresh_requested"))

    async def close(self) -> None:
        """Say goodbye and close every connection."""
        for socket in list(self._sockets):
            if not socket.closed:
                await socket.send_json(_disconnect("link_disabled"))
                await socket.close()

    def _received(self, data: str) -> None:
        try:
            message: Any = json.loads(data)
        except json.JSONDecodeError:
            return
        if not isinstance(message, dict):
            return
        waiting = self._waiting.get(str(message.get("envelope_id")))
        if waiting is not None and not waiting.done():
            payload = message.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) and payload else None)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._sockets),
            "debug_info": {
                "host": "applink-local",
                "build_number": 1,
                "approximate_connection_time": 18_060,
            },
            "connection_info": {"app_id": self.core.app_id},
        }


async def _ping(socket: web.WebSocketResponse) -> None:
    """Keep the connection warm. No answer is waited for: a bot that is busy or stopped in a debugger
    keeps its connection."""
    while not socket.closed:
        await asyncio.sleep(PING_SECONDS)
        await socket.ping(b"Ping from the local Slack")  # as Slack does; an empty one confuses the SDK's client


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-local"}}
