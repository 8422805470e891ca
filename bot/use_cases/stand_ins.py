"""Stand-ins in the transaction of a change: whether somebody may act for a person who is away, and saying so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain import access
from bot.domain.access import Actor
from bot.domain.contacts import represented_by
from bot.domain.enrollment import Change, Enrollment
from bot.domain.step_spec import StepKey
from bot.repository import people_settings
from bot.repository.database import Connection


def require_change(
    connection: Connection, enrollment: Enrollment, actor: Actor, now: datetime, step: StepKey | None = None
) -> str | None:
    """Raise `NotAllowed` unless the actor may change the enrollment, in their own right or as a stand-in.

    Args:
        step: the step that is to be changed and nothing else, so that its assignee and its party may do it, too.

    Returns:
        The person for whom they act; None for those who act in their own right.
    """
    absent = acts_for(connection, enrollment, actor, now, step)
    if absent is None:
        access.require_change(enrollment, _alone(actor), step)
    return absent


def acts_for(
    connection: Connection, enrollment: Enrollment, actor: Actor, now: datetime, step: StepKey | None = None
) -> str | None:
    """The one of an enrollment's people for whom the actor stands in; None for those who act in their own right."""
    if access.may_change(enrollment, _alone(actor), step):
        return None
    absences = people_settings.absences(connection, enrollment.workspace, now)
    represented = represented_by(actor.user_id, absences)
    of_step = access.people_of_step(enrollment, step) if step is not None else ()
    return next((user for user in (*enrollment.people, *of_step) if user in represented), None)


def _alone(actor: Actor) -> Actor:
    """The person with their own rights: absences may have ended since the request came."""
    return replace(actor, stands_in_for=frozenset())


def in_the_name_of(change: Change, absent: str | None) -> Change:
    """The change, whose events name the person for whom a stand-in has acted."""
    if absent is None:
        return change
    events = tuple(replace(event, details={**event.details, "for": absent}) for event in change.events)
    return replace(change, events=events)
