"""The inspector's list: every Web API call of the bot and every delivery to it, as a summary and in full."""

from __future__ import annotations

from typing import Any

from ..core import Core
from ..recorder import Call, Delivery
from ..workspace_model import Json

#: What a browser is sent at once; a run that has more shows its newest ones.
MOST = 500


def entries(core: Core, calls_from: int, deliveries_from: int) -> Json:
    """Calls and deliveries from these numbers on, oldest first."""
    calls = core.recorder.calls
    deliveries = core.recorder.deliveries
    first_call, first_delivery = max(calls_from, len(calls) - MOST), max(deliveries_from, len(deliveries) - MOST)
    return {
        "calls": [_call(number, calls[number]) for number in range(first_call, len(calls))],
        "deliveries": [_delivery(number, deliveries[number]) for number in range(first_delivery, len(deliveries))],
    }


def detail(core: Core, kind: str, number: int) -> Json | None:
    """One call or delivery in full."""
    if kind == "call" and number < len(core.recorder.calls):
        call = core.recorder.calls[number]
        return {"arguments": call.args, "answer": call.response}
    if kind == "delivery" and number < len(core.recorder.deliveries):
        delivery = core.recorder.deliveries[number]
        return {"payload": delivery.payload, "acknowledgement": delivery.response, "remark": delivery.detail}
    return None


def _call(number: int, call: Call) -> Json:
    return {
        "kind": "call",
        "number": number,
        "at": call.at.timestamp(),
        "name": call.method,
        "about": _about(call.args),
        "status": call.status,
        "error": None if call.ok else call.response.get("error") or _wire(call.status),
        "limits": _limits(call),
    }


def _delivery(number: int, delivery: Delivery) -> Json:
    return {
        "kind": "delivery",
        "number": number,
        "at": delivery.at.timestamp(),
        "name": delivery.event_type or delivery.kind,
        "about": _what(delivery),
        "status": delivery.status,
        "error": delivery.error,
        "transport": delivery.transport,
        "ack_ms": round(delivery.ack_ms, 1),
    }


def _about(args: Json) -> str:
    places = ("channel", "channel_id", "user_id", "user", "file")
    parts = [next((args[name] for name in places if args.get(name)), None)]
    view = args.get("view")
    title: Any = view.get("title") if isinstance(view, dict) else None
    parts.append(title.get("text") if isinstance(title, dict) else args.get("text"))
    return " · ".join(str(part) for part in parts if part)[:160]


def _what(delivery: Delivery) -> str:
    payload = delivery.payload
    user: Any = payload.get("user_name") or payload.get("user") or (payload.get("event") or {}).get("user")
    who = user.get("username") if isinstance(user, dict) else user
    actions = payload.get("actions") or [{}]
    what = payload.get("text") if "command" in payload else actions[0].get("action_id")
    view = payload.get("view") or {}
    named = what or payload.get("callback_id") or view.get("callback_id")
    return " · ".join(str(part) for part in (who, payload.get("command"), named) if part)


def _limits(call: Call) -> list[str]:
    """Breaches of Slack's limits: the refusals with their places, and advice."""
    found = [str(problem) for problem in call.response.get("errors") or []]
    return [*found, *call.notes]


def _wire(status: int) -> str:
    return "connection dropped" if status == 0 else f"HTTP {status}"
