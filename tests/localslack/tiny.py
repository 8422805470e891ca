"""A tiny bot to hold against the local Slack: a Bolt app behind a threaded WSGI server."""

from __future__ import annotations

import threading
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk import WebClient

from bot.localslack import LocalSlack
from bot.localslack.web_api import METHODS


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = False


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: tests read the record of the local Slack."""


class TinyBot:
    """Register listeners on `app`; deliveries reach it over HTTP while it serves."""

    def __init__(self, slack: LocalSlack) -> None:
        self.slack = slack
        self.client = client_of(slack)
        self.app = App(name="tiny-bot", client=self.client, signing_secret=slack.signing_secret)
        self._server = make_server(
            "127.0.0.1", 0, SlackRequestHandler(self.app), server_class=_Server, handler_class=_Quiet
        )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        """Where Slack delivers to."""
        return f"http://127.0.0.1:{self._server.server_port}/slack/events"

    def __enter__(self) -> TinyBot:
        self._thread.start()
        self.slack.connect_http(self.url)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def opens(self, view: dict[str, Any]) -> None:
        """Let /tiny open this form."""

        @self.app.command("/tiny")
        def open_it(ack: Any, body: dict[str, Any], client: WebClient) -> None:
            ack()
            client.views_open(trigger_id=body["trigger_id"], view=view)


def manifest(*, scopes: list[str] | None = None, **features: Any) -> dict[str, Any]:
    """A manifest of an app with these features and scopes; without scopes, of one with every scope it may need."""
    granted = [scope for method in METHODS.values() for scope in method.scopes] if scopes is None else scopes
    return {
        "display_information": {"name": "Tiny"},
        "features": {"bot_user": {"display_name": "App"}} | features,
        "oauth_config": {"scopes": {"bot": granted}},
    }


def client_of(slack: LocalSlack, token: str | None = None) -> WebClient:
    """A client without retries, so that every test counts its own calls."""
    return WebClient(token=token or slack.bot_token, base_url=slack.api_url, retry_handlers=[])


def section(text: str, **more: Any) -> dict[str, Any]:
    """A section of mrkdwn."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def plain(text: str) -> dict[str, Any]:
    """A plain-text object."""
    return {"type": "plain_text", "text": text}


def button(text: str, action_id: str, **more: Any) -> dict[str, Any]:
    """A button."""
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A row of buttons."""
    return {"type": "actions", "elements": list(elements), **more}


def text_input(block_id: str, label: str, **more: Any) -> dict[str, Any]:
    """A text input; `element` overrides or extends its element."""
    element = {"type": "plain_text_input", "action_id": "value", **more.pop("element", {})}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


def modal(title: str = "Form", *blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A modal with a submit button."""
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain(title),
        "submit": plain("Save"),
        "blocks": list(blocks),
        **more,
    }
