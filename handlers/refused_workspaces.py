"""Refuses requests of workspaces that this bot does not serve: nothing is stored, and each is counted."""

from __future__ import annotations

import logging
from typing import Any

from bot.handlers.forms import first_field, notice
from bot.handlers.places import thread_of
from bot.handlers.request import Request
from bot.handlers.response import field_errors, replace_view
from bot.handlers.teams import team_of_app
from bot.slack.slack_errors import SlackFault

log = logging.getLogger(__name__)

_REFUSAL = "I don't work for this workspace, so nothing was saved. Ask whoever runs me."


def refuse(request: Request, kind: str) -> dict[str, Any]:
    """Log and count a refused request; return its acknowledgement, which says so where Slack shows one."""
    team = team_of_app(request.body)
    log.warning("a request (%s) of workspace %s is refused: this bot serves %s", kind, team, request.workspace_id)
    request.services.count_refused("button" if kind == "action" else kind)
    if kind == "command":
        return {"text": _REFUSAL, "response_type": "ephemeral"}
    if request.is_submission:
        field = first_field(request.view)
        return (field_errors({field: _REFUSAL}) if field else replace_view(notice("Not saved", _REFUSAL))).ack
    return {}


def say_refused(request: Request) -> None:
    """Tell a person who pressed a button or used a message shortcut; the response_url needs no token."""
    response_url = request.body.get("response_url")
    if not response_url or request.is_command:
        return
    try:
        request.workspace.gateway.respond(response_url, {"text": _REFUSAL}, thread_ts=thread_of(request))
    except SlackFault as fault:
        log.info("a refused person could not be told: %s", fault)
