"""The card says where an enrollment stands, in blocks and in words alone, with buttons for what can be done."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.domain.actions import Action
from bot.domain.enrollment import FINISHED, ReminderKind, State, Status
from bot.domain.step_spec import StepSpec
from bot.presentation import card, notifications
from bot.presentation.buttons import parse_option
from tests.presentation.extremes import NAMES, NOW, STATES, enrollment
from tests.presentation.reading import buttons, lines_of
from tests.presentation.test_limits import due
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE, SPECS

TITLES = (
    "Sign up with Spot",
    "Connect the management account",
    "Full Eco: strategy call and ramp-up",
    "Enable the Subsets feature",
    "Create subsets",
    "Create billing workflows",
    "Validate billing workflows",
    "Associate billing workflows",
    "Associate end customers",
)
LABELS = {
    "Mark done",
    "Text for",
    "It's ready",
    "Still waiting",
    "It's not there",
    "Remind me later",
    "Correct",
    "Skip",
    "Reopen",
    "Show ticket",
    "Send follow-up ticket",
    "Send by email",
    "Mark sent",
    "Check AWS",
    "Get AWS costs",
    "Add pairs",
    "Add customers",
    "Add AWS accounts",
    "Details",
    "Ask for a custom workflow",
}
OFFERED = {
    State.LOCKED: {},
    State.OPEN: dict.fromkeys(StepKey, ("Mark done", "Remind me later", "Details"))
    | {
        StepKey.CONNECT_ACCOUNT: ("Mark done", "Check AWS", "Remind me later", "Details"),
        StepKey.FULL_ECO: ("Mark done", "Skip", "Remind me later", "Details"),
        StepKey.ENABLE_SUBSETS: ("Show ticket", "Mark sent", "Remind me later", "Details"),
        StepKey.CREATE_SUBSETS: ("Mark done", "Remind me later", "Details", "Add AWS accounts"),
        StepKey.CREATE_WORKFLOWS: ("Mark done", "Remind me later", "Details", "Ask for a custom workflow"),
        StepKey.VALIDATE_WORKFLOWS: ("Mark done", "Get AWS costs", "Remind me later", "Details"),
        StepKey.ASSOCIATE_WORKFLOWS: ("Add pairs", "Skip", "Remind me later", "Details"),
        StepKey.ASSOCIATE_CUSTOMERS: ("Add customers", "Skip", "Remind me later", "Details"),
    },
    State.DONE: {},
    State.SKIPPED: {},
    State.DUE: dict.fromkeys(StepKey, ("It's ready", "Still waiting", "Correct", "Details"))
    | {
        StepKey.CONNECT_ACCOUNT: ("It's ready", "Still waiting", "It's not there", "Check AWS", "Correct", "Details"),
        StepKey.FULL_ECO: ("It's ready", "Still waiting", "Check AWS", "Skip", "Correct", "Details"),
        StepKey.ENABLE_SUBSETS: ("It's ready", "Still waiting", "Show ticket", "Correct", "Details"),
        StepKey.ASSOCIATE_WORKFLOWS: ("It's ready", "Still waiting", "Show ticket", "Skip", "Correct", "Details"),
        StepKey.ASSOCIATE_CUSTOMERS: ("It's ready", "Still waiting", "Show ticket", "Skip", "Correct", "Details"),
    },
}
EVERY_STATE = pytest.mark.parametrize("state", STATES, ids=lambda state: state.value)


def test_the_steps_are_called_as_the_documentation_calls_them() -> None:
    """People search for these words."""
    assert TITLES == tuple(spec.title for spec in PROCEDURE)
    assert LABELS == {action.label for action in Action}


def title_line(state: State, spec: StepSpec) -> str:
    """The line that every step which is not locked begins with."""
    optional = " (optional)" if spec.optional and state not in FINISHED else ""
    title = spec.title if state in FINISHED else f"*{spec.title}*"
    return f"{card.SIGNS[state]} {title}{optional} — {state.value}"


@pytest.mark.parametrize("state", [state for state in STATES if state is not State.LOCKED], ids=lambda s: s.value)
def test_a_steps_title_and_its_state_word_stand_on_one_line(state: State) -> None:
    """With a sign before them, in the procedure's order; what is optional is called so at its title."""
    lines = lines_of(card.build(enrollment(state=state), NOW))

    found = [line for line in lines if line.startswith(f"{card.SIGNS[state]} ")]
    assert len(TITLES) == len(found)
    for line, spec in zip(found, PROCEDURE, strict=True):
        assert line.startswith(title_line(state, spec))


@EVERY_STATE
def test_the_text_alone_tells_every_step_and_its_state(state: State) -> None:
    """Notifications and screen readers see nothing else."""
    lines = card.build(enrollment(state=state), NOW).text.splitlines()

    finished = len(PROCEDURE) if state in (State.DONE, State.SKIPPED) else 0
    status = "completed" if finished else "active"
    assert f"Eco enrollment of Production (0000-0000-0001): {finished} of {len(PROCEDURE)} steps, {status}." in lines[0]
    word = "later" if state is State.LOCKED else state.value
    assert [f"{title}: {word}" for title in TITLES] == [line.split(" (")[0] for line in lines[1:]]
    about = {State.WAITING: "until", State.DUE: "since"}.get(state)
    assert about is None or all(f"{state.value} ({about} " in line for line in lines[1:])


def test_a_card_names_what_broke_in_aws() -> None:
    """While the enrollment is active."""
    broken = replace(enrollment(), aws_broken_at=NOW, aws_broken="Role for <Spot>")

    assert any(":warning: Trouble in AWS since" in line for line in lines_of(card.build(broken, NOW)))
    over = replace(broken, status=Status.CANCELLED)
    assert not any("Trouble in AWS" in line for line in lines_of(card.build(over, NOW)))


def test_the_bar_and_the_count_say_how_many_steps_are_over() -> None:
    """Done and skipped ones count."""
    half = enrollment(state=State.OPEN)
    for key, state in ((StepKey.SIGN_UP, State.DONE), (StepKey.FULL_ECO, State.SKIPPED)):
        half = half.with_step(key, state=state, finished_at=NOW, finished_by="U0ANA00001", reason="no")

    head = lines_of(card.build(half, NOW))[0]

    assert f"▰▰{'▱' * (len(PROCEDURE) - 2)}  *2 of {len(PROCEDURE)} steps* — active" in head


@pytest.mark.parametrize("state", OFFERED, ids=lambda state: state.value)
def test_a_card_offers_what_can_be_done_now(state: State) -> None:
    """Each button right below its step, with its words, its step in the value and for screen readers."""
    made = enrollment(state=state, number=42)
    blocks = card.build(made, NOW).blocks or []
    found: dict[StepKey, tuple[str, ...]] = {}
    key = None
    for block in blocks:
        if str(block.get("block_id", "")).startswith("step."):
            key = StepKey(block["block_id"].removeprefix("step."))
        for button in buttons(block):
            if button["action_id"].startswith("step."):
                assert key is not None
                assert f"42:{key}" == button["value"]
                assert f"{button['text']['text']}: {SPECS[key].title}" == button["accessibility_label"]
                found[key] = (*found.get(key, ()), button["text"]["text"])
        for menu in block["elements"] if block["type"] == "actions" else ():
            for option in menu.get("options", ()):
                assert key is not None
                assert f"42:{key}" == parse_option(option["value"])[1]
                found[key] = (*found[key], option["text"]["text"])

    waits = {spec.key for spec in PROCEDURE if spec.wait}
    expected = {key: labels for key, labels in OFFERED[state].items() if state is not State.DUE or key in waits}
    assert expected == {key: labels for key, labels in found.items() if state is not State.DUE or key in waits}


@pytest.mark.parametrize(
    ("state", "labels"),
    [
        (State.OPEN, ["Edit", "Cancel enrollment", "History", "Export", "More…"]),
        (State.DONE, ["Reopen a step…", "Edit", "Cancel enrollment", "History", "More…"]),
    ],
    ids=lambda value: value.value if isinstance(value, State) else "",
)
def test_a_menu_has_what_is_seldom_needed(state: State, labels: list[str]) -> None:
    """Its options name the enrollment; **Reopen a step…** is there once a step is finished."""
    built = card.build(enrollment(state=state, number=42), NOW).blocks or []

    (menu,) = [block["accessory"] for block in built if "accessory" in block]
    assert ("overflow", labels) == (menu["type"], [option["text"]["text"] for option in menu["options"]])
    assert {"42"} == {parse_option(option["value"])[1] for option in menu["options"]}


def test_a_reminders_text_alone_tells_step_and_state() -> None:
    """For every step that can wait, and for every one that can sit open."""
    for state, kind in ((State.OPEN, ReminderKind.OPEN), (State.DUE, ReminderKind.LATEST)):
        for spec in PROCEDURE:
            if state is State.OPEN or spec.wait:
                made = enrollment(state=state)
                said = notifications.reminder(due(made, spec.key, kind), NOW, [made.owner]).text.splitlines()[0]
                assert f"<@{made.owner}>: *{spec.title}* for *Production* (0000-0000-0001) " in said
                assert re.search(rf"\b{state.value}\b", said)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_no_name_breaks_the_line_of_a_step(name: str) -> None:
    """Whatever an account is called, the card keeps its shape."""
    plain, odd = card.build(enrollment(), NOW), card.build(enrollment(name), NOW)

    assert len(plain.text.splitlines()) == len(odd.text.splitlines())
    assert [block["type"] for block in plain.blocks or []] == [block["type"] for block in odd.blocks or []]


CLOSED = {
    "is_archived": ("(it is archived)", "or unarchive it."),
    "is_inactive": ("(it is archived)", "or unarchive it."),
    "not_in_channel": ("(I am not in it)", "or invite me there."),
    "channel_not_found": ("(it is gone, or I am not in it any more)", "or invite me there again."),
    "restricted_action_read_only_channel": (
        "(only some people may post there)",
        "or let me post there again.",
    ),
    "anything_new": ("Slack refuses it: anything_new", "or let me post there again."),
}


@pytest.mark.parametrize(("code", "says"), CLOSED.items())
def test_a_closed_channel_is_told_in_words_with_what_to_do(code: str, says: tuple[str, str]) -> None:
    """Slack's own word stands there only where there is no other."""
    said = notifications.closed_channel("C0PROGRESS", code, ["Production"]).text

    assert all(words in said for words in says)
    assert "as soon as I can" in said
