"""Fills the window that replaced a form in its acknowledgement, by the external ID that the window was given."""

from __future__ import annotations

import logging
import time
from typing import Any

from bot.handlers.request import Request
from bot.slack.slack_errors import SlackFault

log = logging.getLogger(__name__)

#: Seconds between tries to fill a window that Slack may not show yet: it does that after our acknowledgement.
_WAITS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)


def fill(request: Request, external_id: str, view: dict[str, Any]) -> bool:
    """Show a view in the window of this name; tell whether it is shown: the window may have been closed meanwhile."""
    for wait in _WAITS:
        time.sleep(wait)
        try:
            request.workspace.gateway.update_named_view(external_id, view)
        except SlackFault as fault:
            if fault.code == "not_found":
                continue
            log.warning("a result was not shown: %s", fault)
            return False
        return True
    log.info("a result was not shown: its window was closed")
    return False
