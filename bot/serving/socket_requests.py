"""Requests that come over Socket Mode: dispatched in threads, each acknowledged when its listener has run."""

from __future__ import annotations

import asyncio
import json
import logging
from concurrent.futures import CancelledError
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.fair_threads import FairThreads, Stopped
from bot.serving.request_gate import RequestGate, person_of
from bot.telemetry import log_context

log = logging.getLogger(__name__)

Socket = aiohttp.ClientWebSocketResponse[bool]

_THREADS = 16
#: Requests of one person that run at the same time, and that may wait.
_AT_ONCE, _WAITING = 8, 100
#: Seconds until an acknowledgement must have been written.
_SENDING = 3.0


class SocketRequests:
    """Takes envelopes from any connection.

    Args:
        gate: dispatches requests; a request counts as running until its acknowledgement has been sent.
    """

    def __init__(self, gate: RequestGate) -> None:
        self._gate = gate
        self._threads = FairThreads(_THREADS, "socket-request", at_once=_AT_ONCE, waiting=_WAITING)
        #: The newest connection; it takes the acknowledgements of one that has ended.
        self.newest: Socket | None = None

    def take(self, envelope: dict[str, Any], socket: Socket) -> None:
        """Queue a request; called on the event loop of `socket`."""
        message = SocketModeRequest.from_dict(envelope)
        if message is None:
            log.warning("An envelope of Slack could not be read.")
            return
        loop = asyncio.get_running_loop()
        request = BoltRequest(mode="socket_mode", body=message.payload, headers=build_headers(message))

        def answer() -> None:
            with self._gate.hold(), log_context.request():
                self._acknowledge(loop, socket, message.envelope_id, self._gate.dispatch(request))

        def refuse() -> None:
            self._acknowledge(loop, socket, message.envelope_id, self._gate.refuse_as_busy(request))

        try:
            if not self._threads.submit(person_of(request), answer, urgent="trigger_id" in request.body):
                self._threads.submit("", refuse)
        except Stopped:
            log.info("A request came while the process stops; Slack sends it again, or tells the person.")

    def stop(self) -> None:
        """Take nothing more; what runs goes on."""
        self._threads.stop(0)

    def _acknowledge(
        self, loop: asyncio.AbstractEventLoop, socket: Socket, envelope_id: str, response: BoltResponse
    ) -> None:
        """Send the answer; without one Slack sends the request again, or shows the person an error."""
        if response.status != 200:
            return
        text = json.dumps({"envelope_id": envelope_id, **_payload(response)})
        sending = self._send(socket, text)
        try:
            asyncio.run_coroutine_threadsafe(sending, loop).result(_SENDING)
        except (RuntimeError, CancelledError):
            sending.close()
            log.info("An acknowledgement was not sent: the connection is closed.")
        except (aiohttp.ClientError, OSError) as error:  # a timeout is an OSError
            log.info("An acknowledgement was not sent: %s", error or type(error).__name__)

    async def _send(self, socket: Socket, text: str) -> None:
        try:
            await socket.send_str(text)
        except OSError:
            if self.newest is None or self.newest is socket:
                raise
            await self.newest.send_str(text)


def _payload(response: BoltResponse) -> dict[str, Any]:
    if not response.body:
        return {}
    content_type = response.headers.get("content-type", [""])[0]
    if content_type.startswith("application/json"):
        return {"payload": json.loads(response.body)}
    return {"payload": {"text": response.body}}
