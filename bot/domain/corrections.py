"""Corrections of a step that waits: its day and what it collected are changed, or its act is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from bot.domain.consequences import NOT_SNOOZED, ends_of, opened_again, settle, wait_for_ticket, window_from
from bot.domain.days import ON, check_happened, day_at, day_field, earlier_day
from bot.domain.enrollment import Change, Enrollment, Event, EventKind, Policy, State
from bot.domain.errors import NothingToDo
from bot.domain.schedule import day_words, start_of
from bot.domain.sent_lines import pending, unconfirmed, with_act, without_last_ticket
from bot.domain.sentences import sentence
from bot.domain.shown_values import FormValue, quoted
from bot.domain.step_spec import StepKey
from bot.domain.transitions import require_state
from bot.domain.value_types import TYPES

#: (what was corrected, the value before, the value now), in words.
Corrected = tuple[str, str, str]


def day_of_act(enrollment: Enrollment, key: StepKey) -> date | None:
    """The day on which the act of a waiting step was done, in the owner's zone."""
    step, field = enrollment.step(key), day_field(enrollment.spec(key))
    if field is not None and (value := step.values.get(field.key)):
        return date.fromisoformat(value)
    return step.acted_on or (day_at(step.acted_at, enrollment.zone) if step.acted_at else None)


def step_values(enrollment: Enrollment, key: StepKey) -> dict[str, FormValue]:
    """What the form of a step shows of recorded values, by field: what the step collects, and the day of its act."""
    found = dict[str, FormValue]()
    for field in enrollment.spec(key).collects:
        if field.list_name is not None:
            found[field.key] = FormValue(f"{field.noun}s", enrollment.names_in(field.list_name), field.list_name)
        else:
            words = day_words if field.type == "date" else quoted
            found[field.key] = FormValue(field.noun, enrollment.step(key).values.get(field.key), field.key, words)
    if day := day_of_act(enrollment, key):
        dated = day_field(enrollment.spec(key))
        name = dated.key if dated else ON
        found[name] = FormValue(dated.noun if dated else "day", day.isoformat(), name, day_words)
    return found


def correct(
    enrollment: Enrollment,
    key: StepKey,
    by: str,
    now: datetime,
    policy: Policy,
    values: Mapping[str, object],
    on: date | None = None,
) -> Change:
    """Correct the day of a waiting step's act and what it collected; window and reminders follow the day.

    A day to come, where the step has a field for it, plans the act: the step is open again.

    Args:
        values: field key -> value as it shall be; fields that are not named stay.
        on: the day of the act; None where it stays, or where one of the fields holds it.

    Raises:
        StepConflict: the step does not wait. InvalidInput: a value is missing or cannot be right.
        NothingToDo: nothing would change.
    """
    require_state(enrollment, key, now, State.WAITING, State.DUE)
    dated, was = day_field(enrollment.spec(key)), day_of_act(enrollment, key)
    if dated is not None:
        given = values.get(dated.key)
        on = date.fromisoformat(str(given)) if given else None
        if on == was or on is None:  # an empty day, or the one that the form began with
            values = {name: value for name, value in values.items() if name != dated.key}
    after, told = _with_values(enrollment, key, values, now)
    if on is None or on == was:
        if not told:
            raise NothingToDo(sentence("Nothing was changed."))
        return _corrected(enrollment, with_act(after, key), key, told, by, now, policy)
    if dated is None:
        told.append(("day", day_words(was) if was else "", day_words(on)))
    elif on > day_at(now, enrollment.zone):
        return _corrected(enrollment, opened_again(after, key, now), key, told, by, now, policy)
    check_happened(on, now, enrollment.zone)
    start = start_of(on, now, enrollment.zone)
    acted = {"since": start, "acted_at": start, "acted_on": earlier_day(on, now, enrollment.zone)}
    after = after.with_step(key, **acted, **window_from(enrollment, key, start, policy), **NOT_SNOOZED)
    return _corrected(enrollment, with_act(after, key), key, told, by, now, policy)


def take_back(enrollment: Enrollment, key: StepKey, by: str, now: datetime, policy: Policy) -> Change:
    """Take back the act of a waiting step: it is open again, and keeps what it has collected for the next time.

    Of several tickets that nobody has confirmed, the last one is taken back, and the step waits for the one before it.

    Raises:
        StepConflict: the step does not wait.
    """
    require_state(enrollment, key, now, State.WAITING, State.DUE)
    # Where support has confirmed all and only users are missing, the last ticket counts as not confirmed again.
    listed = enrollment.spec(key).list_in_ticket
    after = without_last_ticket(enrollment if pending(enrollment, listed) else unconfirmed(enrollment, key), key)
    before = pending(after, listed)
    after = wait_for_ticket(after, key, before[-1], policy) if before else opened_again(after, key, now)
    event = Event(EventKind.TAKEN_BACK, key, {"state": after.step(key).state.value})
    return settle(enrollment, after, (event,), by, now, policy)


def _with_values(
    enrollment: Enrollment, key: StepKey, values: Mapping[str, object], now: datetime
) -> tuple[Enrollment, list[Corrected]]:
    after, told = enrollment, list[Corrected]()
    for field in enrollment.spec(key).collects:
        if field.key not in values:
            continue
        type_, old = TYPES[field.type], after
        emptied = after.with_values(key, {field.key: None})  # else an emptied field would keep what is recorded
        after = type_.store(emptied, key, field, values[field.key], now)
        if old != after:
            told.append((field.noun, type_.shown(old, key, field), type_.shown(after, key, field)))
    return after, told


def _corrected(
    before: Enrollment,
    after: Enrollment,
    key: StepKey,
    told: list[Corrected],
    by: str,
    now: datetime,
    policy: Policy,
) -> Change:
    details: dict[str, object] = {"changed": [list(one) for one in told]}
    if after.step(key).state is not State.WAITING:
        details["open"] = True
    elif after.step(key).window_start != before.step(key).window_start:
        details |= ends_of(after, key)
    return settle(before, after, (Event(EventKind.CORRECTED, key, details),), by, now, policy)
