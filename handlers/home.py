"""The App Home: drawn when it is opened, and again when something was done on it."""

from __future__ import annotations

from typing import Any

from bot.presentation import home
from bot.presentation.buttons import ENROLLMENT_PREFIX
from handlers.card_copies import card_view
from handlers.request import Request, Response
from handlers.router import Router


def register(router: Router) -> None:
    """Listen to the tab being opened and to its buttons."""
    router.event("app_home_opened", opened)
    router.action(f"{ENROLLMENT_PREFIX}open", show)


def opened(request: Request) -> Response:
    """Draw the home tab; the messages tab of the same app needs nothing."""
    return Response(home=(request.body.get("event") or {}).get("tab") == "home")


def draw(request: Request) -> dict[str, Any]:
    """The person's home tab as it is now."""
    found = request.enrollments.overview(request.workspace_id, cancelled=True)
    return home.build(
        [enrollment for enrollment in found.enrollments if request.user in enrollment.people],
        request.enrollments.now(),
        request.user,
        request.enrollments.closed_channels(request.workspace_id),
        by_email=request.by_email,
        unreadable=found.unreadable,
    )


def show(request: Request) -> Response:
    """Open the whole card of an enrollment as a modal."""
    enrollment, _ = request.load_target()
    return Response(view=card_view(request, enrollment))


def draw_card(request: Request) -> dict[str, Any]:
    """The card modal as it is now, after something was done in it or in a form on top of it."""
    return card_view(request, request.enrollments.get(request.workspace_id, request.metadata["enrollment"]))
