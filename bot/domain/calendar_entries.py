"""Calendar entries of an enrollment: the windows of its waits, the target dates, and days that are agreed on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.days import day_at, day_field
from bot.domain.enrollment import FINISHED, Enrollment, State, Step
from bot.domain.schedule import zone_named
from bot.domain.step_spec import StepSpec
from bot.language.spoken import gettext


@dataclass(frozen=True, slots=True)
class DatedStep:
    """A step with what its entries need of its enrollment."""

    workspace: str
    enrollment_id: int
    version: int
    account_name: str
    owner_zone: str
    step: Step
    spec: StepSpec


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a calendar.

    Attributes:
        uid: stays the same when the entry moves. sequence: grows with every change of the enrollment.
        begins, ends: instants, or days; a day's entry ends before the day `ends`.
        asks: the question that a person answers after a wait; "" elsewhere.
    """

    enrollment_id: int
    uid: str
    sequence: int
    words: str
    asks: str
    begins: datetime | date
    ends: datetime | date


def entries_of(enrollment: Enrollment) -> tuple[Entry, ...]:
    """The entries of all steps of an enrollment, in the procedure's order."""
    e = enrollment
    head = (e.workspace, e.id, e.version, e.account_name, e.owner_zone)
    return entries(DatedStep(*head, step, e.spec(step.key)) for step in e.steps)


def entries(steps: Iterable[DatedStep]) -> tuple[Entry, ...]:
    """The entries of steps that are not finished; a step without dates has none."""
    return tuple(entry for dated in steps for entry in _entries(dated))


def _entries(dated: DatedStep) -> list[Entry]:
    step, spec = dated.step, dated.spec
    made: list[Entry] = []
    begins, latest = step.earliest or step.window_start or step.acted_at, step.latest
    if step.state is State.WAITING and begins is not None and latest is not None and begins < latest:
        words = gettext("{name}: waiting for {party} ({title})")
        words = words.format(name=dated.account_name, party=spec.waiting_on, title=spec.title)
        made.append(_entry(dated, "window", words, begins, latest, spec.confirm or ""))
    if step.target is not None and step.state not in FINISHED:
        words = gettext("{name}: target date of {title}").format(name=dated.account_name, title=spec.title)
        made.append(_day(dated, "target", words, step.target))
    agreed = _agreed_day(dated)
    if agreed is not None:
        words, day = agreed
        made.append(_day(dated, "day", f"{dated.account_name}: {words}", day))
    return made


def _agreed_day(dated: DatedStep) -> tuple[str, date] | None:
    """The day for which the act of an open step is planned, or on which that of a waiting one was."""
    step, field = dated.step, day_field(dated.spec)
    value = step.values.get(field.key) if field else None
    if field is None or value is None or step.state not in (State.OPEN, State.WAITING):
        return None
    day = date.fromisoformat(value)
    # A day from before a reopening is no plan.
    if step.state is State.OPEN and (step.since is None or day <= day_at(step.since, zone_named(dated.owner_zone))):
        return None
    return field.in_calendar or field.label, day


def _day(dated: DatedStep, kind: str, words: str, day: date) -> Entry:
    return _entry(dated, kind, words, day, day + timedelta(days=1), "")


def _entry(dated: DatedStep, kind: str, words: str, begins: datetime | date, ends: datetime | date, asks: str) -> Entry:
    uid = f"{kind}.{dated.step.key}.{dated.enrollment_id}@{dated.workspace}.eco-enrollment"
    return Entry(dated.enrollment_id, uid, dated.version, words, asks, begins, ends)
