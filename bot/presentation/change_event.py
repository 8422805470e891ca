"""A change of an enrollment as other programs get it: one JSON event, in the envelope of CloudEvents 1.0."""

from __future__ import annotations

import json
from datetime import datetime

from bot.domain.enrollment import Enrollment, Event

#: What an event's details have of people's addresses.
_ADDRESSES = frozenset({"to", "reply_to", "from"})


def event_id(enrollment: Enrollment, number: int) -> str:
    """Names an event for ever: a receiver that gets it twice knows it again."""
    return f"{enrollment.workspace}/{enrollment.id}/{number}"


def body(enrollment: Enrollment, number: int, event: Event, by: str, at: datetime) -> bytes:
    """The event; `sequence` counts those of the enrollment, in the order in which they happened.

    The enrollment and the step are as they are when it is sent, with all that happened since.
    """
    details = {name: value for name, value in event.details.items() if name not in _ADDRESSES}
    made = {
        "specversion": "1.0",
        "id": event_id(enrollment, number),
        "source": f"urn:eco-bot:{enrollment.workspace}",
        "type": f"eco.enrollment.{event.kind.value}",
        "subject": str(enrollment.id),
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "sequence": f"{number:08}",
        "data": {
            "enrollment": {
                "id": enrollment.id,
                "account_id": enrollment.account_id,
                "account_name": enrollment.account_name,
                "status": enrollment.status.value,
                "procedure": enrollment.procedure_reference,
                "channel": enrollment.channel_id,
                "owner": enrollment.owner,
                "version": enrollment.version,
                "steps_finished": enrollment.finished,
                "steps_total": len(enrollment.steps),
            },
            "step": _step(enrollment, event.step),
            "by": by,
            "details": details,
        },
    }
    return json.dumps(made, ensure_ascii=False).encode()


def _step(enrollment: Enrollment, key: str | None) -> dict[str, object] | None:
    if key is None:
        return None
    spec, step = enrollment.spec(key), enrollment.step(key)
    return {
        "key": key,
        "title": spec.title,
        "state": step.state.value,
        "has_ticket": spec.ticket is not None,
        "values": dict(step.values),
    }
