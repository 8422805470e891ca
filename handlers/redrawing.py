"""Draws a view or a copy of a card again until it shows what there is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

#: How often one request draws at most. Each drawing but the first needs a change during the one before it.
_MOST = 5


def redraw(render: Callable[[], dict[str, Any]], send: Callable[[dict[str, Any]], None]) -> None:
    """Render and send a view; after it has arrived, look again, and send it anew if it is different by now.

    Of two presses at once, the older drawing may reach Slack last. Each press draws after its change is stored and
    looks again after its drawing has arrived, so the drawing that arrives last shows all changes.
    """
    view = render()
    for _ in range(_MOST):
        send(view)
        newer = render()
        if newer == view:
            return
        view = newer
    log.info("a view changed %d times while it was drawn; the last change is not shown", _MOST)
