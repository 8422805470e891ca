"""The Socket Mode connection: opened with patience, handing over what comes, telling when it is gone."""

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

#: Slack asks every connection to come back every few hours, which takes a moment and is no problem.
_PATIENCE = 15.0
_LONGEST_PAUSE = 30.0
_HURRY = 0.05
#: Answers of Slack that no patience changes.
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
        intake: answers requests; one counts as inside until its answer has been sent.
        refused: called with a sentence where Slack will never accept the token.
    """

    def __init__(self, app: App, token: str, intake: RequestGate, refused: Callable[[str], None]) -> None:
        self._handler = _Handler(app, token, intake)
        self._refused = refused
        self._stopping = threading.Event()
        self._lost_at: float | None = None
        self._ever = False
        self._thread = threading.Thread(target=self._connect, name="socket-mode", daemon=True)

    def start(self) -> None:
        """Begin to connect; that it has not succeeded yet is a problem like any other."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Close the connection; gives up after `timeout` seconds."""
        self._stopping.set()
        # Slack's client joins threads that may be waiting for the network.
        closing = threading.Thread(target=self._close, name="socket-mode-close", daemon=True)
        closing.start()
        closing.join(timeout)

    def _close(self) -> None:
        try:
            self._handler.close()  # type: ignore[no-untyped-call]
        except (AttributeError, OSError):
            # Its reading thread closed the socket at the same instant, after which the rest can be closed.
            self._handler.close()  # type: ignore[no-untyped-call]

    def problems(self) -> list[str]:
        """A sentence where there is no connection, or has been none for a while."""
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
                # From then on the client itself connects anew, whenever it must.
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
    """Bolt's handler, which sends what comes through our own way in."""

    def __init__(self, app: App, token: str, intake: RequestGate) -> None:
        super().__init__(app, token)
        self.client.on_message_listeners.append(self._hurry)
        self._intake = intake

    def handle(self, client: BaseSocketModeClient, req: SocketModeRequest) -> None:
        """Answer one envelope; without an answer Slack sends it again, or tells the person."""
        began = time.time()
        with self._intake.hold():
            request = BoltRequest(mode="socket_mode", body=req.payload, headers=build_headers(req))
            send_response(client, req, self._intake.dispatch(request), began)

    def _hurry(self, message: str) -> None:
        """Read with less patience from a connection that Slack is about to close.

        The client opens the next one first, but reads it only when it has closed the old one, for which it
        waits for the old one's read: up to 3 seconds, which is all that Slack gives an answer.
        """
        session = self.client.current_session
        sock = session.sock if session is not None else None
        if sock is not None and '"disconnect"' in message and json.loads(message).get("type") == "disconnect":
            sock.settimeout(_HURRY)
