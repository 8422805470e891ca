"""What Slack sends us: one file a feature, with its ids, its form, its parsing and its listeners."""

from __future__ import annotations

from slack_bolt import App

from handlers import acts, aws, customers, eco, edit, emails, enroll, home, pairs, tickets, waits
from handlers.boundary import Boundary, Later
from handlers.visit import Services

FEATURES = (acts, aws, customers, eco, edit, emails, enroll, home, pairs, tickets, waits)


def register(app: App, services: Services, later: Later) -> None:
    """Register every feature's listeners with a Bolt app.

    Args:
        later: has something done in another thread: what comes after an acknowledgement.
    """
    boundary = Boundary(services, home.draw, home.draw_card, later)
    for feature in FEATURES:
        feature.register(boundary)
    boundary.listen(app)
