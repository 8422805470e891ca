"""Where an answer is shown: the place in which somebody acted, also after a form that was opened there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_sdk.models.blocks import Block

from bot.handlers.forms import metadata_of, modal, notice, with_metadata
from bot.handlers.request import FROM_CARD, FROM_COPY, FROM_HOME, FROM_REMINDERS, SHOWN, Request
from bot.handlers.response import Response

#: The title of a modal that answers a press.
_TITLE = "Eco enrollment"
#: What a form keeps of the moment and the place in which it was opened.
_KEPT = (FROM_HOME, FROM_CARD, FROM_COPY, FROM_REMINDERS, "page", SHOWN)


def with_origin(request: Request, response: Response) -> Response:
    """Put into a form's metadata where it was opened; once it is accepted, refresh that place."""
    origin = origin_of(request)
    if request.on_home:
        origin = {FROM_HOME: request.metadata}
    elif request.in_modal and request.action:
        origin[FROM_CARD] = request.view["id"]
    elif request.on_card_copy:
        origin = {FROM_COPY: request.body["response_url"]}
    if not origin:
        return response
    if response.view is not None:
        return replace(response, view=with_metadata(response.view, origin))
    if response.ack.get("response_action") == "update":
        return replace(response, ack={**response.ack, "view": with_metadata(response.ack["view"], origin)})
    if request.is_submission and not response.ack:
        return replace(
            response,
            refresh_home=FROM_HOME in origin,
            refresh_card=origin.get(FROM_CARD),
            refresh_copy=origin.get(FROM_COPY),
        )
    return response


def origin_of(request: Request) -> dict[str, Any]:
    """What a form remembers of the moment and the place in which it was opened."""
    return {name: request.metadata[name] for name in _KEPT if name in request.metadata}


def home_state(request: Request) -> dict[str, Any]:
    """What the home tab shows on which somebody acts, opens a form, or that they open; {} where that is not known."""
    if request.on_home:
        return request.metadata
    shown = (request.body.get("event") or {}).get("view")
    state = metadata_of(shown) if shown else request.metadata.get(FROM_HOME)
    return state if isinstance(state, dict) else {}


def answer_view(message: dict[str, Any]) -> dict[str, Any]:
    """A message as a modal: an ephemeral message in a thread is seen by few who press there."""
    blocks = message.get("blocks")
    if not blocks:
        return notice(_TITLE, message["text"])
    return modal("notice", _TITLE, Block.parse_all(blocks), submit=None)


def thread_of(request: Request) -> str | None:
    """The thread in which the person acted, if any."""
    return thread_in(request.body)


def thread_in(body: Mapping[str, Any]) -> str | None:
    """The thread that a payload names, if any. A card with replies names itself as its thread: that is none."""
    original = body.get("message") or {}
    thread: str | None = original.get("thread_ts")
    if body.get("type") == "message_action":  # the answer to a message shortcut goes to the message's thread
        return thread or original.get("ts")
    return thread if thread != original.get("ts") else None
