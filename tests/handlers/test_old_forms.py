"""Forms and buttons that were drawn before something changed: what they still send is refused in a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from slack_bolt import BoltContext

from bot.domain.enrollment import State
from bot.domain.errors import InvalidForm, InvalidInput, NotAllowed, StepConflict
from bot.handlers import hand_over
from bot.handlers.forms import read_state
from bot.handlers.places import thread_in
from bot.handlers.recent_ids import RecentIds
from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.handlers.services import Services
from tests.handlers.test_listener_rules import registered
from tests.repository.keeping import rows
from tests.support.bot_world import World, running
from tests.support.steps import StepKey as K

#: The enrollments of the world: before its first step, at the connection, after the wait for the first data.
NEW, OPEN, DUE = 1, 2, 3


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Three enrollments of Ana's, without email, AWS access or a public address."""
    file = tmp_path_factory.mktemp("old") / "eco-bot.db"
    with running(f"sqlite:///{file}") as world:
        world.start(account_id="1" * 12, account_name="New", spot_org_id=None)
        world.start(account_id="2" * 12, account_name="Open", spot_org_id="700002")
        world.start(account_id="3" * 12, account_name="Due", spot_org_id="700003", position="connect_account:waiting")
        world.clock.jump_to(world.clock.now().replace(day=27))
        yield world


def request(world: World, body: dict[str, Any], user: str = "") -> Request:
    """A request of Ana's, or of another person."""
    app, who = world.app, user or world.ana.id
    services = Services(app.enrollments, app.workspace, app.aws_checks, app.portfolios, None)
    services = replace(services, bulk_starts=app.bulk_starts, plans=world.app.home_tabs._services.plans)
    return Request(services, {"user": {"id": who}, "trigger_id": "t1"} | body, BoltContext({"user_id": who}))


def submit(world: World, name: str, metadata: dict[str, Any], **values: str | None) -> Response:
    """Submit a form as Slack would send it."""
    state = {"values": {field: {"e": {"value": value}} for field, value in values.items()}}
    view = {"type": "modal", "id": "V1", "private_metadata": json.dumps(metadata), "state": state, "blocks": []}
    return registered().listeners["submission"][name](request(world, {"type": "view_submission", "view": view}))


def press(world: World, name: str, value: str) -> Response:
    """Press a button of a card that is still on somebody's screen."""
    body = {"type": "block_actions", "actions": [{"action_id": name, "value": value, "action_ts": "1.1"}]}
    return registered().listeners["action"][name](request(world, body))


#: A form, what it remembers and sends, and the faults that it gets at its fields.
FIELDS: dict[str, tuple[str, dict[str, Any], dict[str, str | None], dict[str, str]]] = {
    "a month that is too long ago": (
        "aws.costs", {"enrollment": OPEN, "step": K.CONNECT_ACCOUNT}, {"month": "2020-01-01"},
        {"month": "Choose a month of the last year."},
    ),
    "a message that the Eco page says no more": (
        "aws.not_there", {"enrollment": DUE, "step": K.CONNECT_ACCOUNT}, {"message": "gone"},
        {"message": "Choose what the Eco page says."},
    ),
    "a way to remind that there is not": (
        "quiet.save", {"at": 0, "chosen": []}, {"reminding": "pager"},
        {"reminding": "Choose how I shall remind you."},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "metadata", "values", "faults"), FIELDS.values(), ids=FIELDS)
def test_a_choice_that_is_not_offered_is_refused_at_its_field(
    shared: World, name: str, metadata: dict[str, Any], values: dict[str, str | None], faults: dict[str, str]
) -> None:
    """With what to choose instead; nothing is stored."""
    before = rows(shared.app.database)

    with pytest.raises(InvalidForm) as refused:
        submit(shared, name, metadata, **values)

    assert faults == refused.value.faults
    assert before == rows(shared.app.database)


def test_the_step_of_another_procedure_is_refused_at_the_field_that_is_shown(shared: World) -> None:
    """Each procedure has a field of its own for where a team is, so that is where the fault belongs."""
    for procedure, field in (
        ("aws-management-account", "position"),
        ("aws-member-account", "position.aws-member-account"),
    ):
        with pytest.raises(InvalidForm) as refused:
            submit(shared, "enroll.start", {}, procedure=procedure, **{field: "nowhere"})

        assert "Choose one of the steps that are offered now." == refused.value.faults[field]


CONFLICTS = {
    "a list that is no list": (
        "lists.import", {"enrollment": OPEN}, {"list": "prices"}, "Choose a list.",
    ),
    "a procedure that is not offered any more": (
        "procedure.move", {"enrollment": OPEN, "procedure": "aws-of-yesterday"}, {},
        "This choice isn't offered any more. Open Edit again.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "metadata", "values", "sentence"), CONFLICTS.values(), ids=CONFLICTS)
def test_a_form_about_what_is_gone_says_so(
    shared: World, name: str, metadata: dict[str, Any], values: dict[str, str | None], sentence: str
) -> None:
    """And what to do."""
    with pytest.raises(StepConflict) as refused:
        submit(shared, name, metadata, **values)

    assert sentence == str(refused.value)


BUTTONS = {
    "a text for a party": (
        "step.party_text", f"{OPEN}:{K.CONNECT_ACCOUNT}", "This step is yours, so there is no text to forward.",
    ),
    "a ticket for a billing workflow": (
        "step.show_ticket", f"{OPEN}:{K.CREATE_WORKFLOWS}", "Nobody has described a custom billing workflow yet.",
    ),
    "reopen": (
        "enrollment.reopen", str(NEW), "There's nothing to reopen: no step is done or skipped yet.",
    ),
    "reopen a step": (
        "step.reopen", f"{OPEN}:{K.CONNECT_ACCOUNT}", "Nobody has marked this done yet.",
    ),
    "send the ticket by email": (
        "step.send_email", f"{OPEN}:{K.ENABLE_SUBSETS}",
        "Sending by email is not set up here. Press Show ticket and send its text yourself.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "value", "sentence"), BUTTONS.values(), ids=BUTTONS)
def test_a_button_of_an_old_card_says_why_it_does_nothing(shared: World, name: str, value: str, sentence: str) -> None:
    """The step is not a party's, nothing is written or done yet, or the operator has changed the settings."""
    with pytest.raises(StepConflict) as refused:
        press(shared, name, value)

    assert sentence == str(refused.value)


def test_the_button_of_a_step_that_was_done_asks_before_it_reopens_it(shared: World) -> None:
    """As the card's menu does, with the steps that have to wait for it again."""
    shown = press(shared, "step.reopen", f"{OPEN}:{K.SIGN_UP}").view

    assert shown is not None
    assert "These steps have to wait for it again:\n• Connect the management account" in str(
        shown["blocks"][0]["text"]["text"]
    )
    assert State.DONE is shared.app.enrollments.get(shared.workspace, OPEN).step(K.SIGN_UP).state


def test_still_waiting_before_the_end_of_a_wait_says_when_that_is(shared: World) -> None:
    """The window stays; after its end there is nothing to expect any more."""
    shared.start(account_id="4" * 12, account_name="Waiting", spot_org_id="700004", position="connect_account:waiting")

    early, late = (
        str(press(shared, "step.still_waiting", f"{number}:{K.CONNECT_ACCOUNT}").view) for number in (4, DUE)
    )

    assert "Expected by <!date^" in early
    assert "that doesn't change" in early
    assert "Expected by" not in late


def test_an_owner_has_no_tools_of_admins(shared: World) -> None:
    """Whoever was an admin when the window was drawn is told who can be asked."""
    for name in ("owner.open_delete", "owner.take_over"):
        with pytest.raises(NotAllowed):
            press(shared, name, str(OPEN))
    assert 3 <= len(shared.enrollments())


def test_an_admin_who_is_none_any_more_hands_over_their_own_alone(shared: World) -> None:
    """The next page of Eve's enrollments is the first one of Ana's."""
    metadata = json.dumps({"at": 0, "chosen": [7], "of": shared.eve.id})
    view = {"type": "modal", "id": "V1", "private_metadata": metadata, "state": {"values": {}}}
    pressed = {"action_id": "picker.page.next", "value": "1"}

    shown = hand_over.render_page(request(shared, {"type": "block_actions", "actions": [pressed], "view": view}))

    assert {"at": 0, "chosen": []}.items() <= json.loads(shown["private_metadata"]).items()
    assert "of" not in json.loads(shown["private_metadata"])
    assert "Somebody else's" not in str(shown["blocks"])


def test_a_language_belongs_to_a_channel_and_a_direct_message_is_none(shared: World) -> None:
    """The answer says where to type it; nothing is stored."""
    before = rows(shared.app.database)
    body = {"command": "/eco", "text": "language German", "channel_id": "D0ANA"}

    with pytest.raises(InvalidInput, match=r"^Type this in the channel whose language you want to choose\."):
        registered().listeners["command"]["/eco"](request(shared, body))

    assert before == rows(shared.app.database)


def test_a_new_address_of_a_feed_is_not_given_where_none_is_served(shared: World) -> None:
    """The operator has taken the public address away while the window was open."""
    shown = submit(shared, "calendar.renew", {})

    assert "it needs HTTP mode and the setting `ECO_PUBLIC_URL`" in str(shown.ack)


def test_what_slack_sends_besides_is_read_without_a_fault(shared: World) -> None:
    """A kind of input that no form has is empty; the thread of a message shortcut is the message; no ID is new."""
    state = {"values": {"words": {"e": {"type": "rich_text_input"}}, "owner": {"e": {"selected_user": "U1"}}}}
    assert {"words": None, "owner": "U1"} == read_state({"state": state})
    assert ["1.1", "0.9", None] == [
        thread_in({"type": "message_action", "message": {"ts": "1.1"}}),
        thread_in({"type": "message_action", "message": {"ts": "1.1", "thread_ts": "0.9"}}),
        thread_in({"type": "block_actions", "message": {"ts": "1.1", "thread_ts": "1.1"}}),
    ]
    recent = RecentIds()
    assert [True, True, True, False] == [recent.add(each) for each in (None, None, "t1", "t1")]


def test_two_features_cannot_have_one_button(shared: World) -> None:
    """One of them would never be called: the start says which name it is."""
    never: Any = None
    router = Router(shared.app.home_tabs._services, never, never, never, never)
    router.action("lists.open", lambda _: Response())
    router.submission("lists.open", lambda _: Response())

    with pytest.raises(ValueError, match=r"^two listeners for the action lists\.open$"):
        router.action("lists.open", lambda _: Response())
