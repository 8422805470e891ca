"""Permission to see and to change an enrollment: its people, admins, and who can see its progress channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.enrollment import Enrollment
from bot.domain.errors import NotAllowed, NotVisible


def _sees_none(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who asks for something, with their rights.

    Attributes:
        is_admin: see ECO_ADMINS.
        sees_channel: whether they can see the channel with that ID: False for guests and people of another workspace,
            and where that is not known. Asked only for what they may not see otherwise.
        stands_in_for: the people who are away and have them as a stand-in.
    """

    user_id: str
    is_admin: bool = False
    sees_channel: Callable[[str], bool] = field(default=_sees_none, compare=False)
    stands_in_for: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Starters:
    """Who may start enrollments and send tickets by email (ECO_STARTERS).

    Attributes:
        ids: users and user groups; None for every full member, empty for admins alone.
    """

    ids: frozenset[str] | None = None


def may_change(enrollment: Enrollment, actor: Actor) -> bool:
    """Whether the actor is the owner, a collaborator or an admin, or stands in for one of its people."""
    return actor.is_admin or not actor.stands_in_for.union((actor.user_id,)).isdisjoint(enrollment.people)


def may_see(enrollment: Enrollment, actor: Actor) -> bool:
    """Whether the actor may change the enrollment, or can see its progress channel."""
    return may_change(enrollment, actor) or actor.sees_channel(enrollment.channel_id)


def require_change(enrollment: Enrollment, actor: Actor) -> None:
    """Raise `NotAllowed`, which names the people to ask, unless the actor may change the enrollment."""
    if not may_change(enrollment, actor):
        raise NotAllowed(enrollment.people)


def require_sight(enrollment: Enrollment, actor: Actor) -> None:
    """Raise `NotVisible`, which names the people to ask, unless the actor may see the enrollment."""
    if not may_see(enrollment, actor):
        raise NotVisible(enrollment.people)
