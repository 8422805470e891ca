"""One websocket on the wire: whole messages, and the fragments, stalls and broken ends of a bad network."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
import struct

from aiohttp import web

from .workspace_model import Json

#: Bytes of a fragment.
FRAGMENT = 100
_TEXT, _CONTINUATION, _LAST = 0x1, 0x0, 0x80


class Wire:
    """A websocket and its TCP connection. One message is written at a time, also while it stalls."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self._transport = request.transport
        self._writing = asyncio.Lock()
        self.is_silent = False
        #: Whether the bot was asked to open another one in its place.
        self.is_leaving = False
        #: What waits for an acknowledgement of an envelope that went over this one.
        self.unanswered: set[asyncio.Future[Json | None]] = set()

    async def send_json(self, message: Json) -> None:
        """Send a message in one frame."""
        async with self._writing:
            await self.socket.send_json(message)

    async def ping(self, data: bytes) -> None:
        """Send a ping."""
        async with self._writing:
            if not self.is_silent:
                await self.socket.ping(data)

    async def send_fragments(self, message: Json) -> None:
        """Send a message in several frames, as RFC 6455 allows, with pings of `ping` between them."""
        data = json.dumps(message).encode()
        pieces = [data[start : start + FRAGMENT] for start in range(0, len(data), FRAGMENT)]
        for number, piece in enumerate(pieces):
            opcode = (_CONTINUATION if number else _TEXT) | (_LAST if number == len(pieces) - 1 else 0)
            async with self._writing:
                self._write(_frame(opcode, piece))
            await asyncio.sleep(0)

    async def send_with_a_stall(self, message: Json, at: int, seconds: float) -> None:
        """Send a message in one frame, with nothing for some seconds after byte `at` of its text."""
        frame = _frame(_TEXT | _LAST, data := json.dumps(message).encode())
        cut = len(frame) - len(data) + at
        async with self._writing:
            self._write(frame[:cut])
            await asyncio.sleep(seconds)
            self._write(frame[cut:])

    def end(self, *, reset: bool) -> None:
        """End the TCP connection without a word of goodbye."""
        if self._transport is None:
            return
        if reset:
            raw = self._transport.get_extra_info("socket")
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        else:
            self._transport.close()

    def silence(self) -> None:
        """Read nothing more that the bot sends, its pings included, and send nothing."""
        self.is_silent = True
        if isinstance(self._transport, asyncio.ReadTransport):
            self._transport.pause_reading()

    def _write(self, data: bytes) -> None:
        if not isinstance(self._transport, asyncio.WriteTransport) or self._transport.is_closing():
            raise ConnectionResetError("the websocket is closed")
        self._transport.write(data)


def _frame(opcode: int, data: bytes) -> bytes:
    """A frame of a server: its opcode with the bit of a last frame, and its length; unmasked."""
    if len(data) < 126:
        return struct.pack("!BB", opcode, len(data)) + data
    if len(data) < 1 << 16:
        return struct.pack("!BBH", opcode, 126, len(data)) + data
    return struct.pack("!BBQ", opcode, 127, len(data)) + data
