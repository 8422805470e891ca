"""The events by which Slack tells that the app lost its token or was removed from the workspace."""

from __future__ import annotations

from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.handlers.router import Router


def register(router: Router) -> None:
    """Register the listeners of both events; their order is not certain."""
    router.event("tokens_revoked", tokens_revoked)
    router.event("app_uninstalled", app_uninstalled)


def tokens_revoked(request: Request) -> Response:
    """Check the bot's token if one was revoked; tokens of people are none of ours."""
    if (request.body["event"].get("tokens") or {}).get("bot"):
        request.services.check_token("tokens_revoked")
    return Response()


def app_uninstalled(request: Request) -> Response:
    """Check the token: the app may have been installed again before the event came."""
    request.services.check_token("app_uninstalled")
    return Response()
