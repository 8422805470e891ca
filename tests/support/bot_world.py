"""The whole bot in a local Slack: the real application behind real signed HTTP, with a clock that a test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event

from bot.app import Application
from bot.delivery.file_sender import Draw
from bot.demo.demo_workspace import start_slack
from bot.domain.aws.preflight import AwsInspector
from bot.domain.enrollment import Enrollment
from bot.drawing import drawing_process
from bot.language.spoken import LANGUAGES, gettext, speaking
from bot.localslack import Delivery, LocalSlack, Message, Person, TimeMachine, View
from bot.serving import Serving
from bot.settings import load
from tests.support.steps import StepKey

#: Seconds for what takes milliseconds: a busy machine stands still for longer than the bot and Slack would wait.
PATIENCE = 30
#: A Monday morning: 10:00 in London, 07:00 in São Paulo.
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ACCOUNT = "123456789012"
ORG = "606079874885"


class World:
    """A local Slack with the bot in it; nothing is sent before `deliver`."""

    def __init__(self, slack: LocalSlack, app: Application, clock: TimeMachine) -> None:
        self.slack = slack
        self.app = app
        self.clock = clock
        self.ana, self.ben, self.chi, self.dev, self.eve = map(slack.person, ("ana", "ben", "chi", "dev", "eve"))
        self.channel = slack.channel("eco-rollout")
        #: The address of the bot's own HTTP server.
        self.url = ""

    @property
    def workspace(self) -> str:
        return self.app.workspace.id

    def deliver(self) -> int:
        """Send all messages that are due by now, at the pace of their channels; the clock moves along."""
        sent = self.app.dispatcher.run_once()
        while (due := self.app.dispatcher.next_due()) is not None and due - self.clock.now() <= timedelta(seconds=1):
            self.clock.jump_to(max(due, self.clock.now()))
            sent += self.app.dispatcher.run_once()
        return sent

    def jump(self, **span: float) -> None:
        """Let time pass, then send all due messages."""
        self.clock.jump(timedelta(**span))
        self.deliver()

    def jump_to_next(self) -> datetime:
        """Go to the next moment at which a message is due, and send it."""
        due = self.app.dispatcher.next_due()
        assert due is not None, "no message is owed"
        self.clock.jump_to(due)
        self.deliver()
        return due

    def fill(self, person: Person, title: str, **fields: Any) -> Delivery:
        """Fill the open form by its fields' names and submit it; its title is the English one, in any language."""
        self.slack.wait_for(lambda: _has_title(person.view, title), 30, f"{person.name} to see a form {title!r}")
        person.fill(fields)
        return person.submit()

    def start(self, person: Person | None = None, **fields: Any) -> Enrollment:
        """Start an enrollment through the form, as people do."""
        who = person or self.ana
        who.command("/eco", "enroll", channel=self.channel.name)
        given = {
            "account_id": ACCOUNT,
            "account_name": "Production",
            "spot_org_id": ORG,
            "owner": who.name,
        } | fields
        delivery = self.fill(who, "Start an enrollment", **given)
        assert delivery.response in (None, "", {}), f"the form was not accepted: {delivery.response}"
        self.deliver()
        return self.enrollments()[-1]

    def enrollments(self) -> list[Enrollment]:
        return self.app.enrollments.all(self.workspace)

    def enrollment(self) -> Enrollment:
        """The only enrollment there is."""
        (found,) = self.enrollments()
        return found

    def card(self, channel: str | None = None) -> Message:
        """The newest card in a channel."""
        place = self.slack.channel(channel) if channel else self.channel
        begins = ("Eco enrollment of", "Eco-Enrollment von")
        return next(m for m in reversed(place.messages) if m.text.startswith(begins))

    def thread(self) -> list[Message]:
        """The messages below the newest card."""
        return self.channel.thread(self.card().ts)

    def click(self, person: Person, label: str, step: StepKey | str) -> Delivery:
        """Press a step's button on the card; **Reopen** through the card's menu and its choice of steps."""
        from tests.support.usual_procedure import SPECS

        if label == "Reopen":
            delivery = person.click(self.card(), "Reopen a step…")
            self.fill(person, "Reopen a step", step=str(step))
            return delivery
        return person.click(self.card(), label, near=SPECS[step].title)


def _has_title(view: View | None, title: str) -> bool:
    """Whether a form has that English title, or its translation."""
    if view is None or view.title == title:
        return view is not None
    for language in LANGUAGES:
        with speaking(language):
            if view.title == gettext(title):
                return True
    return False


def commit_without_the_disk(raw: Any, _record: object) -> None:
    """Let SQLite leave writing to the system: no test cuts the power."""
    raw.execute("PRAGMA synchronous = OFF")


@contextmanager
def running(
    database_url: str,
    *,
    at: datetime = MONDAY,
    workers: int = 0,
    transport: str = "http",
    aws: AwsInspector | None = None,
    directory_timeout: int = PATIENCE,
    enterprise: str = "",
    draw: Draw = drawing_process.draw_or_none,
    **env: str,
) -> Iterator[World]:
    """A local Slack and the bot behind signed HTTP (or in Socket Mode), stopped at the end.

    Args:
        enterprise: the Enterprise organization that the workspace belongs to.
        draw: draws the picture of a timeline.
    """
    clock = TimeMachine(frozen_at=at)
    with start_slack(clock, ack_limit=PATIENCE) as slack:
        slack.people.join_enterprise(enterprise)
        ways = {
            "http": {"SLACK_SIGNING_SECRET": slack.signing_secret},
            "socket": {"SLACK_APP_TOKEN": slack.app_token},
        }
        environ = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": database_url,
            "HOST": "127.0.0.1",
            "PORT": "0",
            "ECO_ADMINS": slack.person("chi").id,
            # Planned every hour of the bot's clock, by a thread of which a test does not know when it runs.
            "ECO_DIGEST": "off",
            # Reminders come at the very moment of which a test speaks.
            "ECO_REMINDER_GAP": "0s",
            **ways[transport],
            **env,
        }
        settings = load(environ, env_file=None)
        app = Application(settings, clock, aws=aws, workers=workers, directory_timeout=directory_timeout, draw=draw)
        if app.database.is_sqlite:
            event.listen(app.database.engine, "connect", commit_without_the_disk)
        serving = Serving(app, settings)
        serving.start()
        if transport == "http":
            slack.connect_http(f"{serving.url}/slack/events")
        else:
            slack.wait_for(lambda: slack.socket_connections or None, what="the Socket Mode connection")
        try:
            world = World(slack, app, clock)
            world.url = serving.url
            yield world
        finally:
            serving.stop()
