"""The words: Jinja2 templates by name, and the few Slack notations that they use.

The values that a template prints are escaped once, except what one of the functions here has made (`Mrkdwn`). Tickets
and other plain text are not escaped: they leave Slack.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import bot
from bot.domain.days import format_day, planned_day
from bot.domain.enrollment import Enrollment, Event
from bot.domain.inputs import format_account_id
from bot.domain.lists import NOUNS
from bot.domain.procedure import SHARED, SPECS, WAITS
from bot.domain.step_spec import StepKey
from bot.domain.value_types import TYPES

#: An installed wheel carries the templates inside the package, a checkout beside it.
_PACKAGE = Path(bot.__file__).parent
TEMPLATES = next(path for path in (_PACKAGE / "templates", _PACKAGE.parent / "templates") if path.is_dir())


class Mrkdwn(str):
    """Text that is in Slack's notation already and must not be escaped again."""

    __slots__ = ()


def escape(value: object) -> Mrkdwn:
    """Escape what people typed: this defuses mentions, links and `<!channel>`."""
    if isinstance(value, Mrkdwn):
        return value
    return Mrkdwn(str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def mention(user_id: str) -> Mrkdwn:
    """A person, as Slack shows and notifies them."""
    return Mrkdwn(f"<@{user_id}>")


def channel(channel_id: str) -> Mrkdwn:
    """A channel as a link."""
    return Mrkdwn(f"<#{channel_id}>")


def link(words: str, url: str) -> Mrkdwn:
    """A link with words."""
    return Mrkdwn(f"<{url}|{escape(words).replace('|', '¦')}>")


def moment(at: datetime | str) -> Mrkdwn:
    """An instant in the reader's own time zone; UTC where Slack cannot tell."""
    return _date(at, "{date_short_pretty} at {time}", "%d %b %Y %H:%M UTC")


def day(at: datetime | str) -> Mrkdwn:
    """A day in the reader's own time zone."""
    return _date(at, "{date_short_pretty}", "%d %b %Y")


def named_day(day: date | str) -> str:
    """A day that somebody named: the same for every reader, whatever their time zone."""
    return format_day(date.fromisoformat(day) if isinstance(day, str) else day)


def _date(at: datetime | str, shown: str, fallback: str) -> Mrkdwn:
    when = datetime.fromisoformat(at) if isinstance(at, str) else at
    return Mrkdwn(f"<!date^{int(when.timestamp())}^{shown}|{when.astimezone(UTC).strftime(fallback)}>")


def plain_day(at: datetime, zone: tzinfo) -> str:
    """A day in words, for text that leaves Slack: `25 Nov 2026`."""
    return at.astimezone(zone).strftime("%d %b %Y")


def title(key: StepKey) -> str:
    """The title of a step."""
    return SPECS[key].title


#: Slack's words for a channel that it refuses -> what that means, and what a person can do about it.
_REFUSALS = {
    "is_archived": ("it is archived", "unarchive it"),
    "is_inactive": ("it is archived", "unarchive it"),
    "not_in_channel": ("I am not in it", "invite me there"),
    "channel_not_found": ("it is gone, or I am not in it any more", "invite me there again"),
}


def why_closed(code: str) -> str:
    """Why nothing can be posted in a channel, in words and in Slack's word."""
    restricted = "only some people may post there" if code.startswith("restricted_action") else "Slack refuses it"
    return f"{_REFUSALS.get(code, (restricted,))[0]}: {code}"


def how_opened(code: str) -> str:
    """The remedy: what a person can do so that the bot can post in the channel again."""
    return _REFUSALS.get(code, ("", "let me post there again"))[1]


def plural(count: int, word: str) -> str:
    """`1 pair`, `3 pairs`."""
    return f"{count} {word}{'' if count == 1 else 's'}"


@cache
def _environment(finalize: Callable[[Any], Any]) -> Environment:
    # autoescape is HTML's and would turn quotes into entities; `finalize` does Slack's own escaping.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(TEMPLATES),
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
        named_day,
        plain_day,
        title,
        plural,
    )
    for function in (*functions, planned_day, why_closed, how_opened):
        environment.globals[function.__name__] = function
    environment.globals.update(account=format_account_id, nouns=NOUNS, waits=WAITS)
    return environment


def say(template: str, **values: Any) -> str:
    """A sentence in Slack's notation from templates/<template>.j2."""
    return _environment(escape).get_template(f"{template}.j2").render(**values).strip()


def ticket(enrollment: Enrollment, step: StepKey) -> str:
    """The text of a step's support ticket, plain, with every pair or customer on a line of its own."""
    key = SPECS[step].ticket
    assert key is not None, f"{step} has no ticket"
    return _environment(str).get_template(f"tickets/{key}.txt.j2").render(enrollment=enrollment).strip() + "\n"


def email_subject(enrollment: Enrollment, step: StepKey) -> str:
    """The subject under which a step's ticket goes by email, plain."""
    return (
        _environment(str).get_template("emails/subject.txt.j2").render(enrollment=enrollment, spec=SPECS[step]).strip()
    )


def thread_line(enrollment: Enrollment, event: Event, by: str) -> str:
    """The one line that tells a change in the card's thread."""
    spec = SPECS[event.step] if event.step else None
    details = defaultdict(lambda: None, event.details)  # what an event does not tell is nothing, not a fault
    values = {"enrollment": enrollment, "spec": spec, "by": mention(by), "details": details}
    return say(f"thread/{event.kind.value}", **values, told=_told(event), labels=_LABELS)


def _told(event: Event) -> list[str]:
    """The values that the act of a step collected, in the words that their fields have for the thread."""
    words = []
    for field in SPECS[event.step].collects if event.step else ():
        value = TYPES[field.type].told(field, event.details)
        if field.in_thread and value:
            words.append(field.in_thread.format(value))
    return words


#: Key of a shared field -> the value in sentences.
_LABELS = {key: field.noun for key, (_, field) in SHARED.items()}
