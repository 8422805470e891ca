"""Refuses requests of workspaces that this bot does not serve: nothing is stored, and each is counted."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from bot.handlers.forms import first_field, notice
from bot.handlers.places import thread_in
from bot.handlers.request import Request
from bot.handlers.response import field_errors, replace_view
from bot.handlers.teams import team_of_app
from bot.slack.gateway import Gateway
from bot.slack.slack_errors import SlackFault

log = logging.getLogger(__name__)

_REFUSAL = "I don't work for this workspace, so nothing was saved. Ask whoever runs me."


def refuse(request: Request, kind: str) -> dict[str, Any]:
    """Log and count a refused request; return its acknowledgement, which says so where Slack shows one."""
    team = team_of_app(request.body)
    log.warning("a request (%s) of workspace %s is refused: this bot serves %s", kind, team, request.workspace_id)
    request.services.count_refused("button" if kind == "action" else kind)
    return refusal(request.body)


def refusal(body: Mapping[str, Any]) -> dict[str, Any]:
    """The acknowledgement of a refused request; {} where Slack shows none."""
    if "command" in body:
        return {"text": _REFUSAL, "response_type": "ephemeral"}
    if body.get("type") == "view_submission":
        field = first_field(body["view"])
        return (field_errors({field: _REFUSAL}) if field else replace_view(notice("Not saved", _REFUSAL))).ack
    return {}


def say_refused(request: Request) -> None:
    """Tell a person who pressed a button or used a message shortcut."""
    tell_refused(request.workspace.gateway, request.body)


def tell_refused(gateway: Gateway, body: Mapping[str, Any]) -> None:
    """Tell a person who pressed a button or used a message shortcut; the response_url needs no token."""
    response_url = body.get("response_url")
    if not response_url or "command" in body:
        return
    try:
        gateway.respond(response_url, {"text": _REFUSAL}, thread_ts=thread_in(body))
    except SlackFault as fault:
        log.info("a refused person could not be told: %s", fault)
