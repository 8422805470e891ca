"""A process that is killed at any point of sending an email: it is never sent twice, and the owner is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.demo.demo_workspace import start_slack
from bot.domain.access import Actor
from bot.domain.enrollment import EventKind, Policy, State
from bot.domain.lifecycle import Position
from bot.domain.schedule import parse_hours
from bot.domain.ticket_emails import Email, Route
from bot.localslack import LocalSlack, TimeMachine
from bot.repository.database import Database
from bot.repository.tables import channel_leases
from bot.use_cases import Caller, Enrollments, StartForm, TicketEmails
from tests.delivery.crash_harness import ForkServer, fork_server
from tests.delivery.people_meanwhile import OWNER
from tests.support.bot_process import ForkedBot, environment
from tests.support.mail_services import HANG, ON, SENDER, SUPPORT, OddSes, aws_environment, odd_ses
from tests.support.steps import StepKey
from tests.support.usual_procedure import WAITS

ENABLE = StepKey.ENABLE_SUBSETS
EMAIL = Email(SENDER, SUPPORT, "ana@acme.example", "A subject", "A text\n")


@pytest.fixture(scope="module")
def parent() -> Iterator[ForkServer]:
    """Starts bots by forking."""
    with fork_server() as made:
        yield made


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    """A local Slack with the real time."""
    with start_slack(TimeMachine(), pace=False) as running:
        yield running


@pytest.fixture
def ses() -> Iterator[OddSes]:
    """A mail service that counts."""
    with odd_ses() as service:
        yield service


class Office:
    """The database of the bots that are killed, with the use cases that people call."""

    def __init__(self, url: str, workspace: str) -> None:
        self.database = Database(url)
        self.database.migrate()
        self.caller = Caller(workspace, Actor(OWNER))
        self.use = Enrollments(self.database, TimeMachine(), Policy(WAITS, parse_hours("always")))
        self.emails = TicketEmails(self.database, TimeMachine(), Route(SENDER, SUPPORT), lambda: None)

    def enroll(self) -> int:
        """Start an enrollment whose ticket can be sent."""
        values = {"spot_org_id": "606079"}
        form = StartForm("123456789012", "Acme", "C0ROLLOUT1", OWNER, position=Position(ENABLE), values=values)
        return self.use.start(self.caller, form).id

    def send(self, number: int) -> None:
        """Ask for the email, and confirm all warnings."""
        seen = self.use.get(self.caller.workspace, number)
        doubts = frozenset(self.emails.warnings(seen, ENABLE))
        self.emails.send(Caller(self.caller.workspace, self.caller.actor, confirmed=doubts), seen, ENABLE, EMAIL)

    def events(self, number: int) -> list[EventKind]:
        """The events about emails."""
        kinds = (EventKind.EMAILED, EventKind.EMAIL_UNKNOWN, EventKind.EMAIL_REFUSED)
        return [e.kind for e, _, _ in self.use.history(self.caller.workspace, number) if e.kind in kinds]

    def let_leases_end(self) -> None:
        """End all leases now, as they end by themselves 45 s after a process died."""
        with self.database.write() as connection:
            connection.execute(sa.update(channel_leases).values(lease_until=datetime.now(UTC) - timedelta(seconds=1)))


@pytest.fixture
def office(database_url: str, slack: LocalSlack) -> Iterator[Office]:
    """The people, and the database that they share with the bots."""
    made = Office(database_url, slack.team_id)
    yield made
    made.database.close()


def ended(pid: int) -> bool:
    """Whether a process is gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(
    ("point", "sent"),
    [("claimed", 0), ("answered", 1), ("settled", 1)],
    ids=["before the request", "after SES accepted it", "inside the transaction that settles"],
)
def test_a_process_killed_around_an_email_leaves_a_question_and_no_second_email(
    parent: ForkServer, slack: LocalSlack, ses: OddSes, office: Office, database_url: str, point: str, sent: int
) -> None:
    """kill -9, a new process: the email is put aside and asked about; it goes out when somebody says so again."""
    number = office.enroll()
    office.send(number)
    environ = environment(slack, database_url, 0, **ON, **aws_environment(ses.url))
    dying = parent.fork(environ, point=point, nth=1, kind="email")
    slack.wait_for(lambda: ended(dying), timeout=30, what="the process to kill itself")
    assert sent == len(ses.accepted)
    office.let_leases_end()

    living = parent.fork(environ)
    try:
        slack.wait_for(lambda: office.events(number) or None, timeout=30, what="the event about the email")
        assert ([EventKind.EMAIL_UNKNOWN], sent) == (office.events(number), len(ses.accepted))
        assert State.OPEN is office.use.get(slack.team_id, number).step(ENABLE).state

        office.send(number)
        slack.wait_for(lambda: len(office.events(number)) > 1, timeout=30, what="the email")
    finally:
        os.kill(living, 9)
    assert ([EventKind.EMAIL_UNKNOWN, EventKind.EMAILED], sent + 1) == (office.events(number), len(ses.accepted))


def test_a_process_killed_while_ses_answers_asks_the_owner_after_the_restart(
    slack: LocalSlack, ses: OddSes, office: Office, database_url: str, tmp_path: Path
) -> None:
    """The whole way through Slack: SES has accepted, its answer never arrives, the owner is mentioned in the thread."""
    office.enroll()
    more = ON | aws_environment(ses.url)
    first = ForkedBot(slack, database_url, tmp_path, **more)
    slack.connect_http(f"{first.url}/slack/events")
    channel, ana = slack.channel("eco-rollout"), slack.person("ana")
    card = slack.wait_for(lambda: next(iter(channel.messages), None), timeout=20, what="the card")
    ses.faults = [HANG]
    ana.click(card, "Send by email")
    ana.wait_view("Send by email")
    assert ana.submit().ok
    slack.wait_for(lambda: ses.accepted, timeout=20, what="the email to be accepted")
    first.kill()
    ses.release.set()
    office.let_leases_end()

    second = ForkedBot(slack, database_url, tmp_path, **more)
    try:
        slack.wait_for(
            lambda: any("I don't know whether" in m.text for m in channel.thread(card.ts)), 20, "the question"
        )
        slack.connect_http(f"{second.url}/slack/events")
        ana.click(card, "Send by email")
        form = ana.wait_view("Send by email")
    finally:
        second.stop()
    [line] = [m.text for m in channel.thread(card.ts) if "I don't know whether" in m.text]
    assert line.startswith(f"<@{ana.id}>: ")
    assert "may have gone out" in form.shown
    assert 1 == ses.asked
