"""Permission to see and to change an enrollment: its people, admins, people of steps, and those of its channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.enrollment import Enrollment
from bot.domain.errors import NotAllowed, NotVisible
from bot.domain.step_spec import StepKey, specs

#: The author of what is done on the command line, in the place of a user ID.
OPERATOR = "The operator"


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

    @property
    def acting_for(self) -> frozenset[str]:
        """Themselves, and the people for whom they stand in."""
        return self.stands_in_for | {self.user_id}


@dataclass(frozen=True, slots=True)
class Starters:
    """Who may start enrollments and send tickets by email (ECO_STARTERS).

    Attributes:
        ids: users and user groups; None for every full member, empty for admins alone.
    """

    ids: frozenset[str] | None = None


def may_change(enrollment: Enrollment, actor: Actor, step: StepKey | None = None) -> bool:
    """Whether the actor is the owner, a collaborator, an admin or, for a change of one step, its assignee or its party.

    A stand-in may do what those may for whom they stand in.
    """
    acting = actor.acting_for
    if actor.is_admin or not acting.isdisjoint(enrollment.people):
        return True
    return step is not None and not acting.isdisjoint(people_of_step(enrollment, step))


def people_of_step(enrollment: Enrollment, step: StepKey) -> tuple[str, ...]:
    """The user IDs of those who may change a step and nothing else: its assignee, and the people of its party."""
    if step not in specs(enrollment.procedure):  # it was moved to a procedure without that step
        return ()
    assignee = enrollment.step(step).assignee
    return (*((assignee,) if assignee else ()), *enrollment.people_of(enrollment.spec(step).party))


def may_assign(enrollment: Enrollment, actor: Actor, step: StepKey) -> bool:
    """Whether the actor may say who does a step; its party may not, since an assignee sees the whole enrollment."""
    return may_change(enrollment, actor) or enrollment.step(step).assignee in actor.acting_for


def may_see(enrollment: Enrollment, actor: Actor, step: StepKey | None = None) -> bool:
    """Whether the actor may change the enrollment, is assigned to a step, or can see the progress channel.

    Args:
        step: the step that is to be seen and nothing else, so that the people of its party may, too.
    """
    if may_change(enrollment, actor, step) or not actor.acting_for.isdisjoint(enrollment.assignees):
        return True
    return actor.sees_channel(enrollment.channel_id)


def seen_steps(enrollment: Enrollment, actor: Actor) -> frozenset[StepKey]:
    """The steps that the actor may see: all of them, those of a party for its people, or none."""
    parties = {each.party for each in enrollment.party_people if each.user_id in actor.acting_for}
    everything = may_see(enrollment, actor)
    return frozenset(spec.key for spec in enrollment.procedure.steps if everything or spec.party in parties)


def require_change(enrollment: Enrollment, actor: Actor, step: StepKey | None = None) -> None:
    """Raise `NotAllowed`, which names the people to ask, unless the actor may change the enrollment.

    Args:
        step: the step that is to be changed and nothing else, so that its assignee and its party may do it, too.
    """
    if not may_change(enrollment, actor, step):
        assignee = enrollment.step(step).assignee if step is not None else None
        raise NotAllowed(tuple(dict.fromkeys((*([assignee] if assignee else []), *enrollment.people))))


def require_sight(enrollment: Enrollment, actor: Actor, step: StepKey | None = None) -> None:
    """Raise `NotVisible`, which names the people to ask, unless the actor may see the enrollment, or that one step."""
    if not may_see(enrollment, actor, step):
        raise NotVisible(enrollment.people)
