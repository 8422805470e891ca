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
from bot.language.spoken import gettext
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
    plain = gettext("Timeline of {name} on {day}.").format(name=enrollment.account_name, day=day_words(today))
    plain = f"{plain} {expected}. {'. '.join(lines)}."
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
        return gettext(f"{enrollment.status.value.capitalize()}.")
    if made.only_optional:
        return gettext("Only optional steps are left.")
    begin, end = (day_words(day, made.made_at.date()) for day in (made.first, made.last))
    if begin == end:
        return gettext("Expected to finish on {day}.").format(day=begin)
    return gettext("Expected to finish between {first} and {last}.").format(first=begin, last=end)


def _local(at: datetime | None, zone: Any, today: date) -> str:
    return day_words(at.astimezone(zone).date(), today) if at else ""


def _words(enrollment: Enrollment, row: Row, today: date) -> str:
    """What has happened in a step and what is expected of it, in plain words."""
    step, zone, spec = row.step, enrollment.zone, enrollment.spec(row.step.key)
    latest = _local(step.latest, zone, today)
    match row.state:
        case State.DONE:
            began = _local(step.acted_at, zone, today)
            waited = gettext(", after waiting since {day}").format(day=began) if spec.wait and step.acted_by else ""
            done = gettext("done {day}") if step.finished_by else gettext("done before this bot")
            return f"{done.format(day=_local(step.finished_at, zone, today))}{waited}"
        case State.SKIPPED:
            return gettext("skipped")
        case State.WAITING:
            waiting = gettext("waiting for {party} since {day}")
            said = waiting.format(party=spec.waiting_on, day=_local(step.acted_at, zone, today))
        case State.DUE:
            return gettext("waited for {party}, due since {day}").format(party=spec.waiting_on, day=latest)
        case State.OPEN:
            said = gettext("open since {day}").format(day=_local(step.since, zone, today))
        case _:
            said = gettext("later")
    return f"{said}, {_expected(row, zone, today)}"


def _expected(row: Row, zone: Any, today: date) -> str:
    if row.forecast is None:
        return gettext("optional")
    first, last = (_local(at, zone, today) for at in (row.forecast.first, row.forecast.last))
    words = gettext("expected {day}") if first == last else gettext("expected {day} to {last}")
    return words.format(day=first, last=last)


def _note(row: Row, today: date, zone: Any) -> str:
    """The few words beside a step's title in the picture."""
    step = row.step

    def short(at: datetime | None) -> str:
        return texts.plain_day(at, zone) if at else ""

    match row.state:
        case State.DONE:
            done = gettext("done {day}") if step.finished_by else gettext("done before")
            return done.format(day=short(step.finished_at))
        case State.SKIPPED:
            return gettext("skipped")
        case State.DUE:
            return gettext("due since {day}").format(day=short(step.latest))
    if row.forecast is None:
        return gettext("open, optional") if row.state is State.OPEN else gettext("optional")
    first, last = short(row.forecast.first), short(row.forecast.last)
    days = first if first == last else f"{first} – {last}"
    return f"{gettext(row.state.value)}, {days}" if row.state is not State.LOCKED else days
