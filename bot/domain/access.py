"""Permission to see and to change an enrollment: its people, admins, assignees of steps, people of its channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.enrollment import Enrollment
from bot.domain.errors import NotAllowed, NotVisible
from bot.domain.step_spec import StepKey


def _sees_none(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who asks for something, with their rights.

    Attributes:
        is_admin: see ECO_ADMINS.
        sees_channel: whether they can see the channel with that ID: False for guests and people of another workspace,
            and where that is not known. Asked only for what they may not see otherwise.
    """

    user_id: str
    is_admin: bool = False
    sees_channel: Callable[[str], bool] = field(default=_sees_none, compare=False)


@dataclass(frozen=True, slots=True)
class Starters:
    """Who may start enrollments and send tickets by email (ECO_STARTERS).

    Attributes:
        ids: users and user groups; None for every full member, empty for admins alone.
    """

    ids: frozenset[str] | None = None


def may_change(enrollment: Enrollment, actor: Actor, step: StepKey | None = None) -> bool:
    """Whether the actor is the owner, a collaborator, an admin or, for a change of one step, its assignee."""
    if actor.is_admin or actor.user_id in enrollment.people:
        return True
    return step is not None and enrollment.step(step).assignee == actor.user_id


def may_see(enrollment: Enrollment, actor: Actor) -> bool:
    """Whether the actor may change the enrollment or one of its steps, or can see its progress channel."""
    if may_change(enrollment, actor) or actor.user_id in enrollment.assignees:
        return True
    return actor.sees_channel(enrollment.channel_id)


def require_change(enrollment: Enrollment, actor: Actor, step: StepKey | None = None) -> None:
    """Raise `NotAllowed`, which names the people to ask, unless the actor may change the enrollment.

    Args:
        step: the step that is to be changed and nothing else, so that its assignee may do it, too.
    """
    if not may_change(enrollment, actor, step):
        assignee = enrollment.step(step).assignee if step is not None else None
        raise NotAllowed(tuple(dict.fromkeys((*([assignee] if assignee else []), *enrollment.people))))


def require_sight(enrollment: Enrollment, actor: Actor) -> None:
    """Raise `NotVisible`, which names the people to ask, unless the actor may see the enrollment."""
    if not may_see(enrollment, actor):
        raise NotVisible(enrollment.people)
