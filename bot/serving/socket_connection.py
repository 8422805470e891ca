"""The Socket Mode connection: connects with retries, dispatches requests, and says why it is not connected.

A thread of its own runs an event loop with the websocket; requests are dispatched in a pool of threads.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException

import aiohttp
from slack_bolt import App
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.serving.socket_link import SocketLink
from bot.serving.socket_requests import SocketRequests
from bot.serving.socket_url import proxy_for

log = logging.getLogger(__name__)

#: Error codes of apps.connections.open that a retry does not change.
_FINAL = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)
#: Reasons of Slack's `disconnect` that a new connection does not change, and what to do about each.
_REFUSALS = {
    "link_disabled": "Socket Mode is switched off for this app. Enable it under “Socket Mode” on the app's pages.",
    "too_many_websockets": "Slack allows an app ten connections, and others hold them. Stop other copies of the bot.",
}
#: Seconds after the first of those.
_FIRST_REFUSED = 2.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of a connection.

    Attributes:
        patience: without a connection before that is a problem; Slack replaces connections every few hours.
        heartbeat: without a byte from Slack before a ping is sent; after half of it without an answer, the
            connection is lost.
        opening: until Slack must have answered a new connection.
        longest_pause: between two tries.
        steady: that a connection must last for its end to count as a first failure.
        overlap: that a connection which Slack replaces is still read.
    """

    patience: float = 15.0
    heartbeat: float = 8.0
    opening: float = 10.0
    longest_pause: float = 30.0
    steady: float = 30.0
    overlap: float = 5.0


TIMING = Timing()


class SocketMode:
    """One connection to Slack, kept open.

    Args:
        app: its client opens connections.
        requests: answers what comes over them.
        refused: called with a message if Slack rejects the token for good.
        now: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        app: App,
        token: str,
        requests: SocketRequests,
        refused: Callable[[str], None],
        timing: Timing = TIMING,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._token = token
        self._requests = requests
        self._refused = refused
        self._timing = timing
        self._now = now
        self._backoff = _Backoff(self._timing)
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        #: When the connection was lost; None while there is one, minus infinity before the first.
        self._lost_at: float | None = float("-inf")
        self._refusal = ""
        self._replaced: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="socket-mode", daemon=True)

    def start(self) -> None:
        """Begin to connect, in a thread; `problems` tells until it has succeeded."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Close the connection; gives up after `timeout` seconds."""
        self._stopping.set()
        loop, task = self._loop, self._task
        if loop is not None and task is not None and not loop.is_closed():
            loop.call_soon_threadsafe(task.cancel)
        self._thread.join(timeout)
        self._requests.stop()

    def problems(self) -> list[str]:
        """A sentence if Slack refuses a connection, or there has been none for `patience` seconds."""
        if self._refusal:
            return [f"Slack refuses the Socket Mode connection: {self._refusal}. {_REFUSALS[self._refusal]}"]
        lost_at = self._lost_at
        if lost_at is None or self._now() - lost_at < self._timing.patience:
            return []
        return ["Socket Mode is not connected to Slack."]

    def _run(self) -> None:
        try:
            asyncio.run(self._keep_connected())
        except asyncio.CancelledError:
            log.debug("The Socket Mode connection was closed.")
        except Exception as error:
            log.exception("Socket Mode came to an end by itself.")
            self._refused(f"Socket Mode came to an end by itself: {type(error).__name__}.")

    async def _keep_connected(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        async with aiohttp.ClientSession() as session:
            try:
                while not self._stopping.is_set():
                    await self._connect_once(session)
            finally:
                for task in self._replaced:
                    task.cancel()
                await asyncio.gather(*self._replaced, return_exceptions=True)

    async def _connect_once(self, session: aiohttp.ClientSession) -> None:
        """Open a connection and wait until it ends or must be replaced; then pause if that was a failure."""
        try:
            link = await self._open(session)
        except SlackApiError as error:
            reason = str(error.response.get("error"))
            if reason in _FINAL:
                self._refused(f"Slack refuses SLACK_APP_TOKEN for Socket Mode: {reason}.")
                self._stopping.set()
                return
            after = str(error.response.headers.get("Retry-After", ""))
            self._failed(f"could not be opened: {reason}", float(after) if after.isdecimal() else 0.0)
        except (aiohttp.ClientError, HTTPException, SlackClientError, OSError, ValueError) as error:
            # A timeout is an OSError, and an answer that is no JSON a ValueError.
            self._failed(f"could not be opened: {error or type(error).__name__}")
        else:
            self._requests.newest = link.socket
            task = asyncio.create_task(link.read())
            self._replaced.add(task)
            task.add_done_callback(self._replaced.discard)
            await self._watch(link)
        await asyncio.sleep(self._backoff.pause)

    async def _open(self, session: aiohttp.ClientSession) -> SocketLink:
        answer = await asyncio.to_thread(self._app.client.apps_connections_open, app_token=self._token)
        url = str(answer["url"])
        async with asyncio.timeout(self._timing.opening):
            socket = await session.ws_connect(
                url,
                heartbeat=self._timing.heartbeat,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                proxy=proxy_for(url),
            )
        return SocketLink(socket, self._requests, self._timing.overlap)

    async def _watch(self, link: SocketLink) -> None:
        """Note when a connection begins and ends."""
        try:
            async with asyncio.timeout(self._timing.opening):
                await link.greeted.wait()
        except TimeoutError:
            await link.close()
        if link.is_open:
            self._lost_at, self._refusal = None, ""
            log.info("Socket Mode is connected.")
        began = self._now()
        reason = await link.ended
        if self._now() - began >= self._timing.steady:
            self._backoff.reset()
        if reason and reason not in _REFUSALS:  # Slack replaces the connection
            self._backoff.failed(reason)
            return
        if reason:
            self._refusal = reason
            self._failed(f"is refused: {reason}. {_REFUSALS[reason]}", at_least=_FIRST_REFUSED)
        else:
            self._failed("has lost its connection")

    def _failed(self, what: str, at_least: float = 0.0) -> None:
        """Note that there is no connection, lengthen the pause, and log the reason unless it is the same as before."""
        if self._lost_at is None:
            self._lost_at = self._now()
        if self._backoff.failed(what, at_least):
            log.warning("Socket Mode %s. Trying again.", what.rstrip("."))


class _Backoff:
    """The pause before the next try: none after the first failure, then longer and longer."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._failures = 0
        self._reason = ""
        self._pause = 0.0

    def failed(self, reason: str, at_least: float = 0.0) -> bool:
        """Count a failure; return whether its reason is new."""
        grown = 2.0 ** (self._failures - 1) if self._failures else 0.0
        self._pause = max(at_least, min(self._timing.longest_pause, grown))
        self._failures = min(self._failures + 1, 20)
        is_new, self._reason = reason != self._reason, reason
        return is_new

    def reset(self) -> None:
        """Forget earlier failures."""
        self._failures, self._reason = 0, ""

    @property
    def pause(self) -> float:
        """The seconds until the next try."""
        return self._pause
