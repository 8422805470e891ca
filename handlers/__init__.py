"""What Slack sends us: one file a feature, with its ids, its form, its parsing and its listeners."""

from __future__ import annotations

from slack_bolt import App

from handlers import (
    check_aws,
    complete_step,
    customers,
    edit,
    email_ticket,
    home,
    pairs,
    slash_command,
    start_enrollment,
    step_waits,
    tickets,
)
from handlers.request import Services
from handlers.router import Later, Router

FEATURES = (
    complete_step,
    check_aws,
    customers,
    slash_command,
    edit,
    email_ticket,
    start_enrollment,
    home,
    pairs,
    tickets,
    step_waits,
)


def register(app: App, services: Services, later: Later) -> None:
    """Register every feature's listeners with a Bolt app.

    Args:
        later: has something done in another thread: what comes after an acknowledgement.
    """
    router = Router(services, home.draw, home.draw_card, later)
    for feature in FEATURES:
        feature.register(router)
    router.listen(app)
