"""The App Home: a person's enrollments with their next steps. **Open** shows an enrollment's card in a modal."""

from __future__ import annotations

from typing import Any

from bot.presentation import home
from bot.presentation.buttons import ENROLLMENT_PREFIX
from handlers.card_copies import card_view
from handlers.request import Request, Response
from handlers.router import Router


def register(router: Router) -> None:
    """Register the listeners of the home tab."""
    router.event("app_home_opened", opened)
    router.action(f"{ENROLLMENT_PREFIX}open", open_card)


def opened(request: Request) -> Response:
    """Render the home tab when it is opened; the same event comes for the app's messages tab."""
    return Response(refresh_home=(request.body.get("event") or {}).get("tab") == "home")


def render(request: Request) -> dict[str, Any]:
    """The person's home tab."""
    overview = request.enrollments.overview(request.workspace_id, cancelled=True)
    return home.build(
        [enrollment for enrollment in overview.enrollments if request.user in enrollment.people],
        request.enrollments.now(),
        request.user,
        request.enrollments.closed_channels(request.workspace_id),
        by_email=request.by_email,
        unreadable=overview.unreadable,
    )


def open_card(request: Request) -> Response:
    """Open an enrollment's card in a modal."""
    enrollment, _ = request.load_target()
    return Response(view=card_view(request, enrollment))


def render_card(request: Request) -> dict[str, Any]:
    """The modal with the card, after a change in it or in a form on top of it."""
    return card_view(request, request.enrollments.get(request.workspace_id, request.metadata["enrollment"]))
