"""The page of a private calendar feed: an iCalendar file for the person whose token stands in the address."""

from __future__ import annotations

import re

from bot.domain.access import Actor
from bot.handlers.services import Services
from bot.presentation import calendar_file

#: What `secrets.token_urlsafe(32)` makes; nothing else is looked up.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

_NOT_FOUND, _UNAVAILABLE = (404, ""), (503, "")


def answer(services: Services, token: str) -> tuple[int, str]:
    """Status and text of a feed: 404 for an unknown token, and for people who have left or may see nothing."""
    workspace = services.workspace
    if services.plans is None or not services.plans.feeds.served or not _TOKEN.fullmatch(token):
        return _NOT_FOUND
    feeds = services.plans.feeds
    if not workspace.identified:
        return _UNAVAILABLE
    user = feeds.owner_of(workspace.id, token)
    if user is None:
        return _NOT_FOUND
    directory = workspace.directory
    person = directory.person_now(user)
    if person is None or person.deactivated:
        return _NOT_FOUND
    if not person.teams:  # Slack does not tell who it is: a 404 would make calendars drop the feed
        return _UNAVAILABLE
    viewer = Actor(user, directory.is_admin(user), lambda channel: directory.sees_channel(user, channel))
    contents = feeds.contents(workspace.id, viewer)
    if not contents.own and not directory.is_full_member(user):
        return _NOT_FOUND
    links = {number: workspace.gateway.link(*card) for number, card in contents.cards.items()}
    return 200, calendar_file.render(contents.entries, feeds.now(), links, "Eco enrollments")
