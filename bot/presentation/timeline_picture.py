"""The timeline of an enrollment: the words that say all of it, and the chart that the drawing process gets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.domain.enrollment import Enrollment, State
from bot.domain.forecast import Forecast
from bot.domain.inputs import format_account_id, shorten
from bot.domain.schedule import day_words
from bot.domain.timeline import Row, timeline
from bot.presentation import card, texts

#: Characters of a name in the picture, of the words beside a picture, and of its alternative text.
_NAME, _WORDS, _ALTERNATIVE = 34, 3800, 1000


@dataclass(frozen=True, slots=True)
class Picture:
    """What is posted for a timeline.

    Attributes:
        alternative: all of it in plain words, for screen readers. chart: what is drawn.
        comment: the message with the picture. instead: the message where it could not be drawn.
    """

    alternative: str
    chart: dict[str, Any]
    comment: str
    instead: str


def build(enrollment: Enrollment, now: datetime, made: Forecast | None, asked_by: str, file: str) -> Picture:
    """The timeline of an enrollment as it is at `now`, in its owner's zone.

    Args:
        asked_by: the person to mention. file: the name of the picture, by which its message is found again.
    """
    rows, zone = timeline(enrollment, now, made), enrollment.zone
    today = now.astimezone(zone).date()
    lines = [f"{enrollment.spec(row.step.key).title}: {_words(enrollment, row, today)}" for row in rows]
    expected = card.forecast_words(made)
    values = {"enrollment": enrollment, "lines": lines, "today": today, "expected": expected, "user": asked_by}
    plain = f"Timeline of {enrollment.account_name} on {day_words(today)}. {expected}. {'. '.join(lines)}."
    chart = {
        "title": shorten(enrollment.account_name, _NAME),
        "subtitle": f"{format_account_id(enrollment.account_id)}, {card.progress(enrollment)}",
        "foot": _foot(enrollment, made),
        "zone": zone.key,
        "now": now.timestamp(),
        "rows": [
            {
                "title": enrollment.spec(row.step.key).title,
                "note": _note(row, today, zone),
                "state": row.state.value,
                "bars": [[bar.kind.value, bar.begins.timestamp(), bar.ends.timestamp()] for bar in row.bars],
            }
            for row in rows
        ],
    }
    comment = texts.say("timeline/comment", **values, file=file)
    instead = texts.say("timeline/instead", **values)
    return Picture(shorten(plain, _ALTERNATIVE), chart, shorten(comment, _WORDS), shorten(instead, _WORDS))


def _foot(enrollment: Enrollment, made: Forecast | None) -> str:
    """The line under the chart: when all of it may be finished."""
    if made is None:
        return f"{enrollment.status.value.capitalize()}."
    if made.only_optional:
        return "Only optional steps are left."
    begin, end = (day_words(day, made.made_at.date()) for day in (made.first, made.last))
    days = f"on {begin}" if begin == end else f"between {begin} and {end}"
    return f"Expected to finish {days}."


def _local(at: datetime | None, zone: Any, today: date) -> str:
    return day_words(at.astimezone(zone).date(), today) if at else ""


def _words(enrollment: Enrollment, row: Row, today: date) -> str:
    """What has happened in a step and what is expected of it, in plain words."""
    step, zone, spec = row.step, enrollment.zone, enrollment.spec(row.step.key)
    latest = _local(step.latest, zone, today)
    match row.state:
        case State.DONE:
            done = f" {_local(step.finished_at, zone, today)}" if step.finished_by else " before this bot"
            waited = (
                f", after waiting since {_local(step.acted_at, zone, today)}" if spec.wait and step.acted_by else ""
            )
            return f"done{done}{waited}"
        case State.SKIPPED:
            return "skipped"
        case State.WAITING:
            began = _local(step.acted_at, zone, today)
            return f"waiting for {spec.waiting_on} since {began}, {_expected(row, zone, today)}"
        case State.DUE:
            return f"waited for {spec.waiting_on}, due since {latest}"
        case State.OPEN:
            return f"open since {_local(step.since, zone, today)}, {_expected(row, zone, today)}"
        case _:
            return f"later, {_expected(row, zone, today)}"


def _expected(row: Row, zone: Any, today: date) -> str:
    if row.forecast is None:
        return "optional"
    first, last = (_local(at, zone, today) for at in (row.forecast.first, row.forecast.last))
    return f"expected {first}" if first == last else f"expected {first} to {last}"


def _note(row: Row, today: date, zone: Any) -> str:
    """The few words beside a step's title in the picture."""
    step = row.step

    def short(at: datetime | None) -> str:
        local = at.astimezone(zone) if at else None
        return f"{local:%b} {local.day}" if local else ""

    match row.state:
        case State.DONE:
            return f"done {short(step.finished_at)}" if step.finished_by else "done before"
        case State.SKIPPED:
            return "skipped"
        case State.DUE:
            return f"due since {short(step.latest)}"
    if row.forecast is None:
        return "open, optional" if row.state is State.OPEN else "optional"
    first, last = short(row.forecast.first), short(row.forecast.last)
    days = first if first == last else f"{first} – {last}"
    return f"{row.state.value}, {days}" if row.state is not State.LOCKED else days
