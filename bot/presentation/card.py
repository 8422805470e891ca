"""The card: one message with the state of an enrollment and the buttons for what can be done now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.actions import actions_for
from bot.domain.contacts import Absence
from bot.domain.days import day_at
from bot.domain.enrollment import FINISHED, Enrollment, Event, EventKind, State, Status, Step
from bot.domain.forecast import Forecast
from bot.domain.inputs import shorten
from bot.domain.list_entries import KINDS
from bot.domain.sentences import told
from bot.domain.step_spec import StepKey, StepSpec
from bot.domain.subset_coverage import ACCOUNTS, SubsetCoverage
from bot.domain.tickets import is_follow_up, missing_for_ticket
from bot.domain.value_types import TYPES
from bot.language.spoken import gettext
from bot.presentation import blocks, card_room, list_marks, texts, turns
from bot.presentation.buttons import enrollment_button, enrollment_menu, step_actions

#: A state is always shown as a sign and a word.
SIGNS = {
    State.LOCKED: ":lock:",
    State.OPEN: ":point_right:",
    State.WAITING: ":hourglass_flowing_sand:",
    State.DUE: ":bell:",
    State.DONE: ":white_check_mark:",
    State.SKIPPED: ":fast_forward:",
}
#: The longest text that Slack advises for notifications and screen readers.
_TEXT_LIMIT = 3900
_SECTION_LIMIT = 3000
#: How many locked steps the card names, and how much of a reason or a collected value stands in a step's line.
_MOST_LATER = 3
_MOST_CHARACTERS = 80
#: How many people who are away the card names.
_MOST_AWAY = 3
#: Lines of finished steps in one block: more could be longer than Slack takes.
_LINES_IN_BLOCK = 3


@dataclass(frozen=True, slots=True)
class Message:
    """A message to be sent: its text, which must say everything by itself, and its blocks."""

    text: str
    blocks: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """Who cancelled an enrollment, and why."""

    by: str
    reason: str


def ending(history: Iterable[tuple[Event, str, datetime]]) -> Ending | None:
    """The last cancellation in an enrollment's history."""
    found = [(event, by) for event, by, _ in history if event.kind is EventKind.CANCELLED]
    return Ending(found[-1][1], str(found[-1][0].details.get("reason", ""))) if found else None


def build(
    enrollment: Enrollment,
    now: datetime,
    *,
    by_email: bool = False,
    ended: Ending | None = None,
    forecast: Forecast | None = None,
    away: Sequence[Absence] = (),
    covered: SubsetCoverage | None = None,
    room: int = card_room.IN_MESSAGE,
) -> Message:
    """The card as it is at `now`: what is next first, then what is finished, then what comes later.

    Args:
        by_email: whether this bot can send tickets itself.
        ended: who cancelled the enrollment, and why.
        forecast: when it may be finished, if that is to be said.
        away: the absences of its people.
        covered: how the organization's AWS accounts are spread over the subsets, if that is to be said.
        room: blocks; the steps that do not fit are counted.
    """
    cancelled = enrollment.status is Status.CANCELLED
    told = {
        "bar": progress_bar(enrollment),
        "progress": progress(enrollment),
        "ended": ended,
        "expected": short_forecast(forecast),
        "away": away[:_MOST_AWAY],
    }
    head = _say("head", enrollment, **told)
    made = [
        blocks.header(shorten(title(enrollment), 150)),
        blocks.section(head, accessory=None if cancelled else enrollment_menu(enrollment, menu(enrollment))),
    ]
    lines = [
        finished_line(enrollment, step.key, _coverage_words(enrollment.spec(step.key), covered))
        for step in enrollment.steps
        if step.state in FINISHED
    ]
    parts = [lines[start : start + _LINES_IN_BLOCK] for start in range(0, len(lines), _LINES_IN_BLOCK)]
    later, found = _later(enrollment), () if cancelled else next_actions(enrollment, now)
    shown = card_room.fitting(found, len(made) + len(parts) + bool(later), room)
    for step, _ in shown:
        told_too = _coverage_words(enrollment.spec(step.key), covered)
        made.append(blocks.section(step_text(enrollment, step.key, now, told_too), block_id=f"step.{step.key}"))
        offered = actions_for(enrollment, step.key, now, by_email=by_email)
        if offered:
            made.append(step_actions(enrollment, step.key, offered))
    made += card_room.left_out(enrollment, len(found) - len(shown))
    if cancelled:
        made.append(blocks.actions([enrollment_button(enrollment, name) for name in ("resume", "audit")]))
    made.extend(blocks.context("\n".join(part)) for part in parts)
    if later:
        made.append(blocks.context(_say("later", enrollment, later=later, more=_MOST_LATER)))
    return Message(text(enrollment, now, ended, forecast_words(forecast), away, covered), made)


def title(enrollment: Enrollment) -> str:
    """The heading of a card."""
    return gettext("Eco enrollment: {name}").format(name=enrollment.account_name)


def menu(enrollment: Enrollment) -> tuple[str, ...]:
    """What can be done with the whole enrollment, by the names of buttons; the first ones stand in the card's menu."""
    reopen = ("reopen",) if enrollment.finished else ()
    return (*reopen, "edit", "cancel", "audit", "export", "lists", "check_data", "timeline", "calendar")


def _later(enrollment: Enrollment) -> list[StepSpec]:
    """The steps that cannot be acted on yet: the locked ones, of a cancelled enrollment all that are not finished."""
    cancelled = enrollment.status is Status.CANCELLED
    return [
        enrollment.spec(step.key)
        for step in enrollment.steps
        if step.state is State.LOCKED or (cancelled and step.state not in FINISHED)
    ]


def progress(enrollment: Enrollment) -> str:
    """Steps that are over, of all: `5 of 9 steps`."""
    return gettext("{count} of {total} steps").format(count=enrollment.finished, total=len(enrollment.steps))


def progress_bar(enrollment: Enrollment) -> str:
    """A bar with one sign for each step: as many full ones as steps are over, whichever they are."""
    return "▰" * enrollment.finished + "▱" * (len(enrollment.steps) - enrollment.finished)


def short_forecast(forecast: Forecast | None) -> texts.Mrkdwn:
    """The same on one line of a phone; nothing where no wait is ahead and nothing is known of past enrollments."""
    return texts.Mrkdwn(texts.say("cards/forecast_short", forecast=forecast) if forecast else "")


def forecast_words(forecast: Forecast | None) -> texts.Mrkdwn:
    """When an enrollment may be finished, and what that follows from; "" without a forecast."""
    return texts.Mrkdwn(texts.say("cards/forecast", forecast=forecast) if forecast else "")


def marks(enrollment: Enrollment, step: Step, now: datetime, assignee: str = "") -> texts.Mrkdwn:
    """What blocks a step and its target date, each after a comma; "" of one that is locked or over.

    Args:
        assignee: who is named as the one to whom it is assigned.
    """
    marked = assignee or step.blocked_by or step.target
    if not marked or step.state not in (State.OPEN, State.WAITING):
        return texts.Mrkdwn("")
    today = day_at(now, enrollment.zone)
    return texts.Mrkdwn(_say("marks", enrollment, step=step, assignee=assignee, today=today))


def _coverage_words(spec: StepSpec, covered: SubsetCoverage | None) -> str:
    """What is said of the AWS accounts at the step that keeps them; "" elsewhere."""
    return covered.words if covered is not None and spec.extra_list == ACCOUNTS else ""


def step_text(enrollment: Enrollment, key: StepKey, now: datetime, more: str = "") -> str:
    """An open, waiting or due step on the card: title, state, whose turn it is, what to wait for or where to look.

    Args:
        more: a sentence more.
    """
    spec, step = enrollment.spec(key), enrollment.step(key)
    state = step.state_at(now)
    # Where it is our turn, the sentence names the assignee already.
    assignee = texts.mention(step.assignee) if step.assignee and state is State.WAITING else ""
    said = _say(
        state.value,
        enrollment,
        told=marks(enrollment, step, now, assignee),
        spec=spec,
        step=step,
        may_be_over=step.earliest is not None and now >= step.earliest,
        missing=told(missing_for_ticket(enrollment, key) or "") if spec.ticket else None,
        values=shown(enrollment, spec, state),
        marked=list_marks.progress(enrollment, spec.list_in_ticket),
        turn=turns.words(enrollment, key, state, step.assignee),
        why=shorten(step.blocked_why or "", _MOST_CHARACTERS),
        note=shorten(step.note or "", _MOST_CHARACTERS),
        more=more,
    )
    optional = f" ({gettext('optional')})" if spec.optional else ""
    line = f"{SIGNS[state]} *{texts.escape(texts.step_name(enrollment, key))}*{optional} — {said}"
    return re.sub("\n{2,}", "\n", line)[:_SECTION_LIMIT]


def finished_line(enrollment: Enrollment, key: StepKey, more: str = "") -> str:
    """A done or skipped step on one line: who and when; once completed, also its outcome and how long it took.

    Args:
        more: a sentence more.
    """
    spec, step = enrollment.spec(key), enrollment.step(key)
    complete = enrollment.status is Status.COMPLETED
    values = [*shown(enrollment, spec, step.state), *_listed(enrollment, spec)] if complete else []
    if step.state is State.DONE and is_follow_up(enrollment, key):  # from before the bot followed lists
        values = [list_marks.progress(enrollment, spec.list_in_ticket)]
    said = _say(
        step.state.value,
        enrollment,
        step=step,
        reason=shorten(step.reason or "", _MOST_CHARACTERS),
        took=_took(enrollment, step) if complete else None,
        values=[shorten(words, _MOST_CHARACTERS) for words in values],
    )
    named, word = texts.escape(texts.step_name(enrollment, key)), gettext(step.state.value)
    line = f"{SIGNS[step.state]} {named} — {word} {said}".strip()
    return f"{line}. {more}" if more else line


def _listed(enrollment: Enrollment, spec: StepSpec) -> list[str]:
    if not spec.list_in_ticket or enrollment.step(spec.key).state is not State.DONE:
        return []
    return [texts.plural(len(getattr(enrollment, spec.list_in_ticket)), KINDS[spec.list_in_ticket].noun)]


def _took(enrollment: Enrollment, step: Step) -> str | None:
    """How long a step was the team's or somebody else's turn: from the end of those that it requires to its own."""
    ends = [enrollment.step(before).finished_at for before in enrollment.spec(step.key).requires]
    begun = max([enrollment.started_at, *(end for end in ends if end is not None)])
    if step.state is not State.DONE or step.finished_at is None or step.finished_at <= begun:
        return None
    span = step.finished_at - begun
    return texts.plural(span.days, "day") if span >= timedelta(days=1) else gettext("less than a day")


def shown(enrollment: Enrollment, spec: StepSpec, state: State) -> list[str]:
    """The collected values of a step, in the words that their fields have for a card in that state."""
    words = []
    for field in spec.collects:
        phrases = {State.OPEN: field.when_open, State.WAITING: field.when_waiting, State.DONE: field.when_done}
        phrase, value = phrases.get(state), TYPES[field.type].shown(enrollment, spec.key, field)
        if phrase and value:
            words.append(phrase.format(value))
    return words


def text(
    enrollment: Enrollment,
    now: datetime,
    ended: Ending | None = None,
    expected: str = "",
    away: Sequence[Absence] = (),
    covered: SubsetCoverage | None = None,
) -> str:
    """The whole card in words, for notifications and screen readers."""
    rows = [
        (texts.step_name(enrollment, step.key), step.state_at(now), step, _marks(enrollment, step, now))
        for step in enrollment.steps
    ]
    values = {"progress": progress(enrollment), "rows": rows, "ended": ended, "expected": expected}
    values["covered"] = covered.words if covered is not None else ""
    return shorten(_say("text", enrollment, **values, away=away[:_MOST_AWAY]), _TEXT_LIMIT)


def _marks(enrollment: Enrollment, step: Step, now: datetime) -> texts.Mrkdwn:
    """All marks of a step, as they stand in brackets."""
    told = marks(enrollment, step, now, texts.mention(step.assignee) if step.assignee else "")
    return texts.Mrkdwn(told.removeprefix(", "))


def next_actions(enrollment: Enrollment, now: datetime) -> list[tuple[Step, State]]:
    """The steps on which something can happen now, those that a person must answer first."""
    order = (State.DUE, State.OPEN, State.WAITING)
    found = [(step, step.state_at(now)) for step in enrollment.steps]
    return sorted(((s, state) for s, state in found if state in order), key=lambda pair: order.index(pair[1]))


def _say(template: str, enrollment: Enrollment, **values: Any) -> str:
    return texts.say(f"cards/{template}", enrollment=enrollment, **values)
