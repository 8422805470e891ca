"""Requests for every registered listener about one enrollment, as Slack would send them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

#: Filters and pages of the history.
HISTORY = tuple(f"history.{name}" for name in ("step", "by", "topic", "everybody", "page.earlier", "page.later"))
#: Presses on a page of a list, and on the forms that take its place.
PAGES = tuple(f"lists.{name}" for name in ("which", "search", "only", "page.back", "page.next", "return"))
CHANGES = tuple(f"lists.{name}" for name in ("edit", "add", "remove_chosen", "remove_found", "users", "no_users"))
#: Pages of a ticket.
TICKET_PAGES = ("tickets.page.back", "tickets.page.next")


@dataclass(frozen=True)
class About:
    """What a request names: an enrollment and a step, the row of a digest, a channel, and the person who acts."""

    enrollment: int
    digest: int
    channel: str
    user: str
    step: str = "connect_account"


def request_body(kind: str, name: str, about: About) -> dict[str, Any]:
    """The body of a request about a step, or about the whole enrollment."""
    number = about.enrollment
    step = "" if name.startswith(("enrollment.", "owner.", "edit.", "eco.", "bulk.")) else about.step
    value = {"eco.choose": f"{number}:status"}.get(name, f"{number}:{step}" if step else str(number))
    if name == "reminders.answer":
        value = str(about.digest)
    body: dict[str, Any] = {"user": {"id": about.user}, "trigger_id": f"trigger.{name}"}
    if kind == "action":
        action = {"action_id": name, "value": value, "selected_option": {"value": value}, "action_ts": "1.1"}
        body |= {"type": "block_actions", "actions": [action]}
        if name in (*HISTORY, *PAGES, *CHANGES, *TICKET_PAGES):
            known = {"enrollment": number} | ({"step": about.step} if name in TICKET_PAGES else {})
            body["view"] = {"type": "modal", "id": "V1", "private_metadata": json.dumps(known)}
    elif kind == "submission":
        more = {"digest": "", "row": 1, "at": 0, "chosen": [number]}
        metadata = json.dumps({"enrollment": number, "step": step or about.step, **more})
        blank = {
            "owner": about.user,
            "channel_id": about.channel,
            "until": "2026-12-30",
            "step": "sign_up",
            "name": "x",
        }
        values = {field: {"value": {"value": typed}} for field, typed in blank.items()}
        view = {"type": "modal", "private_metadata": metadata, "state": {"values": values}, "blocks": []}
        body |= {"type": "view_submission", "view": view}
    return body
