"""Permission to change an enrollment: its owner, its collaborators, admins."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.enrollment import Enrollment
from bot.domain.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who asks for a change, and whether the operator made them an admin (ECO_ADMINS)."""

    user_id: str
    is_admin: bool = False


def may_change(enrollment: Enrollment, actor: Actor) -> bool:
    """Whether the actor is the owner, a collaborator or an admin."""
    return actor.is_admin or actor.user_id in enrollment.people


def require_change(enrollment: Enrollment, actor: Actor) -> None:
    """Raise `NotAllowed`, which names the people to ask, unless the actor may change the enrollment."""
    if not may_change(enrollment, actor):
        raise NotAllowed(enrollment.people)
