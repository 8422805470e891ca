"""Details of a step where people read them: assignee, target date, block and the last note."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.contacts import Asked
from bot.domain.digest_contents import compose
from bot.domain.enrollment import Enrollment, Event, EventKind, Reminder, ReminderKind, State
from bot.handlers import details
from bot.presentation import card, digest, notifications, rounds, texts
from bot.presentation.card import Message
from tests.domain.building import POLICY
from tests.presentation.extremes import NAMES, NOW, STATES, enrollment
from tests.presentation.reading import check_message, check_modal, lines_of, mrkdwn
from tests.presentation.test_short_card import halfway, lines_on_a_phone
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE, SPECS

ASSIGNEE, OWNER, BEN = "U0ASSIGNEE1", "U0OWNER00001", "U0BEN00001"
TODAY, DAY = NOW.date(), timedelta(days=1)
#: A step that is due, one that is open and one that waits in an enrollment that is half-way.
DUE, OPEN, WAITING = StepKey.ENABLE_SUBSETS, StepKey.CREATE_WORKFLOWS, StepKey.FULL_ECO
EACH = pytest.mark.parametrize("key", [DUE, OPEN, WAITING])
LONGEST: dict[str, Any] = {
    "assignee": ASSIGNEE,
    "target": TODAY - 400 * DAY,
    "blocked_by": "customer",
    "blocked_why": "<" * 200,
    "blocked_at": NOW - DAY,
    "note": "<" * 500,
    "noted_by": BEN,
    "noted_at": NOW,
}
SHORT = LONGEST | {"target": TODAY + 8 * DAY, "blocked_why": "no <quota> yet", "note": "see ticket 7"}


def detailed(key: StepKey, **changed: Any) -> Enrollment:
    """An enrollment that is half-way, with details on one of its steps and short notes."""
    return halfway().with_step(key, snooze_note=None, **SHORT | changed)


def at_their_longest(made: Enrollment) -> Enrollment:
    """The same enrollment with the longest details on each step."""
    return replace(made, steps=tuple(replace(step, **LONGEST) for step in made.steps))


def section(message: Message, key: StepKey) -> str:
    """The part of a card about a step."""
    (block,) = [each for each in message.blocks or () if each.get("block_id") == f"step.{key}"]
    return str(block["text"]["text"])


@EACH
def test_the_card_shows_the_details_of_a_step(key: StepKey) -> None:
    """Who acts, what blocks it and since when, by when it should be done, and the last note with who and when."""
    said = section(card.build(detailed(key), NOW), key)

    head, *rest = said.splitlines()
    assert ", blocked by the end customer, target Dec 3" in head
    assert f"<@{ASSIGNEE}>" in head
    assert f"<@{OWNER}>" not in said
    assert any(line.startswith(":no_entry: Blocked since ") and "no &lt;quota&gt; yet" in line for line in rest)
    assert any(line.startswith(f":memo: <@{BEN}>, ") and line.endswith(": see ticket 7") for line in rest)
    assert "\n\n" not in said


@EACH
def test_the_text_of_the_card_says_it_too(key: StepKey) -> None:
    """For notifications and screen readers, on the step's own line."""
    (line,) = [line for line in card.build(detailed(key), NOW).text.splitlines() if line.startswith(SPECS[key].title)]

    assert f"assigned to <@{ASSIGNEE}>, blocked by the end customer, target Dec 3" in line


TARGETS = {
    TODAY + 8 * DAY: "target Dec 3",
    TODAY: "target Nov 25",
    TODAY - DAY: "target passed on Nov 24",
    TODAY - 300 * DAY: "target passed on Jan 29, 2026",
}


@pytest.mark.parametrize(("target", "words"), TARGETS.items())
def test_a_target_date_is_told_as_a_day_that_is_to_come_or_has_passed(target: Any, words: str) -> None:
    """The day itself has not passed; the owner's zone says which day is today."""
    assert f"— open, {words}" in section(card.build(halfway().with_step(OPEN, target=target), NOW), OPEN)


def test_a_step_that_is_over_or_locked_shows_none_of_it() -> None:
    """They are in its history."""
    for state in (State.DONE, State.SKIPPED, State.LOCKED):
        message = card.build(at_their_longest(enrollment(state=state)), NOW)
        said = "\n".join(lines_of(message)) + message.text
        assert not any(word in said for word in ("blocked", "target", ASSIGNEE, ":memo:"))


def test_a_card_with_details_is_short_on_a_phone() -> None:
    """Five steps done and one with everything: still at most 25 lines."""
    made = enrollment(state=State.LOCKED)
    for spec in PROCEDURE[:5]:
        made = made.with_step(spec.key, state=State.DONE, finished_at=NOW, finished_by=BEN)
    made = made.with_step(PROCEDURE[5].key, state=State.OPEN, since=NOW, **SHORT)

    assert lines_on_a_phone(card.build(made, NOW).blocks or []) <= 25


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.value)
def test_everything_fits_with_the_longest_details(name: str, state: State) -> None:
    """Card, reminders of each kind, rounds and digest, and the form; rows of the home tab are tested with others."""
    full = at_their_longest(enrollment(name, state, big=True))
    check_message(card.build(full, NOW))
    contents = compose([full], NOW, POLICY, lambda *_: (ASSIGNEE,))
    check_message(digest.build(contents, str))
    asked = {State.OPEN: (ReminderKind.OPEN, ReminderKind.TARGET), State.WAITING: tuple(ReminderKind)[1:]}
    kinds = asked.get(State.WAITING if state is State.DUE else state, ())
    steps = [spec for spec in PROCEDURE if spec.wait or state is State.OPEN]
    items = [notifications.Due(full, spec.key, Reminder(3, kind, 1, NOW)) for kind in kinds for spec in steps]
    for item in items:
        check_message(notifications.reminder(item, NOW, [ASSIGNEE]))
    check_message(rounds.build(items[:9], NOW, 7, lambda *_: Asked((ASSIGNEE,), (ASSIGNEE,)), str, {}))
    if state is State.OPEN:
        check_modal(details.build(full, OPEN))
        check_modal(details.build(full, OPEN, {"note": "x" * 500}, ["somebody was faster"] * 4))


def reminder(
    made: Enrollment, key: StepKey, kind: ReminderKind, whom: tuple[str, ...] = (ASSIGNEE,), *, left: bool = False
) -> str:
    """A reminder of a step; `left`: its assignee has left Slack."""
    due = notifications.Due(made, key, Reminder(3, kind, 0, NOW))
    return notifications.reminder(due, NOW, whom, asked=Asked(whom, whom, assignee_left=left)).text


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (OPEN, ReminderKind.OPEN),
        (OPEN, ReminderKind.TARGET),
        (DUE, ReminderKind.LATEST),
        (DUE, ReminderKind.TARGET),
        (WAITING, ReminderKind.EARLIEST),
        (WAITING, ReminderKind.SNOOZED),
        (WAITING, ReminderKind.TARGET),
    ],
)
def test_each_reminder_says_that_a_step_is_blocked_and_its_last_note(key: StepKey, kind: ReminderKind) -> None:
    """And its target date, to the assignee instead of the owner."""
    said = reminder(detailed(key), key, kind)

    assert said.startswith(f"<@{ASSIGNEE}>: ")
    assert f"<@{OWNER}>" not in said
    assert ":no_entry: Blocked by the end customer since " in said
    assert "no &lt;quota&gt; yet" in said
    assert f":memo: <@{BEN}>, " in said
    assert "target Dec 3" in said or "to be done by Thu, Dec 3" in said


def test_a_reminder_of_a_target_says_which_day_it_is() -> None:
    """That day, later, and earlier where somebody has moved the date since; without a date it asks as it would have."""
    said = {days: reminder(detailed(OPEN, target=TODAY + days * DAY), OPEN, ReminderKind.TARGET) for days in (-1, 0, 8)}

    assert "was to be done by Tue, Nov 24, and is still open." in said[-1]
    assert "is to be done by today, Wed, Nov 25, and is still open." in said[0]
    assert "is to be done by Thu, Dec 3, and is still open." in said[8]
    assert "has been open since" in reminder(detailed(OPEN, target=None), OPEN, ReminderKind.TARGET)
    assert "is still waiting." in reminder(detailed(WAITING, target=None), WAITING, ReminderKind.TARGET)


def test_the_owner_who_is_asked_for_an_assignee_is_told_why() -> None:
    """The assignee has left Slack."""
    said = reminder(detailed(OPEN), OPEN, ReminderKind.OPEN, (OWNER,), left=True)

    assert f"<@{OWNER}> (<@{ASSIGNEE}>, to whom this is assigned, has left Slack: choose somebody else" in said
    assert "the owner" not in said


def in_digest(made: Enrollment, whom: dict[StepKey, str]) -> list[str]:
    """The lines of a digest, in which these people are asked about steps and the owner about the others."""
    contents = compose([made], NOW, POLICY, lambda _, step: (whom.get(StepKey(step.key), OWNER),))
    return "\n".join(mrkdwn(digest.build(contents, lambda user: f"name-{user}").blocks)).splitlines()


def test_a_digest_asks_each_assignee_about_their_steps() -> None:
    """An enrollment has a line for the owner and one for the assignee, each below whom it asks."""
    lines = in_digest(detailed(OPEN), {OPEN: ASSIGNEE})

    theirs, owners = (next(n for n, line in enumerate(lines) if SPECS[key].title in line) for key in (OPEN, DUE))
    assert (f"<@{ASSIGNEE}>", f"<@{OWNER}>") == (lines[theirs - 1], lines[owners - 1])
    assert "blocked by the end customer, target Dec 3); blocked: no &lt;quota&gt; yet; “see" in lines[theirs]
    assert f"” (name-{BEN}, " in lines[theirs]


def test_a_digest_says_that_an_assignee_has_left_slack() -> None:
    """The owner, who is asked, can choose somebody else."""
    (line,) = [line for line in in_digest(detailed(OPEN), {}) if SPECS[OPEN].title in line]

    assert f"its assignee name-{ASSIGNEE} has left Slack" in line


def test_a_digest_tells_the_details_of_what_waits_and_asks_when_the_target_has_come() -> None:
    """Before its target a wait stands below Waiting, with the name of its assignee; from that day on it needs one."""
    before, after = (in_digest(detailed(WAITING, target=TODAY + days * DAY), {}) for days in (8, 0))

    (line,) = [line for line in before if SPECS[WAITING].title in line]
    assert "is waiting for Spot" in line
    assert f", assigned to name-{ASSIGNEE}, blocked by the end customer, target Dec 3; blocked: " in line
    (line,) = [line for line in after if f"{SPECS[WAITING].title} (waiting until " in line]
    assert "target Nov 25" in line


LINES = {
    "assigned": (EventKind.ASSIGNED, {"to": ASSIGNEE, "from": None}, f"asked <@{ASSIGNEE}> to do *X*."),
    "assigned anew": (
        EventKind.ASSIGNED,
        {"to": ASSIGNEE, "from": "U0DEV"},
        f"asked <@{ASSIGNEE}> to do *X* instead of <@U0DEV>.",
    ),
    "taken on": (EventKind.ASSIGNED, {"to": BEN, "from": None}, "took on *X*."),
    "given back": (EventKind.ASSIGNED, {"to": None, "from": BEN}, f"gave *X* back to the owner, <@{OWNER}>."),
    "a target": (
        EventKind.TARGET_SET,
        {"target": "2026-12-03", "was": None},
        "set the target date of *X* to Thu, Dec 3.",
    ),
    "another target": (
        EventKind.TARGET_SET,
        {"target": "2026-12-03", "was": "2026-11-27"},
        "moved the target date of *X* from Fri, Nov 27 to Thu, Dec 3.",
    ),
    "no target": (
        EventKind.TARGET_SET,
        {"target": None, "was": "2026-11-27"},
        "removed the target date of *X* (Fri, Nov 27).",
    ),
    "a block": (EventKind.BLOCKED, {"by": "aws", "why": "no <quota>"}, ": *X* is blocked by AWS. no &lt;quota&gt;"),
    "no block": (EventKind.UNBLOCKED, {"by": "us"}, ": *X* is no longer blocked by us."),
    "a note": (EventKind.NOTED, {"note": "ask <Bo>"}, " on *X*: ask &lt;Bo&gt;"),
}


@pytest.mark.parametrize(("kind", "told", "words"), LINES.values(), ids=LINES)
def test_the_thread_has_a_sentence_for_each_change(kind: EventKind, told: dict[str, object], words: str) -> None:
    """With who did it, and what it was before."""
    line = texts.thread_line(halfway(), Event(kind, OPEN, told), BEN)

    between = "" if words.startswith((":", " ")) else " "
    assert line == f"<@{BEN}>{between}{words.replace('*X*', '*Create billing workflows*')}"
