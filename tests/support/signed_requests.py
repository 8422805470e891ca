"""Signed requests as Slack sends them, made beforehand so that measuring measures the bot."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
import uuid
from typing import Any
from urllib.parse import urlencode

TEAM = {"id": "T0ECODEMO1", "domain": "eco-demo"}
USER = "U0ANA00001"
CHANNEL = {"id": "C0ROLLOUT1", "name": "eco-rollout"}


def command(text: str, response_url: str = "http://127.0.0.1:9/none", user: str = USER) -> str:
    """`/eco TEXT` of a person."""
    return urlencode(
        {
            "token": "x",
            "team_id": TEAM["id"],
            "team_domain": TEAM["domain"],
            "channel_id": CHANNEL["id"],
            "channel_name": CHANNEL["name"],
            "user_id": user,
            "user_name": user.lower(),
            "command": "/eco",
            "text": text,
            "api_app_id": "A0ECOAPP01",
            "response_url": response_url,
            "trigger_id": uuid.uuid4().hex,
        }
    )


def _interaction(kind: str, user: str, **more: Any) -> str:
    payload = {
        "type": kind,
        "team": TEAM,
        "user": {"id": user, "username": user.lower(), "team_id": TEAM["id"]},
        "api_app_id": "A0ECOAPP01",
        "token": "x",
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": uuid.uuid4().hex,
        **more,
    }
    return urlencode({"payload": json.dumps(payload)})


def button(action_id: str, value: str, user: str = USER) -> str:
    """A button on a card, pressed by a person."""
    action = {
        "type": "button",
        "action_id": action_id,
        "block_id": "b",
        "value": value,
        "action_ts": f"{time.time():.6f}",
        "text": {"type": "plain_text", "text": "x"},
    }
    return _interaction(
        "block_actions",
        user,
        channel=CHANNEL,
        container={"type": "message", "message_ts": "1.1", "channel_id": CHANNEL["id"], "is_ephemeral": False},
        message={"ts": "1.1", "text": "card"},
        actions=[action],
    )


def form(callback_id: str, metadata: dict[str, Any], values: dict[str, Any], user: str = USER) -> str:
    """A form that a person submits; `values` are field -> element state."""
    identity = uuid.uuid4().hex
    view = {
        "id": f"V{identity}",
        "hash": identity,
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": json.dumps(metadata),
        "state": {"values": {field: {"value": element} for field, element in values.items()}},
        "blocks": [],
    }
    return _interaction("view_submission", user, view=view, response_urls=[])


class Client:
    """One kept-alive connection to the bot."""

    def __init__(self, port: int, secret: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._secret = secret.encode()

    def send(self, body: str) -> tuple[float, int, bytes]:
        """Send one request: seconds until it was answered, status, body of the answer."""
        stamp = str(int(time.time()))
        signature = hmac.new(self._secret, f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signature}",
        }
        began = time.perf_counter()
        self._connection.request("POST", "/slack/events", body, headers)
        response = self._connection.getresponse()
        data = response.read()
        return time.perf_counter() - began, response.status, data

    def close(self) -> None:
        self._connection.close()
