"""Every registered listener has a rule of who may use it, and a guest who may not is refused by each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Any

import pytest
from slack_bolt import BoltContext

from bot.delivery import outbox
from bot.domain.errors import DomainError
from bot.domain.list_entries import KINDS
from bot.domain.portfolio import Segment
from bot.handlers import FEATURES
from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.handlers.services import Services
from bot.presentation.buttons import STEP_PREFIX
from bot.repository.outbox_columns import MessageKind
from tests.repository.keeping import rows
from tests.support.bot_world import World, running
from tests.support.listener_requests import CHANGES, HISTORY, PAGES, TICKET_PAGES, About, request_body
from tests.support.outsiders import GUEST, add


class Rule(Enum):
    """Who may use a listener."""

    ANYBODY = "anybody: it shows nothing of an enrollment"
    STARTERS = "ECO_STARTERS"
    FINDS = "anybody: it finds what the person may see"
    SEES = "who may see the enrollment"
    CHANGES = "its people and admins"
    OWNS = "the owner, or the owner of the other enrollment; admins"
    ADMINS = "admins"
    UPLOADED = "whoever uploaded the file"
    SLACK = "an event that carries no person's wish"


#: Forms that change an enrollment.
FORMS = (
    *("acts.finish", "acts.correct", "edit.save", "edit.cancel", "emails.send", "tickets.mark_sent"),
    *("tickets.custom_workflow", "tickets.send_extra", "aws.not_there", "aws.commands", "aws.costs"),
    *("waits.early", "waits.skip", "waits.reopen", "waits.choose_step", "waits.still_waiting"),
    *("waits.remind_later", "pairs.save", "customers.save", "details.save", "details.choose_step", "undo.save"),
    *("lists.entry", "lists.removal", "lists.names"),
    *("subsets.save", "workflows.save", "lists.save_preview", "lists.import"),
    *("subset_accounts.save", "procedure.move"),
)
RULES = {
    "command": {"/eco": Rule.FINDS},
    "shortcut": {"eco_enroll": Rule.STARTERS, "eco_status": Rule.FINDS, "eco_import": Rule.FINDS},
    "function": {"start_enrollment": Rule.STARTERS, "wait_for_step": Rule.SEES},
    "event": {"app_home_opened": Rule.FINDS, "tokens_revoked": Rule.SLACK, "app_uninstalled": Rule.SLACK},
    "action": {
        "enroll.open": Rule.STARTERS,
        "enroll.procedure": Rule.STARTERS,
        "bulk.open": Rule.STARTERS,
        "bulk.begin": Rule.STARTERS,
        "bulk.cancel": Rule.UPLOADED,
        "bulk.stop": Rule.UPLOADED,
        "eco.choose": Rule.SEES,
        "eco.list": Rule.FINDS,
        "eco.help": Rule.ANYBODY,
        "eco.list.back": Rule.FINDS,
        "eco.list.more": Rule.FINDS,
        "eco.list.open": Rule.SEES,
        **{f"home.segment.{segment}": Rule.FINDS for segment in Segment},
        **dict.fromkeys(("home.all", "home.back", "home.next", "home.sort", "home.filter"), Rule.FINDS),
        "reminders.answer": Rule.SEES,
        "reminders.page.back": Rule.SEES,
        "reminders.page.next": Rule.SEES,
        "enrollment.open": Rule.SEES,
        "enrollment.audit": Rule.SEES,
        "enrollment.export": Rule.SEES,
        "export.list": Rule.FINDS,
        **dict.fromkeys(HISTORY, Rule.SEES),
        "enrollment.timeline": Rule.SEES,
        "enrollment.calendar": Rule.SEES,
        "enrollment.more": Rule.SEES,
        **dict.fromkeys(("enrollment.lists", "enrollment.check_data", "lists.open", *PAGES), Rule.SEES),
        **dict.fromkeys(CHANGES, Rule.CHANGES),
        "calendar.feed": Rule.ANYBODY,
        "calendar.end": Rule.ANYBODY,
        **dict.fromkeys((f"{STEP_PREFIX}show_ticket", f"{STEP_PREFIX}follow_up"), Rule.SEES),
        **dict.fromkeys((f"lists.download.{name}" for name in KINDS), Rule.CHANGES),
        **dict.fromkeys(
            ("lists.faults", "lists.again", "lists.fix", "lists.accounts", "lists.show_preview"), Rule.CHANGES
        ),
        **dict.fromkeys(TICKET_PAGES, Rule.SEES),
        "tickets.file": Rule.CHANGES,
        **dict.fromkeys(("aws.again", "aws.set_up"), Rule.CHANGES),
        "enrollment.edit": Rule.CHANGES,
        "enrollment.cancel": Rule.CHANGES,
        "enrollment.resume": Rule.CHANGES,
        "enrollment.reopen": Rule.CHANGES,
        "enrollment.undo": Rule.CHANGES,
        **{
            f"{STEP_PREFIX}{name}": Rule.CHANGES
            for name in (
                *("mark_done", "add_pairs", "add_customers", "send_email", "mark_sent", "check_aws"),
                *("its_ready", "still_waiting", "not_there", "remind_later", "correct", "skip", "reopen", "details"),
                *("aws_costs", "custom_workflow", "add_accounts"),
            )
        },
        f"{STEP_PREFIX}party_text": Rule.SEES,
        "away.open": Rule.ANYBODY,
        "away.back": Rule.ANYBODY,
        "handover.open": Rule.FINDS,
        "quiet.open": Rule.FINDS,
        "picker.page.back": Rule.FINDS,
        "picker.page.next": Rule.FINDS,
        "owner.decline": Rule.OWNS,
        "owner.choose_declined": Rule.OWNS,
        "owner.agree": Rule.OWNS,
        "owner.take_over": Rule.ADMINS,
        "handover.others": Rule.ADMINS,
        "handover.from": Rule.ADMINS,
        "owner.open_delete": Rule.ADMINS,
    },
    "submission": {
        "enroll.start": Rule.STARTERS,
        "bulk.read": Rule.STARTERS,
        "calendar.renew": Rule.ANYBODY,
        **dict.fromkeys(FORMS, Rule.CHANGES),
        "home.filtered": Rule.FINDS,
        "lists.show": Rule.SEES,
        "owner.delete": Rule.ADMINS,
        "owner.decline_chosen": Rule.OWNS,
        "away.save": Rule.ANYBODY,
        "handover.save": Rule.OWNS,
        "quiet.save": Rule.FINDS,
    },
}
REFUSING = (Rule.STARTERS, Rule.SEES, Rule.CHANGES, Rule.OWNS, Rule.ADMINS, Rule.UPLOADED)
#: Refusals of these are owed in the outbox: see test_custom_steps.py and test_custom_step_sight.py.
TOLD_LATER = {"function"}
#: These draw a modal again after the acknowledgement, where `Request.enrollments` decides what it finds.
DRAWN_LATER = {"reminders.page.back", "reminders.page.next"}


class Registered:
    """Takes the registrations of all features, as the router does."""

    def __init__(self) -> None:
        self.listeners: dict[str, dict[str, Callable[[Request], Response]]] = {kind: {} for kind in RULES}

    def __getattr__(self, kind: str) -> Callable[..., None]:
        def add_listener(name: str, listener: Callable[[Request], Response], *_: Any) -> None:
            self.listeners[kind][name] = listener

        return add_listener


def registered() -> Registered:
    """The listeners of all features."""
    found = Registered()
    for feature in FEATURES:
        feature.register(found)
    return found


def test_every_listener_has_a_rule() -> None:
    """A new listener is added here with who may use it, and one that is gone is taken out."""
    found = {kind: set(listeners) for kind, listeners in registered().listeners.items()}

    assert {kind: set(rules) for kind, rules in RULES.items()} == found


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A world with an enrollment that Gus, a guest, sees on the screen and may not use."""
    file = tmp_path_factory.mktemp("rules") / "eco-bot.db"
    with running(f"sqlite:///{file}", ECO_SUPPORT_EMAIL="help@spot.example", ECO_TICKET_FROM="us@own.example") as world:
        world.start(position="connect_account")
        add(world, GUEST, world.channel.name)
        yield world


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for kind, rules in RULES.items()
        for name, rule in rules.items()
        if rule in REFUSING and name not in DRAWN_LATER and kind not in TOLD_LATER
    ],
)
def test_a_guest_is_refused_and_changes_nothing(guarded: World, kind: str, name: str) -> None:
    """By each listener itself, whatever opened it: a sentence, and not a word more in the database."""
    expect_refusal(guarded, kind, name)


def expect_refusal(world: World, kind: str, name: str) -> None:
    """Call a listener as the guest: it refuses without naming the enrollment, and stores nothing."""
    before = rows(world.app.database)
    listener = registered().listeners[kind][name]

    with pytest.raises(DomainError) as refused:
        listener(as_guest(world, kind, name))

    assert before == rows(world.app.database)
    assert "Production" not in str(refused.value)


def as_guest(world: World, kind: str, name: str, of_step: str = "connect_account") -> Request:
    """A request of the guest about a step, or about the whole enrollment, as Slack would send it."""
    app = world.app
    services = Services(app.enrollments, app.workspace, app.aws_checks, app.portfolios, app.ticket_emails)
    services = replace(services, bulk_starts=app.bulk_starts)
    user = world.slack.person("gus").id
    with world.app.database.read() as connection:
        digest = outbox.by_key(connection, world.workspace, "digest:test").id
    about = About(world.enrollment().id, digest, world.channel.id, user, of_step)
    body = request_body(kind, name, about)
    return Request(services, body, BoltContext({"user_id": user}))


@pytest.fixture(autouse=True)
def digest_row(guarded: World) -> None:
    """A digest of the channel, for **Answer**."""
    digest_of(guarded)


def digest_of(world: World) -> None:
    """Owe a digest of the channel."""
    with world.app.database.write() as connection:
        far = world.clock.now().replace(year=2036)
        outbox.owe(connection, world.workspace, "digest:test", MessageKind.DIGEST, world.channel.id, far)
