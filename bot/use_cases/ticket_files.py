"""Tickets as files, each in a direct message to the person who asked for it: they hold customers' addresses."""

from __future__ import annotations

import hashlib
from datetime import datetime

from bot.delivery import outbox
from bot.domain.enrollment import Enrollment
from bot.domain.step_spec import StepKey
from bot.repository.database import Connection
from bot.repository.outbox_columns import MessageKind
from bot.use_cases.caller import Caller


def owe(
    connection: Connection, caller: Caller, seen: Enrollment, step: StepKey, text: str, parts: int, now: datetime
) -> None:
    """Add the file with all `parts` of the ticket, or have it looked up and posted again if it was sent before.

    The key names the text, which is fixed here: a change that comes before the file is sent makes another file of it,
    and asking twice for the same text makes one.
    """
    user = caller.actor.user_id
    key = f"file:{seen.id}:{step}:{user}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    listed = seen.spec(step).list_in_ticket
    entries = len(getattr(seen, listed)) if listed else None
    payload = {"step": step, "to": [user], "text": text, "entries": entries, "parts": parts}
    workspace, kind = caller.workspace, MessageKind.FILE
    if not outbox.owe(connection, workspace, key, kind, user, now, enrollment_id=seen.id, payload=payload):
        outbox.requeue(connection, caller.workspace, key, now)
