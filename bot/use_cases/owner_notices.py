"""Direct messages about a change: you own this, do this step, act for a party, your organization is used again.

A second live enrollment with the same Spot organization is held: its tickets go by email only after the owner of the
first one, or an admin, has agreed. The hold and the agreement are events of its audit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from bot.delivery import outbox
from bot.domain.access import Actor
from bot.domain.aws_events import BOT
from bot.domain.enrollment import Change, Enrollment, Event, EventKind, Status, Step
from bot.domain.errors import StepConflict
from bot.domain.procedure import ORGANIZATION
from bot.domain.sentences import sentence
from bot.repository import audit, enrollment_reader, search
from bot.repository.database import Connection
from bot.repository.outbox_columns import MessageKind

_HOLDS = (EventKind.EMAIL_HELD, EventKind.EMAIL_AGREED)
#: How long the direct message to a new owner of several enrollments waits for the next one.
_GATHER = timedelta(seconds=5)


def owe(connection: Connection, before: Enrollment, change: Change, actor: Actor, batch: str | None = None) -> Change:
    """Owe the direct messages that a change causes; return the change with the event of a hold.

    Args:
        batch: names the enrollments that one request starts: their owner gets one message for all of them.
    """
    after = change.enrollment
    is_new = not before.version
    if (is_new or before.owner != after.owner) and actor.user_id not in (after.owner, BOT):
        declined = any(event.kind is EventKind.OWNER_DECLINED for event in change.events)
        about = "declined" if declined else "owner"
        if batch is not None:
            gather(connection, after, batch, actor.user_id, after.owner, change.at)
        else:
            _owe(connection, f"owner:{after.id}:{before.version + 1}", after, change, after.owner, about)
    for old, new in zip(before.steps, after.steps, strict=True):
        if new.assignee and new.assignee not in (old.assignee, actor.user_id):
            key = f"assigned:{after.id}:{new.key}:{before.version + 1}"
            _owe(connection, key, after, change, new.assignee, "assigned", **_about_step(new, change.at))
    _owe_to_parties(connection, before, change, actor)
    if not is_new and before.owner != after.owner:
        ask_new_owner(connection, before, after, change.at)
    value = after.value(ORGANIZATION.key)
    if value is None or not (is_new or before.value(ORGANIZATION.key) != value):
        return change
    first = _first(connection, after, value)
    if first is None or first.owner == actor.user_id:
        return change
    held = not actor.is_admin
    if held and not is_new and _was_agreed(connection, after, value, first):
        return change
    key = f"organization:{after.id}:{first.id}:{value}"
    _owe(connection, key, after, change, first.owner, "organization", first=first.account_name, held=held)
    if not held:
        return change
    event = Event(EventKind.EMAIL_HELD, None, {"value": value, "first": first.id, "ask": first.owner})
    return replace(change, events=(*change.events, event))


def ask_new_owner(connection: Connection, before: Enrollment, after: Enrollment, now: datetime) -> None:
    """Ask the new owner of an enrollment for the agreement that others wait for and its former owner has not given."""
    value = after.value(ORGANIZATION.key)
    ids = search.others_with_value(connection, after, ORGANIZATION.key, value) if value is not None else []
    for other in enrollment_reader.load_each(connection, after.workspace, ids).values() if ids else ():
        if not isinstance(other, Enrollment) or other.status is Status.CANCELLED:
            continue
        hold = _hold(connection, other)
        if hold is None or hold[0].details["first"] != after.id or hold[1] == after.owner:
            continue
        key = f"organization:{other.id}:{after.id}:{value}:{before.version + 1}"
        about = Change(other, (), hold[1], now)
        _owe(connection, key, other, about, after.owner, "organization", first=after.account_name, held=True)


def gather(connection: Connection, enrollment: Enrollment, batch: str, by: str, to: str, now: datetime) -> None:
    """Add an enrollment to the direct message to its new owner that speaks of several."""
    item = [enrollment.id, enrollment.account_name, enrollment.account_id, enrollment.channel_id]
    payload = {"about": "owners", "to": [to], "by": by}
    outbox.gather(connection, enrollment.workspace, to, _places(f"owners:{batch}:{to}", now), payload, [item])


def _places(batch: str, now: datetime) -> Iterator[tuple[str, datetime]]:
    for number in count(1):
        yield f"{batch}:{number}", now + _GATHER


def _owe_to_parties(connection: Connection, before: Enrollment, change: Change, actor: Actor) -> None:
    """Owe a direct message to everybody who acts for a party from now on."""
    after, known = change.enrollment, before.party_people if before.version else ()
    named: dict[str, list[str]] = {}
    for person in after.party_people:
        party = after.procedure.parties.get(person.party)
        if party is not None and person not in known and person.user_id != actor.user_id:
            named.setdefault(person.user_id, []).append(party.name)
    for user, parties in named.items():
        _owe(connection, f"party:{after.id}:{user}:{before.version + 1}", after, change, user, "party", parties=parties)


def _owe(
    connection: Connection,
    key: str,
    enrollment: Enrollment,
    change: Change,
    to: str,
    about: str,
    **more: object,
) -> None:
    payload = {
        "about": about,
        "to": [to],
        "by": change.by,
        "enrollment": enrollment.id,
        "name": enrollment.account_name,
        "account_id": enrollment.account_id,
        "channel_id": enrollment.channel_id,
        "value": enrollment.value(ORGANIZATION.key) or "",
        **more,
    }
    workspace, number = enrollment.workspace, enrollment.id
    outbox.owe(connection, workspace, key, MessageKind.DIRECT, to, change.at, enrollment_id=number, payload=payload)


def _about_step(step: Step, now: datetime) -> dict[str, object]:
    """What the message to a new assignee says of the step; the note, if it was written with the assignment."""
    target = step.target.isoformat() if step.target else ""
    return {"step": step.key, "target": target, "note": step.note if step.noted_at == now else ""}


def _first(connection: Connection, enrollment: Enrollment, value: str) -> Enrollment | None:
    """The oldest other live enrollment with the same organization."""
    others = search.with_value(connection, enrollment.workspace, ORGANIZATION.key, value)
    live = [other for other in others if other.id != enrollment.id and other.status is not Status.CANCELLED]
    return min(live, key=lambda other: other.id, default=None)


def _holds(connection: Connection, enrollment: Enrollment, value: str | None) -> list[tuple[Event, str]]:
    """The holds and agreements about an organization, the last one first, each with who caused it."""
    events = audit.events_of_each(connection, [enrollment.id], _HOLDS).get(enrollment.id, [])
    return [(event, by) for event, by, _ in reversed(events) if event.details.get("value") == value]


def _hold(connection: Connection, enrollment: Enrollment) -> tuple[Event, str] | None:
    """The hold of an enrollment's emails to which nobody has agreed, and who caused it."""
    last = next(iter(_holds(connection, enrollment, enrollment.value(ORGANIZATION.key))), None)
    return last if last is not None and last[0].kind is EventKind.EMAIL_HELD else None


def _was_agreed(connection: Connection, enrollment: Enrollment, value: str, first: Enrollment) -> bool:
    """Whether the owner of `first`, or an admin, has agreed before: the organization was another one meanwhile."""
    events = [event for event, _ in _holds(connection, enrollment, value)]
    if not events or events[0].kind is not EventKind.EMAIL_AGREED:
        return False
    return any(event.details.get("first") == first.id for event in events if event.kind is EventKind.EMAIL_HELD)


def held_by(connection: Connection, enrollment: Enrollment) -> Enrollment | None:
    """The enrollment whose owner has to agree before tickets go by email; None if nobody has to any more."""
    value, hold = enrollment.value(ORGANIZATION.key), _hold(connection, enrollment)
    if hold is None:
        return None
    number = int(str(hold[0].details["first"]))
    first = enrollment_reader.load_each(connection, enrollment.workspace, [number]).get(number)
    if not isinstance(first, Enrollment) or first.status is Status.CANCELLED or first.value(ORGANIZATION.key) != value:
        return None
    return first


def require_agreement(connection: Connection, enrollment: Enrollment, actor: Actor) -> None:
    """Raise `StepConflict`, naming whom to ask, while the tickets of an enrollment may not go by email."""
    first = held_by(connection, enrollment)
    if first is not None and not actor.is_admin and actor.user_id != first.owner:
        words = (
            "Another enrollment already has this Spot organization. Its owner or an admin has to agree before "
            "tickets go by email. I have asked {owner}."
        )
        raise StepConflict(sentence(words, owner=f"<@{first.owner}>"), ids=[first.owner])
