"""The words: Jinja2 templates by name, and the few Slack notations that they use.

The values that a template prints are escaped once, except what one of the functions here has made (`Mrkdwn`). Tickets
and other plain text are not escaped: they leave Slack.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, MutableMapping
from datetime import UTC, date, datetime, tzinfo
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

import bot
from bot.domain import party_people
from bot.domain.days import day_at, planned_day
from bot.domain.details import blocker_words
from bot.domain.durations import format_duration
from bot.domain.enrollment import Enrollment, Event, EventKind
from bot.domain.inputs import format_account_id
from bot.domain.list_entries import KINDS
from bot.domain.procedure import known_fields, known_steps
from bot.domain.retold import retold, retold_day, retold_length
from bot.domain.schedule import day_words, month_day
from bot.domain.step_spec import StepKey
from bot.domain.ticket_numbers import in_short
from bot.domain.value_types import TYPES
from bot.domain.vendor import SUPPORT_PAGES
from bot.language.spoken import ENGLISH, LANGUAGES, current, gettext, ngettext, number_words, pgettext, speaking
from bot.presentation import template_overrides, vendor_pages
from bot.presentation.slack_notation import Mrkdwn, channel, escape, link, mention

__all__ = ("Mrkdwn", "channel", "escape", "link", "mention")  # who says something takes them from here, too

#: An installed wheel carries the templates inside the package, a checkout beside it.
_PACKAGE = Path(bot.__file__).parent
TEMPLATES = next(path for path in (_PACKAGE / "templates", _PACKAGE.parent / "templates") if path.is_dir())


def moment(at: datetime | str) -> Mrkdwn:
    """An instant in the reader's own time zone, `today at 9:00 AM`; UTC where Slack cannot tell: `Mon, Nov 30, 09:00`.

    Use it where the time of day matters, and `day` elsewhere.
    """
    when = _instant(at)
    return _date(when, gettext("{date_short_pretty} at {time}"), f"{day_words(when.date())}, {when:%H:%M} UTC")


def day(at: datetime | str) -> Mrkdwn:
    """The day of an instant in the reader's own time zone: `Nov 30`, or `today`."""
    when = _instant(at)
    return _date(when, "{date_short_pretty}", day_words(when.date()))


def _instant(at: datetime | str) -> datetime:
    return (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(UTC)


def _date(when: datetime, shown: str, fallback: str) -> Mrkdwn:
    return Mrkdwn(f"<!date^{int(when.timestamp())}^{shown}|{fallback}>")


def plain_day(at: datetime, zone: tzinfo) -> str:
    """The day of an instant, for text that leaves Slack: `Nov 30`."""
    day = at.astimezone(zone).date()
    return month_day(day, day)


def ticket_words(number: str) -> str:
    """What people entered as a ticket's number: `ticket ECO-4711`, or as it stands where it says how it was sent.

    Numbers of several tickets become `tickets 4711, 4712`; of many, the first ones are named.
    """
    if re.fullmatch(r"\S*\d\S*", number):
        return gettext("ticket {number}").format(number=number)
    several = re.fullmatch(r"[^\s,;]*\d[^\s,;]*(\s*[,;]\s*[^\s,;]*\d[^\s,;]*)+", number)
    return gettext("tickets {number}").format(number=in_short(number)) if several else in_short(number)


def ordinal(number: int) -> str:
    """A number in a row: `2nd`, `3rd`, `11th`; in other languages `2.`."""
    if current() != ENGLISH:
        return f"{number}."
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def target_words(target: date, today: date) -> str:
    """A target date: `target Dec 3`, `target passed on Dec 3`; with its year where it is over six months away."""
    words = gettext("target passed on {day}") if target < today else gettext("target {day}")
    return words.format(day=month_day(target, today))


def title(key: StepKey) -> str:
    """The title of a step, where no enrollment says which procedure it is of."""
    return known_steps()[key].title


def step_name(enrollment: Enrollment, key: StepKey) -> str:
    """The title of a step, behind the name of the party that does it."""
    return party_people.step_name(enrollment.procedure, key)


#: Slack's words for a channel that it refuses -> what that means, and what a person can do about it.
_REFUSALS = {
    "is_archived": ("it is archived", "unarchive it"),
    "is_inactive": ("it is archived", "unarchive it"),
    "not_in_channel": ("I am not in it", "invite me there"),
    "channel_not_found": ("it is gone, or I am not in it any more", "invite me there again"),
}


def why_closed(code: str) -> str:
    """Why nothing can be posted in a channel: in words, and in Slack's word where there are none."""
    if code.startswith("restricted_action"):
        return gettext("only some people may post there")
    return gettext(_REFUSALS[code][0] if code in _REFUSALS else "Slack refuses it: {code}").format(code=code)


def how_opened(code: str) -> str:
    """The remedy: what a person can do so that the bot can post in the channel again."""
    return gettext(_REFUSALS.get(code, ("", "let me post there again"))[1])


def plural(count: int, word: str) -> str:
    """`1 pair`, `3 pairs`, `1,998 pairs`; in another language the English word is looked up in its catalog."""
    return f"{number_words(count)} {ngettext(word, f'{word}s', count)}"


class _Environment(Environment):
    """Templates that share the environment's globals: Jinja's layer for each template doubles the time of a render."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template that has none of its own."""
        return super().make_globals(d) if d else self.globals


class _Loader(FileSystemLoader):
    """Our templates of one language."""

    def list_templates(self) -> list[str]:
        """The names of the templates, without those of other languages."""
        return [name for name in super().list_templates() if name.partition("/")[0] not in LANGUAGES]


@cache
def _environment(finalize: Callable[[Any], Any], language: str = ENGLISH) -> Environment:
    """What templates of a language are rendered with; one that it lacks is taken in English."""
    folders = [TEMPLATES / language, TEMPLATES] if language != ENGLISH else [TEMPLATES]
    # autoescape is HTML's and would turn quotes into entities; `finalize` does Slack's own escaping.
    environment = _Environment(
        loader=ChoiceLoader([_Loader(folder) for folder in folders]),
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,  # it would look at the files again with every message
    )
    environment.filters["mrkdwn"] = Mrkdwn  # for lines that this module has made and escaped before
    functions: tuple[Callable[..., Any], ...] = (
        mention,
        channel,
        link,
        moment,
        day,
        day_at,
        day_words,
        plain_day,
        title,
        step_name,
        plural,
        ordinal,
        format_duration,
    )
    functions += (ticket_words, planned_day, why_closed, how_opened, target_words, blocker_words, month_day)
    functions += (gettext, pgettext, support_text, retold, retold_day, retold_length)
    functions += (vendor_pages.page, vendor_pages.support_email)
    for function in functions:
        environment.globals[function.__name__] = function
    nouns = {kind.name: kind.noun for kind in KINDS.values()}
    environment.globals.update(account=format_account_id, nouns=nouns, support_pages=SUPPORT_PAGES)
    return environment


def say(template: str, **values: Any) -> str:
    """A sentence in Slack's notation from templates/<template>.j2."""
    return template_overrides.render(_environment(escape, current()), f"{template}.j2", values)


def use_templates(folder: Path | None, count: Callable[[str, int], None] = lambda *_: None) -> None:
    """Use the templates of a folder in the place of ours from now on (ECO_TEMPLATES); see `template_overrides.use`."""
    template_overrides.use(folder, environment, count)


def environment(language: str = ENGLISH) -> Environment:
    """What templates in Slack's notation are rendered with."""
    return _environment(escape, language)


def plain_environment() -> Environment:
    """What templates of texts that leave Slack are rendered with."""
    return _environment(str)


def say_plain(template: str, **values: Any) -> str:
    """A text that leaves Slack, from templates/<template>.txt.j2, not escaped; in English, whoever asks for it."""
    with speaking(ENGLISH):
        return template_overrides.render(_environment(str), f"{template}.txt.j2", values)


def support_text(enrollment: Enrollment, key: StepKey) -> Mrkdwn:
    """What somebody can send to Spot support about a step that is late: in English, whatever surrounds it."""
    with speaking(ENGLISH):
        step, spec = enrollment.step(key), enrollment.spec(key)
        return Mrkdwn(say("reminders/support", enrollment=enrollment, spec=spec, step=step))


def thread_line(enrollment: Enrollment, event: Event, by: str, name_of: Callable[[str], str] | None = None) -> str:
    """The one line that tells a change in the card's thread.

    Args:
        name_of: the name of the person for whom a stand-in acted, who is away and should not be notified; without it,
            they are mentioned.
    """
    spec = enrollment.spec(event.step) if event.step else None
    details = defaultdict(lambda: None, event.details)  # what an event does not tell is nothing, not a fault
    values = {"enrollment": enrollment, "spec": spec, "by": _author(event, by, name_of), "details": details}
    said = _undone(enrollment, event, name_of)
    told, labels = _told(enrollment, event), partial(_labels, enrollment)
    return say(f"thread/{event.kind.value}", **values, told=told, labels=labels, said=said)


def _undone(enrollment: Enrollment, event: Event, name_of: Callable[[str], str] | None) -> str:
    """The line of the change that an undo took back; "" for any other event."""
    if event.kind is not EventKind.UNDONE:
        return ""
    kind, details, step = (event.details.get(name) for name in ("kind", "details", "step"))
    undone = Event(EventKind(str(kind)), str(step) if step else None, details if isinstance(details, dict) else {})
    return thread_line(enrollment, undone, str(event.details.get("by")), name_of)


def _author(event: Event, by: str, name_of: Callable[[str], str] | None) -> Mrkdwn:
    absent = event.details.get("for")
    if absent is None:
        return mention(by)
    person = escape(name_of(str(absent))) if name_of else mention(str(absent))
    return Mrkdwn(gettext("{person} for {absent}").format(person=mention(by), absent=person))


def _told(enrollment: Enrollment, event: Event) -> list[str]:
    """The values that the act of a step collected, in the words that their fields have for the thread."""
    words = []
    for field in enrollment.spec(event.step).collects if event.step else ():
        value = TYPES[field.type].told(field, event.details)
        if field.in_thread and value:
            words.append(field.in_thread.format(value))
    return words


def _labels(enrollment: Enrollment) -> dict[str, str]:
    """Key of a field -> the value in sentences."""
    return {key: field.noun for key, field in known_fields().items()} | party_people.nouns(enrollment.procedure)
