"""The composition root: builds everything from the settings and a clock, starts it and stops it."""

from __future__ import annotations

import logging
import math
import secrets
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy.exc import SQLAlchemyError

import handlers
from bot.backup import sqlite_snapshot
from bot.backup.backup_schedule import BackupSchedule
from bot.backup.take_backup import BackupOutcome
from bot.checks import BotoInspector
from bot.clock import Ticker
from bot.courtesy import LONG_PATIENCE, Courtesy
from bot.delivery import channel_leases
from bot.delivery.dispatcher import AHEAD, PACE, Delivery
from bot.domain.aws.preflight import AwsInspector
from bot.domain.schedule import Clock
from bot.domain.ticket_emails import Email
from bot.repository import idempotency_keys
from bot.repository.database import Database
from bot.settings import Settings
from bot.shutdown import drain
from bot.slack.directory import Directory
from bot.slack.gateway import Gateway, connect
from bot.slack.slack_errors import RetryLater, SlackFault
from bot.telemetry.metrics import BackupMetrics, DeliveryMetrics
from bot.use_cases import AwsChecks, Enrollments, FileWatch, TicketEmails
from handlers.request import Services, workspace_name

log = logging.getLogger(__name__)

#: How often old receipts are forgotten and the owners' time zones are looked up again.
HOUSEKEEPING = timedelta(hours=1)
#: Seconds that a question to Slack may take while somebody waits for the acknowledgement (3 s in all).
ASKING = 1
#: Seconds that a last backup may take while the process stops, and looks at AWS, which people can ask for again.
_LAST_BACKUP, _LAST_LOOK = 3.0, 0.5
#: Threads for what comes after an acknowledgement: opening forms, telling somebody something.
_AFTER_THREADS = 16
#: Threads for looking at AWS: because somebody asked for it, and by the hour. A look takes 20 s at most.
_CHECK_THREADS, _PROBE_THREADS = 4, 2


def _mail(email: Email) -> str:
    # boto3 takes as long to import as all the rest, and a bot that sends no email never needs it.
    from bot.checks import ses  # noqa: PLC0415  # see above

    return ses.send(email)


class CannotStart(Exception):
    """Slack does not accept the token; the message says what to do."""


class Application:
    """One process of the bot.

    Attributes:
        bolt: the Bolt app; whoever receives requests dispatches them to it.
        courtesy: told while a request is answered, so that other work waits.
        enrollments, emails, delivery, database: the parts that the command line, the sandbox and tests reach into.
    """

    def __init__(
        self, settings: Settings, clock: Clock, *, aws: AwsInspector | None, workers: int, pace: timedelta, asking: int
    ) -> None:
        self._clock = clock
        self.database = Database(settings.database_url)
        self._token = settings.slack_bot_token.get_secret_value()
        self._url = settings.slack_api_url
        self.gateway = Gateway(connect(self._url, self._token), clock.now)
        # What is asked while a request waits for its acknowledgement must leave it time.
        self.directory = Directory(
            Gateway(connect(self._url, self._token, asking), clock.now), clock.now, settings.admins
        )
        self._counted = DeliveryMetrics()
        self._backups = BackupMetrics(BackupOutcome)
        self._backup_every = settings.backup_every
        self._backup_schedule: BackupSchedule | None = None
        if settings.backup_s3 is not None:
            file = sqlite_snapshot.database_file(self.database)
            self._backup_schedule = BackupSchedule(file, settings.backup_s3, clock.now, self._count_backup)
        self._ticker = Ticker()
        self.courtesy = Courtesy()
        self._tick = settings.tick
        self._after = ThreadPoolExecutor(_AFTER_THREADS, thread_name_prefix="after-ack")
        self._identity: AuthorizeResult | None = None
        route = settings.ticket_route
        self.delivery = Delivery(
            self.database,
            self.gateway,
            self.directory,
            clock,
            settings.policy,
            workspace="",
            pace=pace,
            ahead=min(AHEAD, pace) if workers else timedelta(),
            workers=workers,
            mailer=_mail if route else None,
            count=self._counted.delivered,
            later=lambda delay: self._ticker.soon(delay, self.delivery.wake),
            give_way=lambda: self.courtesy.give_way(LONG_PATIENCE),
        )
        self.enrollments = Enrollments(self.database, clock, settings.policy, self.delivery.wake, _draw_id)
        self.ticket_emails = TicketEmails(self.database, clock, route, self.delivery.wake) if route else None
        self._checking = ThreadPoolExecutor(_CHECK_THREADS, thread_name_prefix="check-aws")
        self._looking = ThreadPoolExecutor(_PROBE_THREADS, thread_name_prefix="probe-aws")
        self.aws_checks = AwsChecks(self.database, clock, aws, self._checking, self.delivery.wake)
        self.file_watch = self._probing(settings, aws) if aws is not None else None
        # Signatures are verified where requests come in, and a listener runs before its acknowledgement: what
        # was acknowledged is committed. Calls of Slack are made after that, in threads of our own.
        self.bolt = App(
            client=connect(self._url),
            # Bolt reads the parameters' names, and a bound method's `self` is one too many for it.
            authorize=lambda enterprise_id, team_id: self._authorize(),
            process_before_response=True,
            request_verification_enabled=False,
            raise_error_for_unhandled_request=False,
        )
        services = Services(
            self.enrollments, self.directory, self.gateway, self.courtesy, self.aws_checks, self.ticket_emails
        )
        handlers.register(self.bolt, services, self._later)

    def start(self) -> None:
        """Bring the database up to date, ask Slack who we are, start the clock and the delivery.

        Raises:
            DatabaseUnusable, CannotStart: with a sentence that says what to do.
        """
        self.database.migrate()
        self.enrollments.add_new_steps()
        self._introduce()
        self._ticker.every(self._tick, "delivery", self._look)
        self._ticker.every(HOUSEKEEPING, "housekeeping", self._refresh_zones_and_expire_keys)
        if self.file_watch is not None:
            self._ticker.every(self._tick, "looking for files", self.file_watch.tick)
        if self._backup_schedule is not None:
            self._ticker.every(self._backup_every, "backup", self._backup_schedule.back_up)
        self._ticker.start()

    def stop(self, timeout: float) -> None:
        """Begin nothing new, let what runs come to its end, close the database."""
        end = time.monotonic() + timeout
        self._ticker.stop(min(timeout, 1.0))
        if not drain(self._after, timeout / 2):
            log.warning("answers are still on their way; the process stops without them")
        for pool in (self._checking, self._looking):
            if not drain(pool, min(timeout / 8, _LAST_LOOK)):
                log.warning("AWS is still being looked at; the process stops without the result")
        if not self.delivery.stop(timeout / 2):
            log.warning("a message is still on its way; the next process looks whether it arrived")
        if self._backup_schedule is not None:
            self._backup_schedule.back_up_before_exit(min(_LAST_BACKUP, max(0.0, end - time.monotonic())))
        self.database.close()

    def problems(self) -> list[str]:
        """What keeps this process from doing its work, one sentence each; empty when it is ready."""
        found = list(self._ticker.problems())
        if self._identity is None:
            found.append("Slack has not answered yet.")
        if self.delivery.stopped is not None:
            found.append(f"Nothing is sent: {self.delivery.stopped}.")
        try:
            self.database.check()
        except Exception as error:
            log.warning("the database does not answer", exc_info=error)
            found.append("The database does not answer.")
        return found

    def next_due(self) -> datetime | None:
        """When there is something to do next: now, while a message is due and not sent; None where nothing is owed."""
        now = self._clock.now()
        with self.database.read() as connection:
            if channel_leases.count_due(connection, self.delivery.workspace, now):
                return now
        return self.delivery.next_due()

    def metrics(self) -> str:
        """The counters of this process, in Prometheus' text format."""
        try:
            with self.database.read() as connection:
                self._counted.due(channel_leases.count_due(connection, self.delivery.workspace, self._clock.now()))
        except SQLAlchemyError as error:  # the other figures are worth more than ever then
            log.warning("what is due cannot be counted: %s", error)
            self._counted.due(math.nan)
        return self._counted.render() + (self._backups.render() if self._backup_schedule is not None else "")

    def _later(self, work: Callable[[], None]) -> None:
        """Have something done after an acknowledgement."""
        try:
            self._after.submit(work).add_done_callback(_told_if_failed)
        except RuntimeError:  # what was acknowledged is kept; only the answer is not shown
            log.warning("the process stops before somebody was answered")

    def _count_backup(self, outcome: BackupOutcome, at: datetime) -> None:
        self._backups.taken(outcome, at if outcome in (BackupOutcome.STORED, BackupOutcome.UNCHANGED) else None)

    def _probing(self, settings: Settings, aws: AwsInspector) -> FileWatch:
        return FileWatch(
            self.database,
            self._clock,
            aws,
            self._looking,
            self.delivery.wake,
            always=settings.aws_role is not None,
            workspace=lambda: self.delivery.workspace,
        )

    def _introduce(self) -> None:
        """Learn which workspace the token is for; Slack being away now is no reason not to start."""
        try:
            identity = self.gateway.identity()
        except SlackFault as fault:
            if fault.code in ("invalid_auth", "not_authed", "account_inactive", "token_revoked"):
                raise CannotStart(
                    f"Slack does not accept SLACK_BOT_TOKEN ({fault.code}). Install the app again and copy the token."
                ) from fault
            log.warning("Slack does not answer yet: %s", fault)
            return
        enterprise = identity.get("enterprise_id")
        self.delivery.workspace = workspace_name(enterprise, identity["team_id"])
        self._identity = AuthorizeResult(
            enterprise_id=enterprise,
            team_id=identity["team_id"],
            bot_user_id=identity["user_id"],
            bot_id=identity.get("bot_id"),
            bot_token=self._token,
        )
        log.info("connected to workspace %s as %s", identity.get("team"), identity.get("user"))

    def _authorize(self) -> AuthorizeResult:
        # One token, one workspace: nothing to look up, so no request waits for auth.test.
        if self._identity is None:
            self._introduce()
        if self._identity is None:
            raise RetryLater("slack_unreachable")
        return self._identity

    def _look(self) -> None:
        if self._identity is None:
            self._introduce()
        if self._identity is not None:
            self.delivery.wake()

    def _refresh_zones_and_expire_keys(self) -> None:
        with self.database.write() as connection:
            idempotency_keys.delete_expired(connection, self._clock.now())
        owners = {enrollment.owner for enrollment in self.enrollments.live(self.delivery.workspace)}
        for owner in owners:
            person = self.directory.find_person(owner)
            if person is not None and not person.deactivated:  # Slack tells no zone of whoever left: the last one stays
                self.enrollments.set_zone(self.delivery.workspace, owner, person.zone)


def _told_if_failed(work: Future[None]) -> None:
    if not work.cancelled() and (error := work.exception()) is not None:
        log.error("what comes after an acknowledgement failed", exc_info=error)


def _draw_id() -> str:
    """An external ID that nobody can guess: the trust policy of the bot's role asks for it."""
    return f"eco-{secrets.token_hex(16)}"


def aws_inspector(settings: Settings, clock: Clock) -> AwsInspector:
    """The AWS checks with the operator's settings; boto3 is imported by the first check."""
    return BotoInspector(settings.aws_role, clock)


def build(
    settings: Settings,
    clock: Clock,
    *,
    aws: AwsInspector | None = None,
    workers: int = 8,
    pace: timedelta = PACE,
    asking: int = ASKING,
) -> Application:
    """Wire a process of the bot; nothing runs before its `start`.

    Args:
        clock: what time it is, for everything that is stored or decided.
        aws: who looks at AWS; None where nobody can, and **Check AWS** says so.
        workers: how many channels are served side by side; 0 sends nothing until somebody calls `run_once`.
        pace: the least time between two new messages in a channel.
        asking: seconds that a question to Slack may take while somebody waits for the acknowledgement.
    """
    return Application(settings, clock, aws=aws, workers=workers, pace=pace, asking=asking)
