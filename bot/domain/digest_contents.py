"""What the weekly digest of a channel says, as a value: what needs whom, what waits, what was done, what may finish."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum

from bot.domain.days import target_reached
from bot.domain.enrollment import FINISHED, Enrollment, Policy, State, Status, Step
from bot.domain.forecast import NO_DURATIONS, Durations, forecast

#: How far back "done last week" looks.
LAST_WEEK = timedelta(days=7)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
#: The people to ask about a step of an enrollment, in order.
Contacts = Callable[[Enrollment, Step], tuple[str, ...]]


class Need(IntEnum):
    """Why a step needs somebody, the most urgent reason first."""

    DUE = 0  # its window is over
    READY = 1  # its window has an earliest end, which has passed
    TARGET = 2  # it waits, and its target date has come
    OPEN = 3
    OPTIONAL = 4


@dataclass(frozen=True, slots=True)
class Needed:
    """An enrollment with steps that need the same people.

    Attributes:
        people: the user IDs of those who are asked: the assignee of the steps; else the owner, or who stands in for one
            who has left Slack.
        steps: the most urgent first.
    """

    enrollment: Enrollment
    people: tuple[str, ...]
    steps: tuple[tuple[Need, Step], ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step that waits for somebody outside."""

    enrollment: Enrollment
    step: Step


@dataclass(frozen=True, slots=True)
class Done:
    """An enrollment in which steps were finished last week; `Enrollment.status` says whether it is completed."""

    enrollment: Enrollment
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The days between which an enrollment may be finished.

    Attributes:
        only_optional: nothing but optional steps is left. past: of how many completed enrollments, 0 for none.
    """

    enrollment: Enrollment
    first: date
    last: date
    only_optional: bool
    past: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """What a channel's digest says at an instant; false if that is nothing.

    Attributes:
        needed: the most urgent first, enrollments of the same people side by side. waiting: the next to end first.
        broken: active enrollments whose AWS side the watch finds broken, the longest first.
    """

    at: datetime
    needed: tuple[Needed, ...] = ()
    broken: tuple[Enrollment, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    done: tuple[Done, ...] = ()
    forecasts: tuple[Forecast, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.needed or self.broken or self.waiting or self.done or self.forecasts)


def compose(
    enrollments: Iterable[Enrollment],
    now: datetime,
    policy: Policy,
    contacts: Contacts,
    durations: Durations = NO_DURATIONS,
) -> Digest:
    """The digest of a channel from its enrollments; those that are over long since, or cancelled, are passed over.

    Args:
        contacts: the people to ask about a step, in order.
        durations: what the steps of completed enrollments took, for the forecast.
    """
    known = [enrollment for enrollment in enrollments if enrollment.status is not Status.CANCELLED]
    active = [enrollment for enrollment in known if enrollment.status is Status.ACTIVE]
    waiting = [Waiting(each, step) for each in active for step in each.steps if _is_outside(each, step, now)]
    forecasts = [found for each in active if (found := _forecast(each, now, policy, durations))]
    broken = [each for each in active if each.aws_broken_at is not None]
    return Digest(
        now,
        group(((each, needs(each, now)) for each in active), contacts),
        tuple(sorted(broken, key=lambda each: each.aws_broken_at or now)),
        tuple(sorted(waiting, key=lambda wait: wait.step.latest or now)),
        tuple(done for each in known if (done := _done(each, now))),
        tuple(sorted(forecasts, key=lambda each: (each.last, each.first))),
    )


def need(enrollment: Enrollment, step: Step, now: datetime) -> Need | None:
    """Why a step of an active enrollment needs somebody now; None if it does not."""
    match step.state_at(now):
        case State.DUE:
            return Need.DUE
        case State.WAITING if step.earliest is not None and now >= step.earliest:
            return Need.READY
        case State.WAITING if target_reached(step, now, enrollment.zone):
            return Need.TARGET
        case State.OPEN:
            return Need.OPTIONAL if enrollment.spec(step.key).optional else Need.OPEN
    return None


def _is_outside(enrollment: Enrollment, step: Step, now: datetime) -> bool:
    return step.state is State.WAITING and need(enrollment, step, now) is None


def needs(enrollment: Enrollment, now: datetime) -> list[tuple[Need, Step]]:
    """The steps of an active enrollment that need somebody, with the reason."""
    return [(reason, step) for step in enrollment.steps if (reason := need(enrollment, step, now)) is not None]


def group(
    reasons: Iterable[tuple[Enrollment, Sequence[tuple[Need, Step]]]],
    contacts: Contacts,
) -> tuple[Needed, ...]:
    """Enrollments with their reasons as a message lists them; those without a reason are left out.

    One whose steps are for several people has an entry for each of them.
    """
    found = []
    for enrollment, steps in reasons:
        by_people: dict[tuple[str, ...], list[tuple[Need, Step]]] = {}
        for why, step in sorted(steps, key=_urgency):
            by_people.setdefault(contacts(enrollment, step), []).append((why, step))
        found += [Needed(enrollment, people, tuple(theirs)) for people, theirs in by_people.items()]
    found.sort(key=lambda needed: _urgency(needed.steps[0]))
    groups = list(dict.fromkeys(needed.people for needed in found))
    return tuple(sorted(found, key=lambda needed: groups.index(needed.people)))


def _urgency(reason: tuple[Need, Step]) -> tuple[Need, datetime]:
    why, step = reason
    since = {Need.DUE: step.latest, Need.READY: step.earliest}.get(why, step.since)
    return why, since or _LONG_AGO


def _done(enrollment: Enrollment, now: datetime) -> Done | None:
    """What was finished last week; what was over when the enrollment started was finished before."""
    since = max(now - LAST_WEEK, enrollment.started_at)
    steps = [(step.finished_at, step) for step in enrollment.steps if step.state in FINISHED and step.finished_at]
    recent = sorted(((at, step) for at, step in steps if since < at <= now), key=lambda pair: pair[0])
    return Done(enrollment, tuple(step for _, step in recent)) if recent else None


def _forecast(enrollment: Enrollment, now: datetime, policy: Policy, durations: Durations) -> Forecast | None:
    made = forecast(enrollment, now, policy, durations)
    return Forecast(enrollment, made.first, made.last, made.only_optional, made.past) if made else None
