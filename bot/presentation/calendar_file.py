"""Calendar entries as an iCalendar file (.ics), by the library icalendar, which escapes what people typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from bot.domain.calendar_entries import Entry
from bot.domain.enrollment import Enrollment
from bot.presentation import texts

_NO_LINKS: Mapping[int, str] = {}


def comment(enrollment: Enrollment, entries: Sequence[Entry], name: str) -> str:
    """The message beside the file of an enrollment."""
    return texts.say("timeline/calendar", enrollment=enrollment, count=len(entries), name=name)


def render(entries: Sequence[Entry], now: datetime, links: Mapping[int, str] = _NO_LINKS, title: str = "") -> str:
    """The file: instants in UTC, so that every calendar shows its reader's own zone; days as days.

    Args:
        links: enrollment ID -> the address of its card. title: the calendar's name where it is a feed.
    """
    # Late: it takes a tenth of a second, and most processes never make a calendar.
    import icalendar  # noqa: PLC0415  # see above

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Eco enrollment bot//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if title:
        calendar.add("x-wr-calname", title)
        calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for entry in entries:
        event = icalendar.Event()
        event.add("uid", entry.uid)
        event.add("sequence", entry.sequence)
        event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", _when(entry.begins))
        event.add("dtend", _when(entry.ends))
        event.add("summary", entry.words)
        link = links.get(entry.enrollment_id)
        about = "\n".join(part for part in (entry.asks, link) if part)
        if about:
            event.add("description", about)
        if link:
            event.add("url", link)
        event.add("transp", "TRANSPARENT")  # nobody is busy because a wait runs
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made.decode()


def _when(at: datetime | date) -> datetime | date:
    return at.astimezone(UTC).replace(microsecond=0) if isinstance(at, datetime) else at
