"""Timeline of an enrollment as a value: for each step what it took so far, and what is expected of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.enrollment import FINISHED, Enrollment, State, Step
from bot.domain.forecast import Forecast, StepForecast
from bot.domain.step_spec import StepKey


class BarKind(StrEnum):
    """What a bar of a timeline shows."""

    ACT = "act"  # the team's turn
    WAIT = "wait"  # somebody outside had to do something
    LATE = "late"  # a wait after its end
    SURE = "sure"  # expected: until the earliest end
    MAYBE = "maybe"  # expected: between the earliest and the latest end


@dataclass(frozen=True, slots=True)
class Bar:
    """A span of time of a step."""

    kind: BarKind
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A step on a timeline; `forecast` is None if the enrollment does not wait for it."""

    step: Step
    state: State
    bars: tuple[Bar, ...]
    forecast: StepForecast | None


def timeline(enrollment: Enrollment, now: datetime, made: Forecast | None) -> tuple[Row, ...]:
    """One row for each step, in the procedure's order."""
    return tuple(_row(enrollment, step, now, made.step(step.key) if made else None) for step in enrollment.steps)


def _row(enrollment: Enrollment, step: Step, now: datetime, expected: StepForecast | None) -> Row:
    state = step.state_at(now)
    past = [Bar(kind, begins, min(ends, now)) for kind, begins, ends in _past(enrollment, step, now) if begins < now]
    ahead: list[Bar] = []
    if expected is not None:
        begins = max(expected.begins, now)
        ahead = [Bar(BarKind.SURE, begins, expected.first), Bar(BarKind.MAYBE, expected.first, expected.last)]
    return Row(step, state, tuple(bar for bar in (*past, *ahead) if bar.begins < bar.ends), expected)


def _past(enrollment: Enrollment, step: Step, now: datetime) -> list[tuple[BarKind, datetime, datetime]]:
    """The spans of what has happened in a step; what was done before the enrollment began is not drawn."""
    opened = opened_at(enrollment, step.key)
    if step.state is State.OPEN:
        return [(BarKind.ACT, step.since or opened, now)]
    if step.state is State.LOCKED or step.acted_at is None or (step.state in FINISHED and step.finished_by is None):
        return []
    ended = step.finished_at or now
    waited = ended if step.latest is None else min(ended, max(step.latest, step.acted_at))
    return [
        (BarKind.ACT, min(opened, step.acted_at), step.acted_at),
        (BarKind.WAIT, step.acted_at, waited),
        (BarKind.LATE, waited, ended),
    ]


def opened_at(enrollment: Enrollment, key: StepKey) -> datetime:
    """When a step could be worked on: at the start, or when the last step that it requires was finished."""
    ends = [enrollment.step(before).finished_at for before in enrollment.spec(key).requires]
    return max([enrollment.started_at, *(end for end in ends if end is not None)])
