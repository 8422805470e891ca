"""The home tabs that people have open: shows one, and shows it again when something on it has changed.

Slack does not tell who has closed the tab, so a tab counts as open for an hour after the person did something there.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from slack_bolt import BoltContext

from bot.handlers.home_publisher import HomePublisher, with_timers
from bot.handlers.request import Request
from bot.handlers.services import Services
from bot.handlers.speech import answering
from bot.slack.slack_errors import RetryLater, SlackFault, UnknownOutcome

log = logging.getLogger(__name__)

#: Renders the home tab of a request's person with a filter and a page.
RenderHome = Callable[[Request, dict[str, Any]], dict[str, Any]]
#: Runs a person's work in another thread, after the acknowledgement, urgent work first; returns False if too much of
#: theirs waits already.
RunAfterAck = Callable[[Callable[[], None], str, bool], bool]

#: How long a tab counts as open, and how many do at most.
_OPEN_FOR = timedelta(hours=1)
_MOST = 500
#: How often a tab is rendered though nobody changed an enrollment: waits end, channels close, cards get an address.
_AGAIN = timedelta(minutes=5)
_CONFLICT = "hash_conflict"


@dataclass
class _Tab:
    """What this process has last shown a person; `hash` is Slack's name of it, "" where that is not known.

    Attributes:
        state: the filter and the page. touched: when the person did something there.
        digest: of the view; "" until it is published. rendered: when; shows: the latest change at that time, and the
            language.
    """

    state: dict[str, Any]
    touched: datetime
    rendered: datetime
    digest: str = ""
    hash: str = field(default="", repr=False)
    shows: tuple[int, str] = (0, "")


class HomeTabs:
    """Publishes home tabs, and remembers which are open."""

    def __init__(self, services: Services, render: RenderHome, run_after_ack: RunAfterAck) -> None:
        self._services = services
        self._render = render
        self._run_after_ack = run_after_ack
        self._publisher = HomePublisher(with_timers(lambda work: run_after_ack(work, "", False)))
        #: Person -> their tab; the one that was touched last stands last.
        self._tabs: dict[str, _Tab] = {}
        self._mutex = threading.Lock()

    def show(self, user: str, state: dict[str, Any]) -> None:
        """Show a person's home tab with a filter and a page, whatever it shows now."""
        now = self._services.enrollments.now()
        with self._mutex:
            self._tabs.pop(user, None)
            self._tabs[user] = _Tab(state, now, now)
            while len(self._tabs) > _MOST:
                del self._tabs[next(iter(self._tabs))]
        self._publisher.publish(user, partial(self._publish, user))

    def refresh(self) -> None:
        """Show the open tabs again on which something may have changed; call it now and then."""
        now = self._services.enrollments.now()
        with self._mutex:
            for user in [user for user, tab in self._tabs.items() if not _within(now, tab.touched, _OPEN_FOR)]:
                del self._tabs[user]
            tabs = dict(self._tabs)
        if not tabs:
            return
        enrollments = self._services.enrollments
        latest = enrollments.latest_change(), enrollments.languages(self._services.workspace.id, "")[1]
        for user, tab in tabs.items():
            if tab.digest and (latest != tab.shows or not _within(now, tab.rendered, _AGAIN)):
                self._run_after_ack(partial(self._publisher.publish, user, partial(self._publish, user)), user, False)

    def _publish(self, user: str) -> None:
        """Publish a person's tab as it is now, unless Slack shows exactly that.

        A tab that was published before is replaced only if nobody else has published since: another process that did
        so knows the newer filter, and refreshes the tab from then on.
        """
        tab = self._tabs.get(user)
        if tab is None:
            return
        request = Request(self._services, {"user": {"id": user}}, BoltContext({"user_id": user}))
        tab.rendered, shows = request.enrollments.now(), (request.enrollments.latest_change(), request.spoken.language)
        with answering(request.spoken):
            view = self._render(request, tab.state)
        digest = hashlib.sha256(json.dumps(view).encode()).hexdigest()
        if digest != tab.digest:
            try:
                tab.hash = request.workspace.gateway.publish_home(user, view, tab.hash)
            except SlackFault as fault:
                if self._is_settled(user, tab, fault):
                    return
                raise
        tab.digest, tab.shows = digest, shows

    def _is_settled(self, user: str, tab: _Tab, fault: SlackFault) -> bool:
        """Whether another process shows the tab; forgets a tab that this process cannot show."""
        if fault.code == _CONFLICT and tab.hash:
            log.info("the home tab of %s was published by another process", user)
            self._forget(user, tab)
            return True
        if isinstance(fault, UnknownOutcome):
            tab.hash = ""  # Slack may have it under another one
        elif not isinstance(fault, RetryLater) and fault.code != _CONFLICT:
            self._forget(user, tab)
        return False

    def _forget(self, user: str, tab: _Tab) -> None:
        with self._mutex:
            if self._tabs.get(user) is tab:
                del self._tabs[user]


def _within(now: datetime, then: datetime, span: timedelta) -> bool:
    return abs(now - then) < span
