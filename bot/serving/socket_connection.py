"""The Socket Mode connection: connects with retries, dispatches requests, reports a lost connection."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from urllib.error import URLError

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import build_headers, send_response
from slack_bolt.request import BoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.serving.request_gate import RequestGate

log = logging.getLogger(__name__)

#: Seconds without a connection before it is a problem: Slack replaces connections every few hours.
_PATIENCE = 15.0
_LONGEST_PAUSE = 30.0
_HURRY = 0.05
#: Error codes that a retry does not change.
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


class SocketMode:
    """One connection to Slack, kept open by Slack's own client.

    Args:
        gate: dispatches requests; a request counts as running until its answer has been sent.
        refused: called with a message if Slack rejects the token for good.
    """

    def __init__(self, app: App, token: str, gate: RequestGate, refused: Callable[[str], None]) -> None:
        self._handler = _Handler(app, token, gate)
        self._refused = refused
        self._stopping = threading.Event()
        self._lost_at: float | None = None
        self._ever = False
        self._thread = threading.Thread(target=self._connect, name="socket-mode", daemon=True)

    def start(self) -> None:
        """Begin to connect, in a thread; `problems` tells until it has succeeded."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Close the connection; gives up after `timeout` seconds."""
        self._stopping.set()
        # In a thread: Slack's client joins threads that may be waiting for the network.
        closing = threading.Thread(target=self._close, name="socket-mode-close", daemon=True)
        closing.start()
        closing.join(timeout)

    def _close(self) -> None:
        try:
            self._handler.close()  # type: ignore[no-untyped-call]
        except (AttributeError, OSError):
            # The client's reading thread closed the socket at the same time; a second call closes the rest.
            self._handler.close()  # type: ignore[no-untyped-call]

    def problems(self) -> list[str]:
        """A sentence if there has been no connection yet, or none for `_PATIENCE` seconds."""
        if self._handler.client.is_connected():
            self._ever, self._lost_at = True, None
            return []
        now = time.monotonic()
        self._lost_at = self._lost_at or now
        if self._ever and now - self._lost_at < _PATIENCE:
            return []
        return ["Socket Mode is not connected to Slack."]

    def _connect(self) -> None:
        pause = 1.0
        while not self._stopping.is_set():
            try:
                # After the first connection the client reconnects by itself.
                self._handler.connect()  # type: ignore[no-untyped-call]
            except SlackApiError as error:
                reason = str(error.response["error"])
                if reason in _FINAL:
                    self._refused(f"Slack refuses SLACK_APP_TOKEN for Socket Mode: {reason}.")
                    return
                log.warning("Socket Mode could not be opened: %s. Trying again.", reason)
            except (URLError, OSError, ValueError) as error:
                log.warning("Socket Mode could not be opened: %s. Trying again.", error)
            else:
                return
            self._stopping.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


class _Handler(SocketModeHandler):
    """Bolt's Socket Mode handler, with requests dispatched by the gate."""

    def __init__(self, app: App, token: str, gate: RequestGate) -> None:
        super().__init__(app, token)
        self.client.on_message_listeners.append(self._hurry)
        self._gate = gate

    def handle(self, client: BaseSocketModeClient, req: SocketModeRequest) -> None:
        """Dispatch one request and send the answer; without one Slack retries, or shows the person an error."""
        began = time.time()
        with self._gate.hold():
            request = BoltRequest(mode="socket_mode", body=req.payload, headers=build_headers(req))
            send_response(client, req, self._gate.dispatch(request), began)

    def _hurry(self, message: str) -> None:
        """Shorten the read timeout of a connection that Slack is about to close.

        The client opens the new connection first, but reads from it only after closing the old one, which waits for
        the old one's read: up to 3 seconds, all the time that Slack gives an answer.
        """
        session = self.client.current_session
        sock = session.sock if session is not None else None
        if sock is not None and '"disconnect"' in message and json.loads(message).get("type") == "disconnect":
            sock.settimeout(_HURRY)
