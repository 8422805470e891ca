"""Socket Mode: the bot's websockets, envelopes to them in turn, and their acknowledgements."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Literal
from uuid import uuid4

from aiohttp import WSMsgType, web

from .core import Core
from .websocket_wire import Wire
from .workspace_model import Json

#: Slack's own limit.
MOST_CONNECTIONS = 10
#: Often, because the SDK's client notices that it was closed at the next frame only.
PING_SECONDS = 0.5

End = Literal["fin", "reset", "close"]


class SocketConnections:
    """The open connections."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._wires: list[Wire] = []
        self._waiting: dict[str, asyncio.Future[Json | None]] = {}
        self._turn = 0
        #: Slack's reason to refuse new connections, such as "link_disabled"; "" takes them.
        self.refusal = ""
        self._replacing: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether the bot holds a connection."""
        return bool(self._wires)

    @property
    def connections(self) -> int:
        """The number of connections that the bot holds."""
        return len(self._wires)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One websocket from its handshake to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.core.tickets:
            return web.Response(status=401)
        self.core.tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        wire = Wire(socket, request)
        refusal = self.refusal or ("too_many_websockets" if len(self._wires) >= MOST_CONNECTIONS else "")
        if refusal:
            await socket.send_json(_disconnect(refusal))
            await socket.close()
            return socket
        self._wires.append(wire)
        pinging = asyncio.create_task(_ping(wire))
        try:
            await wire.send_json(self._hello())
            self.core.workspace.changed()
            self._replacing = asyncio.create_task(self._let_go())
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._received(message.data)
        finally:
            pinging.cancel()
            if wire in self._wires:
                self._wires.remove(wire)
            self.core.workspace.changed()
        return socket

    async def deliver(
        self, kind: str, payload: Json, *, retry_num: int | None = None, retry_reason: str | None = None
    ) -> Json | None:
        """Send one envelope to the next connection in turn; returns the payload of its acknowledgement.

        A fault of the method "socket" is carried out on the wire: "fragments" sends it in small pieces, "stall"
        stops for `delay` seconds after byte `at`.
        """
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
        wire = self._wires[self._turn % len(self._wires)]
        acknowledged: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = acknowledged
        wire.unanswered.add(acknowledged)
        fault = self.core.faults.take("socket", set())
        try:
            if fault is not None and fault.kind == "fragments":
                await wire.send_fragments(envelope)
            elif fault is not None and fault.kind == "stall":
                await wire.send_with_a_stall(envelope, fault.at, fault.delay)
            else:
                await wire.send_json(envelope)
            return await acknowledged
        finally:
            del self._waiting[envelope_id]
            wire.unanswered.discard(acknowledged)

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to come back, as Slack does every few hours; it is closed when a new one is there."""
        for wire in list(self._wires):
            wire.is_leaving = True
            await wire.send_json(_disconnect(reason))

    async def end(self, how: End) -> None:
        """End every connection: with a CLOSE frame, with a FIN alone, or with a reset."""
        for wire in list(self._wires):
            if how == "close":
                await wire.socket.close()
            else:
                wire.end(reset=how == "reset")

    def silence(self) -> None:
        """Read and send nothing more over the connections that there are, as when a network dies."""
        for wire in self._wires:
            wire.silence()
        self._wires.clear()

    async def close(self) -> None:
        """Say goodbye and close every connection."""
        for wire in list(self._wires):
            if not wire.socket.closed:
                await wire.send_json(_disconnect("link_disabled"))
                await wire.socket.close()

    async def _let_go(self) -> None:
        """Close the connections that were replaced, when all that went over them is answered."""
        for leaving in [wire for wire in self._wires if wire.is_leaving]:
            self._wires.remove(leaving)
            if leaving.unanswered:
                await asyncio.wait(leaving.unanswered, timeout=self.core.ack_limit)
            await leaving.socket.close()

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
            "num_connections": len(self._wires),
            "debug_info": {
                "host": "applink-local",
                "build_number": 1,
                "approximate_connection_time": 18_060,
            },
            "connection_info": {"app_id": self.core.app_id},
        }


async def _ping(wire: Wire) -> None:
    """Keep the connection warm. No answer is waited for: a bot that is busy or stopped in a debugger
    keeps its connection."""
    while not wire.socket.closed and not wire.is_silent:
        await asyncio.sleep(PING_SECONDS)
        await wire.ping(b"Ping from the local Slack")  # as Slack does; an empty one confuses the SDK's client


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-local"}}
