"""Who may change an enrollment: the owner, collaborators and admins; everybody else is told whom to ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.domain.access import Actor
from bot.domain.actions import Action
from bot.domain.enrollment import Status
from bot.localslack import Delivery, Person
from bot.presentation.buttons import ENROLLMENT_LABELS, ENROLLMENT_PREFIX, STEP_PREFIX
from bot.use_cases import Caller
from tests.domain.building import edited
from tests.support.bot_world import World, running
from tests.support.mail_services import ON
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS
from tests.support.walkthrough import reach, told

K = StepKey
ALLOWED = ("ana", "ben", "dev", "chi")  # owner, collaborator, admin by ID, admin by user group


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """Dev is an admin by ID, Chi as a member of a user group; Eve is a stranger. Tickets can go by email."""
    with running(sqlite_url, ECO_ADMINS="U0DEV00001,S0ECOADMIN", **ON) as world:
        yield world


@dataclass(frozen=True)
class Button:
    """A button that changes something: where it stands, and what its form asks for."""

    action: str
    label: str
    step: StepKey | None
    form: str = ""
    typed: dict[str, Any] = field(default_factory=dict)


def step_button(action: Action, step: StepKey, form: str = "", **typed: Any) -> Button:
    """A button for a step; most forms are called like it."""
    return Button(f"{STEP_PREFIX}{action.value}", action.label, step, form or action.label, typed)


BUTTONS = (
    step_button(Action.MARK_DONE, K.CONNECT_ACCOUNT),
    step_button(Action.MARK_DONE, K.VALIDATE_WORKFLOWS, validated=["all"]),
    step_button(Action.MARK_SENT, K.ENABLE_SUBSETS, ticket_number="4711"),
    step_button(Action.SEND_EMAIL, K.ENABLE_SUBSETS),
    step_button(Action.ADD_PAIRS, K.ASSOCIATE_WORKFLOWS, "Pairs", pairs="Production : Standard"),
    step_button(
        Action.ADD_CUSTOMERS, K.ASSOCIATE_CUSTOMERS, "End customers",
        customers="Production : ops@one.example : 700000000001",
    ),
    step_button(
        Action.ADD_ACCOUNTS, K.CREATE_SUBSETS, "AWS accounts", subset_accounts="Production : 1234-5678-9012"
    ),
    step_button(Action.CHECK_AWS, K.CONNECT_ACCOUNT),
    step_button(Action.AWS_COSTS, K.VALIDATE_WORKFLOWS, month="2026-10-01"),
    step_button(Action.ITS_READY, K.CONNECT_ACCOUNT),
    step_button(Action.STILL_WAITING, K.CONNECT_ACCOUNT, note="support said Friday"),
    step_button(Action.NOT_THERE, K.CONNECT_ACCOUNT, message="invalid_arn"),
    step_button(Action.REMIND_LATER, K.CONNECT_ACCOUNT, note="on holiday"),
    step_button(Action.CORRECT, K.ENABLE_SUBSETS, ticket_number="4712"),
    step_button(Action.SKIP, K.FULL_ECO, reason="not for us"),
    step_button(Action.DETAILS, K.CONNECT_ACCOUNT, note="stolen"),
    step_button(
        Action.CUSTOM_WORKFLOW, K.CREATE_WORKFLOWS, "Custom workflow", workflow_name="Stolen", workflow_rules="none"
    ),
    Button(f"{ENROLLMENT_PREFIX}reopen", "Reopen a step…", None, "Reopen a step", {"step": K.SIGN_UP.value}),
    Button(f"{ENROLLMENT_PREFIX}edit", "Edit", None, "Edit", {"account_name": "Stolen"}),
    Button(f"{ENROLLMENT_PREFIX}cancel", "Cancel enrollment", None, "Cancel enrollment", {"reason": "no"}),
    Button(f"{ENROLLMENT_PREFIX}resume", "Resume", None),
)  # fmt: skip
#: Buttons that only show something.
READING = {
    *(f"{STEP_PREFIX}{action.value}" for action in (Action.SHOW_TICKET, Action.FOLLOW_UP, Action.PARTY_TEXT)),
    *(
        f"{ENROLLMENT_PREFIX}{n}"
        for n in ("open", "audit", "export", "timeline", "calendar", "more", "lists", "check_data")
    ),
}
#: Buttons of the history, not of the card: tests/handlers/test_history.py says who may use them.
OF_HISTORY = {f"{ENROLLMENT_PREFIX}undo"}
#: Buttons of cards that were posted before the menu was there.
OLD = {f"{STEP_PREFIX}{Action.REOPEN.value}"}
AT_ONCE = {f"{STEP_PREFIX}{Action.ITS_READY.value}", f"{ENROLLMENT_PREFIX}resume"}
EACH = pytest.mark.parametrize("button", BUTTONS, ids=lambda b: f"{b.action}-{b.step.value if b.step else 'whole'}")
WITH_FORMS = pytest.mark.parametrize(
    "button", [b for b in BUTTONS if b.action not in AT_ONCE],
    ids=lambda b: f"{b.action}-{b.step.value if b.step else 'whole'}",
)  # fmt: skip


#: Their modals only say something where AWS is not set up; tests/handlers/test_aws_costs.py has the form.
SAYING = {f"{STEP_PREFIX}{action.value}" for action in (Action.CHECK_AWS, Action.AWS_COSTS)}
SUBMITTED = pytest.mark.parametrize(
    "button", [b for b in BUTTONS if b.action not in AT_ONCE | SAYING],
    ids=lambda b: f"{b.action}-{b.step.value if b.step else 'whole'}",
)  # fmt: skip


def prepare(world: World, button: Button) -> None:
    """An enrollment whose card has the button."""
    if button.action in {f"{STEP_PREFIX}{name}" for name in ("its_ready", "still_waiting", "not_there")}:
        world.start(position="connect_account:waiting", since="2026-11-18", collaborators=["ben"])
    elif button.action == f"{STEP_PREFIX}correct":
        world.start(position="enable_subsets:waiting", since="2026-11-18", collaborators=["ben"])
    elif button.step == K.VALIDATE_WORKFLOWS:
        reach(world, K.VALIDATE_WORKFLOWS, collaborators=["ben"])
    else:
        step = button.step if button.step not in (None, K.SIGN_UP) else K.CONNECT_ACCOUNT
        world.start(position=step.value, collaborators=["ben"])
    if button.action == f"{ENROLLMENT_PREFIX}resume":
        world.app.enrollments.cancel(owner(world), world.enrollment().id, "a mistake")
        world.deliver()


def owner(world: World) -> Caller:
    """Ana, who owns it."""
    return Caller(world.workspace, Actor(world.ana.id))


def press(world: World, person: Person, button: Button) -> Delivery:
    """Press the button on the card."""
    near = SPECS[button.step].title if button.step else None
    return person.click(world.card(), button.label, near=near)


def test_the_table_has_every_button_there_is() -> None:
    """A new button has to be put into it, or be one that only shows something."""
    every = {f"{STEP_PREFIX}{action.value}" for action in Action} | {
        f"{ENROLLMENT_PREFIX}{name}" for name in ENROLLMENT_LABELS
    }

    assert every == {button.action for button in BUTTONS} | READING | OLD | OF_HISTORY


@EACH
def test_a_stranger_is_told_whom_to_ask_and_nothing_changes(world: World, button: Button) -> None:
    """By name, at once: no form is opened that could not be saved."""
    prepare(world, button)
    before = world.enrollment()

    said = told(world, world.eve, press(world, world.eve, button))

    whom = f"Ask <@{world.ana.id}> or <@{world.ben.id}>."
    assert f"Only the owner, the collaborators and admins may change this enrollment. {whom}" == said
    assert before == world.enrollment()
    assert ["notice"] == [view.callback_id for view in world.eve.views]


@WITH_FORMS
def test_everybody_who_may_change_it_gets_the_form(world: World, button: Button) -> None:
    """Owner, collaborator, an admin by ID and an admin by user group."""
    prepare(world, button)

    for name in ALLOWED:
        person = world.slack.person(name)
        press(world, person, button)
        person.wait_view(button.form)


@pytest.mark.parametrize("name", ALLOWED)
def test_everybody_who_may_change_it_can_confirm_and_resume(world: World, name: str) -> None:
    """The two buttons that act at once."""
    person = world.slack.person(name)
    prepare(world, step_button(Action.ITS_READY, K.CONNECT_ACCOUNT))
    world.click(person, "It's ready", K.CONNECT_ACCOUNT)
    assert person.id == world.enrollment().step(K.CONNECT_ACCOUNT).finished_by
    world.app.enrollments.cancel(owner(world), world.enrollment().id, "a mistake")
    world.deliver()

    person.click(world.card(), "Resume")

    assert Status.ACTIVE is world.enrollment().status


@SUBMITTED
def test_a_form_that_was_opened_while_allowed_is_checked_again(world: World, button: Button) -> None:
    """Who has lost the right meanwhile is told whom to ask, by name, and keeps what was typed."""
    prepare(world, button)
    press(world, world.ben, button)
    world.ben.wait_view(button.form)
    world.ben.fill(button.typed)
    dismiss(world, "ben")
    before = world.enrollment()

    world.ben.submit()

    form = world.ben.view
    assert form is not None
    if form.errors:
        (said,) = form.errors.values()
        assert "may change this enrollment. Ask ana." in said
        assert button.typed.items() <= form.values.items()
    else:
        assert f"Ask <@{world.ana.id}>." in form.shown
    assert before == world.enrollment()


def test_the_way_from_a_ticket_to_its_number_is_checked_again(world: World) -> None:
    """The form with the text was opened while allowed."""
    reach(world, K.ENABLE_SUBSETS, collaborators=["ben"])
    world.click(world.ben, "Show ticket", K.ENABLE_SUBSETS)
    world.ben.wait_view("Ticket")
    dismiss(world, "ben")

    world.ben.submit()

    assert f"Ask <@{world.ana.id}>." in world.ben.view.shown


@pytest.mark.parametrize("verb", ["pairs", "customers", "accounts"])
def test_a_strangers_command_is_answered_with_whom_to_ask(world: World, verb: str) -> None:
    """No form either."""
    world.start()

    said = told(world, world.eve, world.eve.command("/eco", f"{verb} Production"))

    assert f"Ask <@{world.ana.id}>." in said
    assert world.eve.view is None


@pytest.mark.parametrize("label", ["History", "Show ticket"])
def test_looking_is_free(world: World, label: str) -> None:
    """What only shows something is for everybody."""
    reach(world, K.ENABLE_SUBSETS)

    world.eve.click(world.card(), label)

    assert world.eve.wait_view().submit == ""


def dismiss(world: World, name: str) -> None:
    """Take somebody off the collaborators."""
    now = world.enrollment()
    left = tuple(user for user in now.collaborators if user != world.slack.person(name).id)
    world.app.enrollments.edit(owner(world), now.id, edited(now, collaborators=left))
    world.deliver()
