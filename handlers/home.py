"""The App Home: drawn when it is opened, and again when something was done on it."""

from __future__ import annotations

from typing import Any

from bot.messaging import home
from bot.messaging.buttons import WHOLE
from handlers.answers import card_view
from handlers.boundary import Boundary
from handlers.visit import Answer, Visit


def register(boundary: Boundary) -> None:
    """Listen to the tab being opened and to its buttons."""
    boundary.event("app_home_opened", opened)
    boundary.action(f"{WHOLE}open", show)


def opened(visit: Visit) -> Answer:
    """Draw the home tab; the messages tab of the same app needs nothing."""
    return Answer(home=(visit.body.get("event") or {}).get("tab") == "home")


def draw(visit: Visit) -> dict[str, Any]:
    """The person's home tab as it is now."""
    found = visit.enrollments.overview(visit.workspace, cancelled=True)
    return home.build(
        [enrollment for enrollment in found.enrollments if visit.user in enrollment.people],
        visit.enrollments.now(),
        visit.user,
        visit.enrollments.closed_channels(visit.workspace),
        by_email=visit.by_email,
        unreadable=found.unreadable,
    )


def show(visit: Visit) -> Answer:
    """Open the whole card of an enrollment as a modal."""
    enrollment, _ = visit.target()
    return Answer(view=card_view(visit, enrollment))


def draw_card(visit: Visit) -> dict[str, Any]:
    """The card modal as it is now, after something was done in it or in a form on top of it."""
    return card_view(visit, visit.enrollments.get(visit.workspace, visit.metadata["enrollment"]))
