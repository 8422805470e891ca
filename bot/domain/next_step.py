"""Which step of an enrollment a list speaks of: whose turn it is there, since when it is late, who is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.domain.enrollment import Enrollment, State, Status, Step
from bot.domain.step_spec import OURS

#: The party that a step waits for while one of the enrollment's people has to act or to answer.
US = OURS
#: A step in one of these is under way: somebody acts on it, or waits for it.
UNDER_WAY = (State.OPEN, State.WAITING)


def late_from(step: Step, zone: tzinfo) -> datetime | None:
    """The instant from which a step is late: the end of its wait or of its target day, whichever comes first."""
    if step.state not in UNDER_WAY:
        return None
    ends = [step.latest] if step.state is State.WAITING and step.latest is not None else []
    if step.target is not None:
        ends.append(datetime.combine(step.target + timedelta(days=1), time(), zone).astimezone(UTC))
    return min(ends, default=None)


def is_late(step: Step, zone: tzinfo, now: datetime) -> bool:
    """Whether a step's wait is over, or its target day has passed."""
    since = late_from(step, zone)
    return since is not None and since <= now


def party(enrollment: Enrollment, step: Step, now: datetime) -> str:
    """Whose turn it is in a step that is under way: of whom it is blocked by, whom it waits for, its party, or `US`."""
    if step.blocked_by is not None:
        return step.blocked_by
    if step.state_at(now) is State.WAITING:
        return enrollment.spec(step.key).waiting_on
    return enrollment.procedure.turn(step.key, US) if step.state is State.OPEN else US


def under_way(enrollment: Enrollment) -> tuple[Step, ...]:
    """The steps on which somebody acts, or for which somebody waits; none where the enrollment is over."""
    if enrollment.status is not Status.ACTIVE:
        return ()
    return tuple(step for step in enrollment.steps if step.state in UNDER_WAY)


def next_step(enrollment: Enrollment, now: datetime, among: Callable[[Step], bool] = lambda _: True) -> Step | None:
    """The step that a list names: a late one first, then a required one before an optional one.

    After that one that needs somebody, one that is blocked, one that waits; of several the one that has been so the
    longest. None if no step is under way.

    Args:
        among: the steps that come into question.
    """
    return min(filter(among, under_way(enrollment)), key=lambda step: _order(enrollment, step, now), default=None)


def asks(enrollment: Enrollment, step: Step, user: str, now: datetime) -> bool:
    """Whether a person is to act on a step or to answer it: its assignee, else the owner and the collaborators.

    Unless somebody is assigned to it or it is late, an open optional step asks nobody while a required one is under
    way. A step asks nobody as long as somebody else blocks it.
    """
    if party(enrollment, step, now) != US or step not in under_way(enrollment):
        return False
    if step.assignee is not None:
        return step.assignee == user
    required = any(not enrollment.spec(other.key).optional for other in under_way(enrollment))
    is_aside = enrollment.spec(step.key).optional and step.state is State.OPEN and required
    return user in enrollment.people and not (is_aside and not is_late(step, enrollment.zone, now))


def urgency(enrollment: Enrollment, step: Step, now: datetime) -> tuple[int, datetime]:
    """The place of a step in the order of urgency: late, then open, then blocked, then waiting; the longest first."""
    late, since = late_from(step, enrollment.zone), step.since or enrollment.started_at
    if late is not None and late <= now:
        return 0, late
    if step.blocked_by is not None:
        return 2, step.blocked_at or since
    return (1 if step.state is State.OPEN else 3), since


def _position(enrollment: Enrollment, step: Step) -> int:
    return [each.key for each in enrollment.steps].index(step.key)


def _order(enrollment: Enrollment, step: Step, now: datetime) -> tuple[bool, bool, int, datetime, int]:
    rank, since = urgency(enrollment, step, now)
    return rank != 0, enrollment.spec(step.key).optional, rank, since, _position(enrollment, step)
