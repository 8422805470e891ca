"""**Show timeline** and **Add to calendar**: a picture in the card's thread; dates and a feed for calendars."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ConfirmObject, SectionBlock

from bot.domain.enrollment import Enrollment
from bot.domain.errors import StepConflict
from bot.handlers import forms
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view, show_text
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation.buttons import ENROLLMENT_PREFIX
from bot.presentation.home_menu import FEED
from bot.presentation.texts import day, escape, plural

RENEW = "calendar.renew"
END = "calendar.end"

_WHAT = "A private feed keeps your own calendar up to date by itself. It shows what you may see, to you alone."
_HAS_ONE = (
    "You've had a private feed since {day}. Is its address lost, or does somebody else know it? Get a new one: the old "
    "one stops working at once."
)
_NOT_SERVED = (
    "I can't give you a calendar feed here: it needs HTTP mode and the setting `ECO_PUBLIC_URL`. "
    "Ask whoever runs this bot."
)
_ENDED = "Your feed has ended: its address doesn't work any more."
_REPEATED = "I have made a new address already. If you didn't see it, ask for another one."


def register(router: Router) -> None:
    """Register the listeners of the menu's entries and of the feed's buttons."""
    router.action(f"{ENROLLMENT_PREFIX}timeline", show_timeline)
    router.action(f"{ENROLLMENT_PREFIX}calendar", add_to_calendar)
    router.action(FEED, open_feed)
    router.action(END, end_feed)
    router.submission(RENEW, renew_feed)


def show_timeline(request: Request) -> Response:
    """Have the picture posted, from the card's menu."""
    return timeline(request, request.load_target()[0])


def timeline(request: Request, enrollment: Enrollment) -> Response:
    """Have the picture posted, and say where it comes."""
    seen = request.plans.ask_for_timeline(request.caller(), enrollment.id)
    words = gettext("I'm posting the timeline of *{name}* in the thread of its card.")
    return show_text(words.format(name=escape(seen.account_name)))


def add_to_calendar(request: Request) -> Response:
    """Have the dates sent, from the card's menu."""
    return calendar(request, request.load_target()[0])


def calendar(request: Request, enrollment: Enrollment) -> Response:
    """Have the dates sent in a direct message, and offer the feed."""
    try:
        seen, count = request.plans.ask_for_calendar(request.caller(), enrollment.id)
        words = gettext("I'm sending you {dates} of *{name}* as a file in a direct message.")
        words = words.format(dates=plural(count, "date"), name=escape(seen.account_name))
    except StepConflict as nothing:
        words = escape(str(nothing))
    return Response(view=_view(request, words))


def open_feed(request: Request) -> Response:
    """Show the person's feed alone."""
    return Response(view=_view(request))


def _view(request: Request, words: str = "") -> dict[str, Any]:
    """What was asked for, and the person's feed: since when they have it, or how to get it."""
    feeds = request.plans.feeds
    blocks: list[Block] = [SectionBlock(text=words)] if words else []
    since = feeds.since(request.workspace_id, request.user)
    if not feeds.served:
        return forms.modal("notice", "Calendar", blocks or [SectionBlock(text=gettext(_NOT_SERVED))], submit=None)
    if since is None:
        blocks.append(SectionBlock(text=gettext(_WHAT)))
        return forms.modal(RENEW, "Calendar", blocks, submit="Get my feed", close="Close")
    blocks.append(SectionBlock(text=gettext(_HAS_ONE).format(day=day(since))))
    end = gettext("End the feed")
    sure = ConfirmObject(
        title=gettext("End the feed?"),
        text=gettext("Your calendar gets no more updates."),
        confirm=end,
        deny=gettext("Keep it"),
    )
    button = ButtonElement(text=end, action_id=END, value="end", style="danger", confirm=sure)
    blocks.append(ActionsBlock(elements=[button]))
    return forms.modal(RENEW, "Calendar", blocks, submit="Get a new address", close="Close")


def renew_feed(request: Request) -> Response:
    """Give the person a new address, which is shown this once."""
    if not request.plans.feeds.served:
        return replace_view(forms.notice("Calendar", gettext(_NOT_SERVED)))
    address = request.plans.feeds.renew(request.caller())
    if address is None:
        return replace_view(forms.notice("Calendar", gettext(_REPEATED)))
    how = gettext(
        "This is your feed's address. Copy it now: I can't show it again. In your calendar, choose to add a calendar "
        "*from a URL* or *by subscription*. Keep it to yourself: whoever has it sees what you see."
    )
    blocks = [SectionBlock(text=how), forms.verbatim("address", address)]
    return replace_view(forms.modal("notice", "Calendar", blocks, submit=None))


def end_feed(request: Request) -> Response:
    """End the person's feed."""
    ended = request.plans.feeds.end(request.caller())
    return show_text(gettext(_ENDED if ended else "You have no feed."))
