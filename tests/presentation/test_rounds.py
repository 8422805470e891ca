"""Reminders of a channel said together: one line an enrollment, each person mentioned once, within Slack's limits."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.domain.enrollment import Enrollment, Reminder, ReminderKind, State
from bot.presentation import rounds
from bot.presentation.card import Message
from bot.presentation.notifications import Due
from tests.presentation.extremes import NAMES, NOW, enrollment
from tests.presentation.reading import buttons, check_message, mrkdwn, owner_of
from tests.support.steps import StepKey

OWNERS = ("U0ANA", "U0BEN", "U0CHI")


def due(number: int, name: str, key: StepKey = StepKey.CONNECT_ACCOUNT, owner: str = "U0ANA") -> Due:
    """A step that somebody is reminded of."""
    made = enrollment(name, State.DUE, number=number)
    made = made.with_step(key, snooze_note=None)  # an extremely long one would leave room for few
    return Due(with_owner(made, owner), key, Reminder(3, ReminderKind.LATEST, 0, NOW))


def with_owner(made: Enrollment, owner: str) -> Enrollment:
    """The same enrollment, owned by somebody else."""
    return replace(made, owner=owner)


def build(items: Sequence[Due], *, late: bool = False) -> Message:
    """The message for these reminders; every card is posted."""
    links = {item.enrollment.id: f"https://acme.slack.com/archives/C1/p{item.enrollment.id}" for item in items}
    return rounds.build(items, NOW, 7, owner_of, lambda user: user.title(), links, late=late)


def test_each_owner_is_mentioned_once_above_their_enrollments() -> None:
    """However many reminders and owners there are; each line links to its card."""
    items = [due(n, f"Account {n:02}", owner=OWNERS[n % 3]) for n in range(1, 13)]

    message = build(items)

    said = "\n".join(mrkdwn(message.blocks))
    assert [1, 1, 1] == [said.count(f"<@{owner}>") for owner in OWNERS]
    assert [1] * 12 == [said.count(f"|Account {n:02}>*: Connect the management account") for n in range(1, 13)]
    assert said.count("<https://acme.slack.com/archives/") == 12
    assert "<https" not in message.text
    assert [f"Account {n:02}" in message.text for n in range(1, 13)] == [True] * 12


def test_a_step_with_nothing_but_seldom_actions_has_its_menu() -> None:
    """A ticket that cannot be written yet: an empty row of buttons would make Slack refuse the blocks."""
    made = replace(enrollment(state=State.OPEN), id=1).with_shared({"spot_org_id": None})

    message = build([Due(made, StepKey.ENABLE_SUBSETS, Reminder(3, ReminderKind.OPEN, 0, NOW))])

    check_message(message)
    rows = [block["elements"] for block in message.blocks or [] if block["type"] == "actions"]
    assert ["overflow", "button"] == [row[0]["type"] for row in rows]


def test_several_steps_of_an_enrollment_share_a_line() -> None:
    """One line an enrollment, with all of its steps."""
    items = [due(1, "Acme", key) for key in (StepKey.CONNECT_ACCOUNT, StepKey.ENABLE_SUBSETS)]

    message = build(items)

    assert 1 == message.text.count("• *Acme*")
    assert "Connect the management account (due since" in message.text
    assert "Enable the Subsets feature (due since" in message.text


@pytest.mark.parametrize(("count", "own"), [(2, True), (5, True), (6, False), (12, False)])
def test_up_to_five_enrollments_carry_their_own_buttons(count: int, own: bool) -> None:
    """More are answered in the modal that the last button opens."""
    message = build([due(n, f"Account {n}") for n in range(1, count + 1)])

    found = list(buttons(message.blocks))
    assert own == any(button["action_id"].startswith("step.") for button in found)
    assert (rounds.ANSWER, "7", "Answer") == (found[-1]["action_id"], found[-1]["value"], found[-1]["text"]["text"])


@pytest.mark.parametrize("count", [2, 5, 6, 200, 500])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_round_fits(name: str, count: int) -> None:
    """All blocks together take fewer than 12,000 characters; what is left out is counted truthfully."""
    message = build([due(n, name, owner=f"U{n:010}") for n in range(1, count + 1)])

    check_message(message)
    assert len(json.dumps(message.blocks, separators=(",", ":"))) < 12_000
    said = "\n".join(mrkdwn(message.blocks))
    shown = said.count("• *")
    assert shown == count or f"And {count - shown} more" in said or f"{count} in all" in said


def test_it_says_when_it_comes_late() -> None:
    """After downtime, the same message begins with the reason."""
    assert build([due(1, "A"), due(2, "B")], late=True).text.startswith("*While I couldn't post here, these came due:*")
    assert build([due(1, "A"), due(2, "B")]).text.startswith("*Needs an answer*")
