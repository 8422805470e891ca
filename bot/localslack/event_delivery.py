"""Delivers events to the app, by signed HTTP or over Socket Mode, and waits three seconds for the acknowledgement."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp

from .core import Core
from .recorder import Delivery
from .snapshots import Message, message_snapshot
from .websockets import SocketConnections
from .workspace_model import Json

#: Looks at the state from another thread: a record of a delivery is read by tests.
Reader = Callable[[Callable[[], list[Message]]], list[Message]]

USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


class EventSender:
    """Delivers and records; the caller interprets the answer."""

    def __init__(self, core: Core, sockets: SocketConnections, read: Reader) -> None:
        self.core = core
        self.sockets = sockets
        self._read = read
        self.url: str | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the HTTP client."""
        # A bot that was killed and started again must not be reached through its old connection.
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))

    async def stop(self) -> None:
        """Close the HTTP client."""
        if self._session is not None:
            await self._session.close()

    def new_id(self) -> str:
        """The id of a delivery to come; its response_url refers to it."""
        return self.core.workspace.new_id("Dv")

    async def deliver(
        self,
        kind: str,
        payload: Json,
        delivery_id: str | None = None,
        *,
        retry_num: int | None = None,
        retry_reason: str | None = None,
    ) -> Delivery:
        """Deliver one payload and wait for the acknowledgement, or for the time to run out."""
        delivery = Delivery(
            id=delivery_id or self.new_id(),
            kind=kind,
            payload=payload,
            at=self.core.workspace.now(),
            retry_num=retry_num,
            retry_reason=retry_reason,
            look_up=self._ephemerals,
        )
        started = time.perf_counter()
        late = self.core.late_deliveries > 0
        self.core.late_deliveries -= late
        try:
            async with asyncio.timeout(self.core.ack_limit):
                if self.url is not None:
                    delivery.transport = "http"
                    await self._post(self.url, delivery)
                elif self.sockets.connected:
                    delivery.transport = "socket"
                    await self._send(delivery)
                else:
                    delivery.error = "dispatch_failed"
        except TimeoutError:
            delivery.error = "operation_timeout"
        except (aiohttp.ClientError, OSError) as fault:
            delivery.error = "dispatch_failed"
            delivery.detail = str(fault) or type(fault).__name__
        if late and delivery.ok:
            # The bot did its work, but Slack no longer listened.
            await asyncio.sleep(self.core.ack_limit - (time.perf_counter() - started))
            delivery.error, delivery.response = "operation_timeout", None
        delivery.ack_ms = (time.perf_counter() - started) * 1000
        self.core.recorder.deliveries.append(delivery)
        self.core.workspace.changed()
        return delivery

    async def _post(self, url: str, delivery: Delivery) -> None:
        if self._session is None:
            raise RuntimeError("the sender was not started")
        body, content_type = _body(delivery)
        headers = {"Content-Type": content_type, "User-Agent": USER_AGENT}
        if delivery.retry_num is not None:
            headers["X-Slack-Retry-Num"] = str(delivery.retry_num)
            headers["X-Slack-Retry-Reason"] = delivery.retry_reason or "http_error"
        # The signature carries real time: the bot checks it against its machine's clock, which no time
        # machine moves.
        headers |= sign(self.core.signing_secret, body, int(time.time()))
        async with self._session.post(url, data=body.encode(), headers=headers) as response:
            text = await response.text()
            delivery.status = response.status
            if response.status >= 500:
                delivery.error = "http_service_error"
            elif response.status != 200:
                delivery.error = "http_client_error"
            else:
                delivery.response = _answer(text)

    async def _send(self, delivery: Delivery) -> None:
        kinds = {"slash_commands": "slash_commands", "event_callback": "events_api"}
        answer = await self.sockets.deliver(
            kinds.get(delivery.kind, "interactive"),
            delivery.payload,
            retry_num=delivery.retry_num,
            retry_reason=delivery.retry_reason,
        )
        delivery.status = 200
        delivery.response = answer

    def _ephemerals(self, delivery_id: str) -> list[Message]:
        workspace = self.core.workspace

        def look() -> list[Message]:
            found = [message for message in workspace.ephemerals if message.answers == delivery_id]
            return [message_snapshot(workspace, message) for message in found]

        return self._read(look)


def sign(secret: str, body: str, timestamp: int) -> dict[str, str]:
    """Slack's request signature, version 0."""
    base = f"v0:{timestamp}:{body}".encode()
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


def _body(delivery: Delivery) -> tuple[str, str]:
    if delivery.kind == "slash_commands":
        return urlencode(delivery.payload), "application/x-www-form-urlencoded"
    if delivery.kind == "event_callback":
        return json.dumps(delivery.payload), "application/json"
    return urlencode({"payload": json.dumps(delivery.payload)}), "application/x-www-form-urlencoded"


def _answer(text: str) -> Json | None:
    if not text.strip():
        return None
    try:
        answer: Any = json.loads(text)
    except json.JSONDecodeError:
        return {"text": text}
    return answer if isinstance(answer, dict) else {"text": text}
