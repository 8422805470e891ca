"""Changes of who owns an enrollment: handed over, declined, taken over; and of whether its tickets may go by email."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.consequences import settle
from bot.domain.enrollment import Change, Enrollment, Event, EventKind, Policy
from bot.domain.errors import StepConflict
from bot.domain.lifecycle import others
from bot.domain.sentences import sentence


def decline(enrollment: Enrollment, to: str, zone: str, by: str, now: datetime, policy: Policy) -> Change:
    """Give the ownership back to the person who handed it over; the one who declines is not among the people then."""
    after = replace(enrollment, owner=to, owner_zone=zone, collaborators=others(to, enrollment.collaborators))
    return settle(enrollment, after, (Event(EventKind.OWNER_DECLINED, None, {"to": to}),), by, now, policy)


def take_over(enrollment: Enrollment, zone: str, by: str, now: datetime, policy: Policy) -> Change:
    """Make an admin the owner; the former owner stays as a collaborator.

    Raises:
        StepConflict: they own it already.
    """
    if enrollment.owner == by:
        raise StepConflict(sentence("You own this enrollment already."))
    collaborators = others(by, (enrollment.owner, *enrollment.collaborators))
    after = replace(enrollment, owner=by, owner_zone=zone, collaborators=collaborators)
    return settle(enrollment, after, (Event(EventKind.TAKEN_OVER, None, {"from": enrollment.owner}),), by, now, policy)


def agree(enrollment: Enrollment, value: str, by: str, now: datetime) -> Change:
    """Record that the tickets may go by email, though another enrollment has the same organization."""
    return Change(enrollment, (Event(EventKind.EMAIL_AGREED, None, {"value": value}),), by, now)


def hand_over(
    enrollment: Enrollment, to: str, zone: str, by: str, now: datetime, policy: Policy, *, stays: bool
) -> Change:
    """Make somebody else the owner, as the edit form does; the former owner `stays` as a collaborator, or leaves."""
    former = (enrollment.owner,) if stays else ()
    collaborators = others(to, (*former, *enrollment.collaborators))
    after = replace(enrollment, owner=to, owner_zone=zone, collaborators=collaborators)
    told: dict[str, object] = {"owner": [enrollment.owner, to]}
    if collaborators != enrollment.collaborators:
        told["collaborators"] = [enrollment.collaborators, collaborators]
    return settle(enrollment, after, (Event(EventKind.EDITED, None, {"changed": told}),), by, now, policy)
