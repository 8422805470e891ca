"""A request to each registered listener from Northwind, about what is of Acme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.handlers.test_listener_rules import registered
from tests.installation.apart import ACCOUNT, ORG
from tests.support.listener_requests import About, request_body
from tests.support.two_workspaces import NORTH

#: What is typed after `/eco`: every way to name an enrollment of Acme.
_TYPED = (
    *("", "list", "list Zanzibar", f"list {ACCOUNT}", "status", f"status {ACCOUNT}", "status Zanzibar"),
    *(f"ticket {ACCOUNT}", f"pairs {ACCOUNT}", f"customers {ACCOUNT}", f"accounts {ACCOUNT}", f"lists {ACCOUNT}"),
    *(f"check {ACCOUNT}", f"details {ACCOUNT}", f"timeline {ACCOUNT}", f"calendar {ACCOUNT}", f"history {ACCOUNT}"),
    *("details", "lists", "away", "handover", "quiet", "import", "calendar", "export"),
)
_STEPS = ("connect_account", "associate_customers")


@dataclass(frozen=True)
class Place:
    """What of Acme a request names: an enrollment and a digest, and the message with its card."""

    about: About
    card: str

    def at(self, kind: str, variant: str) -> Place:
        """The same at the step that a variant of a button or a form is about."""
        return replace(self, about=replace(self.about, step=variant)) if kind in ("action", "submission") else self


def _command(_name: str, typed: str, place: Place) -> dict[str, Any]:
    about = place.about
    return {"command": "/eco", "text": typed, "channel_id": about.channel, "channel_name": "x", "user_id": about.user}


def _shortcut(name: str, at: str, place: Place) -> dict[str, Any]:
    """A global one; one on Acme's card, or in its thread: Northwind has a channel with the same ID."""
    body: dict[str, Any] = {"callback_id": name, "action_ts": "1.1"}
    if at == "anywhere":
        return body | {"type": "shortcut"}
    file = {"id": "F000000001", "name": "list.csv", "mimetype": "text/csv", "size": 9, "mode": "hosted"}
    message = {"type": "message", "ts": place.card if at == "card" else "9.9", "text": "", "files": [file]}
    message |= {"thread_ts": place.card} if at == "thread" else {}
    where = {"channel": {"id": place.about.channel, "name": "x"}, "message_ts": message["ts"], "message": message}
    return body | {"type": "message_action", **where}


def _function(name: str, variant: str, place: Place) -> dict[str, Any]:
    """A run of a step of a workflow, about the enrollment or its account."""
    about = place.about
    inputs: dict[str, Any] = {"person": {"id": about.user, "secret": "x"}}
    if name == "wait_for_step":
        inputs |= {"enrollment": {"number": str(about.enrollment), "account": ACCOUNT}[variant], "step": "full_eco"}
    else:
        inputs |= {"account_id": "1", "account_name": "x", "spot_org_id": ORG, "channel": about.channel}
    event = {
        "type": "function_executed",
        "function": {"callback_id": name, "app_id": "A0ECOAPP01"},
        "inputs": inputs,
        "function_execution_id": f"Fx{name}{variant}",
        "bot_access_token": "xwfp-1",
    }
    return {"type": "event_callback", "event": event, "event_id": f"Ev{name}{variant}"}


def _event(name: str, _variant: str, place: Place) -> dict[str, Any]:
    event = {"type": name, "user": place.about.user, "tab": "home", "tokens": {"bot": ["U0ECOBOT01"]}}
    return {"type": "event_callback", "event": event, "event_id": f"Ev{name}"}


def _pressed(name: str, _step: str, place: Place) -> dict[str, Any]:
    return request_body("action", name, place.about)


def _submitted(name: str, _step: str, place: Place) -> dict[str, Any]:
    body = request_body("submission", name, place.about)
    body["view"] |= {"callback_id": name, "hash": "h", "id": "V1"}
    return body


#: Kind of listener -> what makes its request, and its variants. A kind or listener without a case fails a test.
_KINDS: dict[str, tuple[Callable[[str, str, Place], dict[str, Any]], tuple[str, ...]]] = {
    "action": (_pressed, _STEPS),
    "submission": (_submitted, _STEPS),
    "command": (_command, _TYPED),
    "shortcut": (_shortcut, ("card", "thread", "anywhere")),
    "function": (_function, ("number", "account")),
    "event": (_event, ("",)),
}
KINDS = frozenset(_KINDS)
CASES = [
    (kind, name, variant)
    for kind, names in registered().listeners.items()
    for name in names
    for variant in _KINDS[kind][1]
]


def body_of(kind: str, name: str, variant: str, place: Place, *, shared: str = "") -> dict[str, Any]:
    """The body as it comes through Northwind's installation, or through that of the organization `shared`."""
    body = _KINDS[kind][0](name, variant, place)
    body |= {"team_id": NORTH, "api_app_id": "A0ECOAPP01"}
    if kind in ("function", "event"):
        installation = {"team_id": None if shared else NORTH, "enterprise_id": shared or None, "is_bot": True}
        return body | {"authorizations": [{**installation, "is_enterprise_install": bool(shared)}]}
    if shared:
        body |= {"is_enterprise_install": "true" if kind == "command" else True, "enterprise": {"id": shared}}
    body |= {"trigger_id": f"trigger.{kind}.{name}.{variant}"}
    if kind == "command":
        return {name: value for name, value in body.items() if not isinstance(value, dict)}
    body |= {"team": None if shared else {"id": NORTH, "domain": "northwind"}}
    body["user"] = {"id": place.about.user, "team_id": NORTH, "username": "chi", "name": "chi"}
    if "view" in body:
        body["view"] = {
            **body["view"],
            "app_installed_team_id": shared or NORTH,
            "team_id": NORTH,
            "hash": "h",
            "id": "V1",
        }
    return body
