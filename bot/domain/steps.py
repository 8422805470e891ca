"""A step of one enrollment as an immutable value: its state, people, days, block, notes and next reminder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.domain.step_spec import StepKey


class State(StrEnum):
    """The state of a step. `DUE` is never stored: it is `WAITING` after the end of its window."""

    LOCKED = "locked"
    OPEN = "open"
    WAITING = "waiting"
    DUE = "due"
    DONE = "done"
    SKIPPED = "skipped"


#: A step in one of these does not hold up the ones after it.
FINISHED = frozenset({State.DONE, State.SKIPPED})


class ReminderKind(StrEnum):
    """The reason for a reminder."""

    OPEN = "open"  # nobody has acted for some working days
    EARLIEST = "earliest"  # the wait may be over
    LATEST = "latest"  # the wait should be over
    SNOOZED = "snoozed"  # somebody said "still waiting" and for how long
    TARGET = "target"  # the day has come when the step should be done


@dataclass(frozen=True, slots=True)
class Reminder:
    """The next reminder of a step; a step has one at most.

    Attributes:
        number: counts up over the life of the step. kind: why. due_at: not before this instant (UTC).
        repeat: 0 the first time, then how often the same was said before; of a target, how often the other reminders
            of the step were said before.
    """

    number: int
    kind: ReminderKind
    repeat: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one enrollment.

    Attributes:
        since: when it came into this state. acted_at, acted_by: when and by whom the act was done.
        window_start, earliest, latest: the wait's window, counted from the act (UTC).
        finished_at, finished_by: when and by whom it was confirmed or skipped. reason: why it was skipped.
        acted_on, finished_on: the day of it where somebody named an earlier one; None where it was told at once.
            Without acted_by, or done without finished_by: it happened before the enrollment came to the bot.
        snoozed_by, snoozed_at, snoozed_until, snooze_note: who put off the reminder last, when, until which day, why.
        assignee: who is to act on it, and is reminded, instead of the owner. target: the day when it should be done.
        blocked_by, blocked_why, blocked_at: the party that it cannot go on without, why, and since when.
        note, noted_by, noted_at: the last note on it; the earlier ones are in the audit.
        reminder: the next one; reminders: how many have been planned so far.
        values: field key -> what its act collected, as the text that the type of the field stores.
    """

    key: StepKey
    state: State = State.LOCKED
    since: datetime | None = None
    acted_at: datetime | None = None
    acted_by: str | None = None
    window_start: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    finished_at: datetime | None = None
    finished_by: str | None = None
    reason: str | None = None
    acted_on: date | None = None
    finished_on: date | None = None
    snoozed_by: str | None = None
    snoozed_at: datetime | None = None
    snoozed_until: date | None = None
    snooze_note: str | None = None
    assignee: str | None = None
    target: date | None = None
    blocked_by: str | None = None
    blocked_why: str | None = None
    blocked_at: datetime | None = None
    note: str | None = None
    noted_by: str | None = None
    noted_at: datetime | None = None
    reminder: Reminder | None = None
    reminders: int = 0
    values: Mapping[str, str] = field(default_factory=dict)

    def state_at(self, now: datetime) -> State:
        """The state as people see it: `WAITING` turns into `DUE` when the window ends."""
        if self.state is State.WAITING and self.latest is not None and now >= self.latest:
            return State.DUE
        return self.state


def changed_steps(before: Sequence[Step], after: Sequence[Step]) -> list[tuple[Step, Step]]:
    """The steps of an enrollment that a change leaves different, each as it was and as it is."""
    # Most are the same object, which is cheaper to see than that they are equal.
    return [(old, new) for old, new in zip(before, after, strict=True) if old is not new and old != new]
