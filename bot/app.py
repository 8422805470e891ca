"""The composition root: builds, starts and stops one process of the bot from its settings and a clock."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult

from bot import handlers
from bot.api.requests import Api
from bot.checks import BotoInspector, send_email
from bot.clock import Ticker
from bot.delivery import channel_leases, completion_sender, webhook_sender
from bot.delivery.batch import Batches
from bot.delivery.digest_delivery import Digests
from bot.delivery.digest_rows import DigestPlanner
from bot.delivery.dispatcher import PACE, Dispatcher
from bot.delivery.email_sender import EmailSender
from bot.delivery.file_sender import Draw
from bot.delivery.posted_before import PostedBefore
from bot.delivery.slack_sender import SlackSender
from bot.domain.aws.preflight import AwsInspector
from bot.domain.schedule import Clock
from bot.drawing import drawing_process
from bot.fair_threads import FairThreads, Stopped, drain
from bot.handlers import feed_page
from bot.handlers.services import Services
from bot.housekeeping import Housekeeping
from bot.installed import Installed
from bot.ownership import Ownership
from bot.presentation import template_overrides
from bot.process_parts import CannotStart, ProcessParts
from bot.repository.past_durations import PastDurations
from bot.settings import Settings
from bot.slack.slack_errors import TokenRejected
from bot.slack.web_client import connect
from bot.use_cases import (
    AwsChecks,
    BulkStarts,
    CalendarFeeds,
    FileWatch,
    OwnedEnrollments,
    Plans,
    Portfolios,
    TicketEmails,
    random_ids,
)
from bot.use_cases.outcomes import Outcomes
from bot.use_cases.read_model import ReadModel
from bot.use_cases.retention import Retention
from bot.workspace import Workspace

log = logging.getLogger(__name__)

#: How often old idempotency keys are deleted and the owners' time zones are refreshed.
HOUSEKEEPING = timedelta(hours=1)
#: Timeout in seconds of a directory lookup: it may happen before an acknowledgement, which is due within 3 s.
DIRECTORY_TIMEOUT = 1
#: Seconds that a stop waits at most for AWS checks, which people can start again.
_LAST_CHECK = 0.5
#: Threads for work after an acknowledgement; one person has two running and 20 in the queue, and delays no other one.
_AFTER_ACK_THREADS, _AT_ONCE, _WAITING = 16, 2, 20
#: Threads for AWS checks that people start, and for the hourly file watch. One check takes 20 s at most.
_CHECK_THREADS, _FILE_WATCH_THREADS = 4, 2
_WHOLE_ORGANIZATION = (
    "SLACK_BOT_TOKEN is the token of a whole organization, and I serve one workspace with it. Install the app in one "
    "workspace and copy that token, or let the organization install it with SLACK_CLIENT_ID."
)


class Application:
    """One process of the bot; nothing runs before its `start`.

    Attributes:
        bolt: the Bolt app, which handles requests.
        workspace: the Slack workspace that the bot serves.
        enrollments, portfolios, aws_checks, file_watch, ticket_emails, bulk_starts: the use cases.
        dispatcher, digest_planner, home_tabs, housekeeping, database: for the command line, the demo and tests.
        calendar: answers a private calendar feed by its token.
        failed: called, from any thread, with the reason why the process cannot go on.

    Args:
        clock: the time that is stored and decided by.
        aws: inspects AWS; with None, **Check AWS** explains how to set it up.
        workers: how many channels are sent to in parallel; 0 sends nothing until `run_once` is called.
        pace: the least time between two new messages in a channel.
        directory_timeout: seconds for one lookup of a person or a channel.
        draw: draws the picture of a timeline.
        installed: the installation whose workspace this is one of several of; None where it is the only one.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        aws: AwsInspector | None = None,
        workers: int = 8,
        pace: timedelta = PACE,
        directory_timeout: int = DIRECTORY_TIMEOUT,
        draw: Draw = drawing_process.draw_or_none,
        installed: Installed | None = None,
    ) -> None:
        self._clock, self._installed = clock, installed
        self.failed: Callable[[str], None] = lambda reason: log.critical("%s", reason)
        identity = installed.identity if installed else None
        self._parts = installed.parts if installed else ProcessParts(settings, clock)
        self.database, self._metrics = self._parts.database, self._parts.metrics
        token, api_url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
        self.portfolios = Portfolios(self.database, clock)
        called, rights = self._metrics.called, (settings.admins, directory_timeout, settings.starters)
        self.workspace = Workspace(token, api_url, clock.now, *rights, called, identity)
        self._ownership = Ownership(self.database, self.workspace, self._parts.other_workspaces, alone=not installed)
        self._ticker, self._tick = Ticker(), settings.tick
        self.digest_planner = DigestPlanner(self.database, settings.digest, clock)
        self._after_ack = FairThreads(_AFTER_ACK_THREADS, "after-ack", at_once=_AT_ONCE, waiting=_WAITING)
        route = settings.ticket_route
        emails = EmailSender(self.database, send_email if route else None, clock)
        gateway, directory, count = self.workspace.gateway, self.workspace.directory, self._metrics.delivered
        digests, past = Digests(settings.policy, settings.digest), PastDurations(self.database, clock)
        sends_with = (self.database, gateway, directory, emails, digests, clock)
        self.dispatcher = Dispatcher(
            Batches(self.database, Outcomes(settings.policy), settings.policy, digests, clock, count),
            SlackSender(*sends_with, PostedBefore(gateway, clock, count), past.of, draw),
            clock,
            workspace="",
            pace=pace,
            workers=workers,
            webhooks=webhook_sender.of(settings.webhook, self.database, clock),
            completions=completion_sender.of(gateway, directory, self.database, clock),
            language=settings.language,
        )
        wake = self.dispatcher.wake
        self.enrollments = OwnedEnrollments(self.database, clock, settings.policy, wake, random_ids.external_id)
        self.housekeeping = Housekeeping(
            self.database,
            self.workspace,
            self.enrollments,
            ReadModel(self.database, clock, settings.policy),
            Retention(self.database, clock, settings.retention, wake) if settings.retention else None,
            clock,
            lambda: self._ticker.stopping,
        )
        self.ticket_emails = TicketEmails(self.database, clock, route, wake) if route else None
        feeds = CalendarFeeds(self.database, clock, settings.feeds_url, random_ids.feed_token)
        plans = Plans(self.database, clock, settings.policy, past, wake, feeds)
        self.bulk_starts = BulkStarts(self.database, self.enrollments, settings.policy, clock)
        self._check_threads = ThreadPoolExecutor(_CHECK_THREADS, thread_name_prefix="check-aws")
        self._file_watch_threads = ThreadPoolExecutor(_FILE_WATCH_THREADS, thread_name_prefix="file-watch")
        self.aws_checks = AwsChecks(self.database, clock, aws, self._check_threads, wake)
        self.file_watch: FileWatch | None = None
        if aws is not None:
            always = settings.aws_role is not None
            self.file_watch = FileWatch(self.database, clock, aws, self._file_watch_threads, wake, always=always)
        # bot.serving verifies signatures. What is acknowledged is committed; calls of Slack follow in other threads.
        self.bolt = App(
            name="eco-bot",  # without one, Bolt walks the whole stack for the name of the file
            client=connect(api_url, called=called),
            # A lambda: Bolt passes arguments by parameter name and does not leave out a bound method's `self`.
            authorize=lambda enterprise_id, team_id: self._authorize(),
            process_before_response=True,
            request_verification_enabled=False,
            raise_error_for_unhandled_request=False,
        )
        use_cases = (self.enrollments, self.workspace, self.aws_checks, self.portfolios, self.ticket_emails)
        outside = (self._ownership.metrics.refused, self._check_token_after_ack)
        services = Services(*use_cases, *outside, plans, self.bulk_starts, settings.workflow_steps)
        self.calendar = partial(feed_page.answer, services)
        programs = (self.enrollments, self.portfolios, lambda: (self.workspace.identified and self.workspace.id) or "")
        self.api = Api(self.database, clock, *programs).answer
        self.notices = template_overrides.notices
        self.home_tabs = handlers.register(self.bolt, services, self._run_after_ack)
        self.dispatch, self.install = self.bolt.dispatch, None

    def start(self) -> None:
        """Migrate the database, identify the workspace, start the clock and the delivery.

        Slack being unreachable does not prevent a start.

        Raises:
            DatabaseUnusable (also for the database of another workspace), CannotStart: the message gives a remedy.
        """
        if self._installed is None:
            self.database.migrate()
        self._identify()
        self.enrollments.add_new_steps()
        self._plan_digests()
        self._ticker.every(self._tick, "delivery", self._deliver)
        self._ticker.every(HOUSEKEEPING, "housekeeping", self.housekeeping.tick)
        self._ticker.every(self._tick, "digests", self._plan_digests)
        self._ticker.every(self._tick, "home tabs", self.home_tabs.refresh)
        self._ticker.every(self._tick, "bulk starts", self._start_in_bulk)
        if self.file_watch is not None:
            self._ticker.every(self._tick, "looking for files", self._watch_files)
        if self._installed is None:
            self._parts.run_by(self._ticker, self.failed)
        else:
            self._ticker.every(self._tick, "token", self._installed.keep_token)
        self._ticker.start()

    def stop(self, timeout: float) -> None:
        """Begin nothing new, wait for running work within `timeout` seconds, close a database of its own."""
        end = time.monotonic() + timeout
        self._ticker.stop(min(timeout, 1.0))
        if not self._after_ack.stop(timeout / 2):
            log.warning("answers to people are unfinished; the process stops without them")
        for pool in (self._check_threads, self._file_watch_threads):
            if not drain(pool, min(timeout / 8, _LAST_CHECK)):
                log.warning("an AWS check is unfinished; the process stops without its result")
        if not self.dispatcher.stop(timeout / 2):
            log.warning("a message is unfinished; the next process checks whether it arrived")
        if self._installed is None:
            self._parts.close(end - time.monotonic())

    def problems(self) -> list[str]:
        """Why the bot is not ready, a sentence each; empty when it is."""
        return [*self.own_problems(), *self._parts.problems(self._ownership.problems)]

    def own_problems(self) -> list[str]:
        """Those of this workspace alone: neither its database nor what other workspaces have there."""
        silent = [] if self.workspace.identified else ["Slack has not answered yet."]
        return [*self._ticker.problems(), *silent, *self.dispatcher.problems()]

    def next_due(self) -> datetime | None:
        """When the next message is due: now, while one is overdue; None without any."""
        now = self._clock.now()
        with self.database.read() as connection:
            if channel_leases.count_due(connection, self.workspace.id, now):
                return now
        return self.dispatcher.next_due()

    def metrics(self) -> str:
        """The metrics of this process in Prometheus' text format."""
        of_others = self._ownership.render_metrics()
        return self._metrics.render([self.workspace.id], backups=self._parts.has_backups) + of_others

    def _run_after_ack(self, work: Callable[[], None], person: str = "", urgent: bool = False) -> bool:
        try:
            return self._after_ack.submit(person, work, urgent=urgent)
        except Stopped:  # the change is committed; only the answer is missing
            log.warning("the process stops before a person was answered")
            return True

    def _identify(self) -> None:
        try:
            self.workspace.identify()
        except TokenRejected as fault:
            raise CannotStart(
                f"Slack does not accept SLACK_BOT_TOKEN ({fault.code}). Install the app again and copy the token."
            ) from fault
        if self.workspace.is_organization:
            raise CannotStart(_WHOLE_ORGANIZATION)
        self._ownership.require()
        self.dispatcher.workspace = self.workspace.id

    def _check_token_after_ack(self, event: str) -> None:
        self._run_after_ack(lambda: self._check_token(event))

    def _check_token(self, event: str) -> None:
        """After an event that says that the token was revoked: stop sending if Slack refuses it."""
        token = self.workspace.token
        if (code := self.workspace.refusal()) is not None:
            self.dispatcher.stopped = f"Slack refuses the token: {code}"
            log.error("delivery stops after %s: Slack refuses the token: %s", event, code)
            if self._installed is not None:
                self._installed.cut_off(event, token)

    def _authorize(self) -> AuthorizeResult:
        self._identify()
        return self.workspace.authorize()

    def _deliver(self) -> None:
        self._identify()
        if self.workspace.identified:
            self.dispatcher.wake()

    def _plan_digests(self) -> None:
        if self.workspace.identified:
            self.digest_planner.tick(self.workspace.id)

    def _start_in_bulk(self) -> None:
        self.bulk_starts.work(self.workspace.id, self.workspace.rights, lambda: self._ticker.stopping)

    def _watch_files(self) -> None:
        if self.file_watch is not None and self.workspace.identified:
            self.file_watch.tick(self.workspace.id)


def aws_inspector(settings: Settings, clock: Clock) -> AwsInspector:
    """The inspector of AWS with the operator's settings; it imports boto3 at the first check."""
    return BotoInspector(settings.aws_role, clock)
