"""German threads and direct messages: no English word is left in them, apart from names and words of products."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain import corrections, customer_users, details, lifecycle, snoozing, transitions, undo
from bot.domain.details import STORED
from bot.domain.enrollment import Change, Customer, Enrollment, Event, EventKind, Pair, State, Status
from bot.domain.inputs import format_account_id
from bot.domain.lifecycle import Position
from bot.domain.procedure import BUILT_IN, FOLDER
from bot.domain.procedure_change import move
from bot.domain.retold import retold, retold_day, retold_length
from bot.domain.step_spec import Procedure
from bot.domain.undo import LastChange
from bot.language.spoken import speaking
from bot.presentation import texts
from bot.template_check import sample_messages
from bot.template_check.sample_enrollments import USUAL as USUAL_WORDS
from bot.template_check.sample_enrollments import enrollment as made_up
from bot.template_check.sample_events import events
from tests.domain.building import DAY, HOUR, MATE, NOW, ORG, OWNER, POLICY, act, blank
from tests.support.steps import StepKey
from tests.support.words import english_left

#: What people typed, and what **Check AWS** counted, which is stored in English.
TYPED = re.compile(
    "|".join(map(re.escape, (USUAL_WORDS.sentence, USUAL_WORDS.name, format_account_id(USUAL_WORDS.name))))
    + r"|\d (pass|fail)"
)


class Thread:
    """An enrollment that people change, with the events of its thread: each event is stored as JSON, and read again."""

    def __init__(self) -> None:
        self.now = NOW
        self.told: list[tuple[Enrollment, Event]] = []
        self._before = self.enrollment = blank()

    def add(self, change: Change, after: timedelta = HOUR) -> None:
        """Take a change over."""
        self._before, self.enrollment = self.enrollment, change.enrollment
        for event in change.events:
            stored = json.loads(json.dumps(event.details))
            self.told.append((change.enrollment, Event(event.kind, event.step, stored)))
        self.now += after

    def act(self, key: StepKey, **given: Any) -> None:
        """Finish the act of a step."""
        self.add(act(self.enrollment, key, self.now, **given))

    def ready(self, key: StepKey, **given: Any) -> None:
        """Confirm a step a day later."""
        self.now += DAY
        self.add(transitions.confirm(self.enrollment, key, MATE, self.now, POLICY, **given))

    def do(self, transition: Callable[..., Change], *given: object) -> None:
        """Make any other change, by `(enrollment, *given, by, now, policy)`."""
        self.add(transition(self.enrollment, *given, MATE, self.now, POLICY))

    def undo(self) -> None:
        """Take the last change back."""
        last = LastChange(1, self.told[-1][1], MATE, self.now, 1, self._before)
        self.add(undo.undo(self.enrollment, last, OWNER, self.now, POLICY))

    def lines(self, language: str) -> list[str]:
        """What the thread says."""
        with speaking(language):
            return [texts.thread_line(about, event, MATE) for about, event in self.told]


def whole_thread() -> Thread:
    """From the start to the last step, with detours."""
    thread = Thread()
    thread.add(lifecycle.start(blank(spot_org_id=ORG), Position(StepKey.CONNECT_ACCOUNT), POLICY))
    given = dict.fromkeys((*STORED, details.NOTE)) | {details.ASSIGNEE: MATE, details.TARGET: "2026-03-20"}
    given |= {details.BLOCKED_BY: "support", details.BLOCKED_WHY: "4711", details.NOTE: "4712"}
    thread.do(details.change_details, StepKey.CONNECT_ACCOUNT, given)
    thread.do(snoozing.remind_later, StepKey.CONNECT_ACCOUNT, date(2026, 3, 9))
    thread.act(StepKey.CONNECT_ACCOUNT, bucket="b-1")
    thread.do(snoozing.still_waiting, StepKey.CONNECT_ACCOUNT, date(2026, 3, 10))
    thread.add(
        corrections.correct(thread.enrollment, "connect_account", MATE, thread.now, POLICY, {}, date(2026, 3, 3))
    )
    thread.do(corrections.take_back, StepKey.CONNECT_ACCOUNT)
    thread.undo()
    thread.ready(StepKey.CONNECT_ACCOUNT)
    thread.act(StepKey.FULL_ECO, call_date="2026-03-12")
    thread.act(StepKey.FULL_ECO, call_date="2026-03-05")
    thread.act(StepKey.ENABLE_SUBSETS)
    thread.add(
        corrections.correct(thread.enrollment, "enable_subsets", MATE, thread.now, POLICY, {"ticket_number": "4799"})
    )
    thread.ready(StepKey.ENABLE_SUBSETS)
    thread.do(transitions.reopen, StepKey.ENABLE_SUBSETS)
    thread.act(StepKey.ENABLE_SUBSETS)
    thread.ready(StepKey.ENABLE_SUBSETS)
    thread.act(StepKey.CREATE_SUBSETS)
    thread.act(StepKey.CREATE_WORKFLOWS)
    thread.act(StepKey.VALIDATE_WORKFLOWS, validated=frozenset(("Standard",)))
    thread.act(StepKey.VALIDATE_WORKFLOWS)
    thread.do(lifecycle.change_pairs, [Pair("Prod", "Standard")], frozenset())
    thread.act(StepKey.ASSOCIATE_WORKFLOWS)
    thread.do(lifecycle.change_pairs, [Pair("Test", "Reseller")], frozenset())
    thread.ready(StepKey.ASSOCIATE_WORKFLOWS)
    thread.act(StepKey.ASSOCIATE_WORKFLOWS)
    thread.do(lifecycle.cancel, "4713")
    thread.do(lifecycle.resume)
    thread.ready(StepKey.ASSOCIATE_WORKFLOWS)
    customer = Customer("Prod", "console@customer.example", "707070707070")
    thread.do(lifecycle.change_customers, [customer], frozenset())
    thread.act(StepKey.ASSOCIATE_CUSTOMERS)
    thread.ready(StepKey.ASSOCIATE_CUSTOMERS, users=False)
    thread.do(customer_users.mark, [customer], True)
    thread.ready(StepKey.FULL_ECO)
    return thread


def test_the_thread_of_a_whole_enrollment_is_german() -> None:
    """Words that its events have stored in English, such as titles of steps, are told in German, too."""
    thread = whole_thread()
    assert thread.enrollment.status is Status.COMPLETED
    kinds = {event.kind for _, event in thread.told}
    assert kinds >= {EventKind.STARTED, EventKind.UNDONE, EventKind.CORRECTED, EventKind.REOPENED, EventKind.COMPLETED}
    german, english = thread.lines("de"), thread.lines("en")

    assert [] == list(_left(german, english))
    assert (
        f"<@{MATE}> hat *Subsets freischalten* wieder geöffnet. Wieder gesperrt: Subsets anlegen, "
        "Billing-Workflows anlegen." in german
    )
    assert any("korrigiert: Tag Mi., 4. März → Di., 3. März." in line for line in german)


def procedures() -> list[Procedure]:
    """Those that have German phrases of their own."""
    return [each for each in BUILT_IN if (FOLDER / "de" / f"{each.key}.toml").exists()]


@pytest.mark.parametrize("procedure", procedures(), ids=lambda each: each.key)
def test_every_kind_of_line_is_german(procedure: Procedure) -> None:
    """With little and with all that it can tell."""
    made = made_up(procedure, State.OPEN, USUAL_WORDS, full=True)
    lines = []
    for language in ("de", "en"):
        with speaking(language):
            lines.append([texts.thread_line(made, event, MATE) for event in events(made, USUAL_WORDS)])

    assert [] == list(_left(*lines))


def test_every_direct_message_is_german() -> None:
    """With the words of a bulk start, and those of its buttons."""
    said = []
    for language in ("de", "en"):
        with speaking(language):
            made = [*sample_messages._direct(USUAL_WORDS), *sample_messages._bulk(USUAL_WORDS)]
            said.append([" ".join(_shown(each.blocks)) for each in made])

    assert [] == list(_left(*said))


def test_what_a_move_stored_is_told_in_german() -> None:
    """Titles of procedures and steps, and values that are lost with their steps."""
    before = whole_thread().enrollment
    target = next(each for each in BUILT_IN if each.key == "aws-member-account")
    change = move(before, target, MATE, NOW, POLICY).change
    with speaking("de"):
        said = texts.thread_line(change.enrollment, change.events[0], MATE)
        assert said.startswith(f"<@{MATE}> hat dieses Enrollment von *AWS Management Account* auf *")
        assert "Nicht mehr nötig: Full Eco: Strategiegespräch und Ramp-up, Subsets freischalten, " in said
        assert "Ticketnummer von „Subsets freischalten“, " in said
        assert "Bucket von „Management Account verbinden“" == retold("bucket of “Connect the management account”")
        assert "Nobody's title" == retold("Nobody's title")
    assert "Create subsets" == retold("Create subsets")


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("Mon, Nov 30", "Mo., 30. Nov"),
        ("Tue, Feb 29", "Di., 29. Feb"),
        ("Tue, Jan 5, 2027", "Di., 5. Jan. 2027"),
        ("Mon, Jan 5, 2027", "Mon, Jan 5, 2027"),  # a Tuesday
        ("Mon, Feb 30", "Mon, Feb 30"),
        ("4711", "4711"),
        ("", ""),
    ],
)
def test_stored_days_are_german(stored: str, told: str) -> None:
    """In English they stay; what is no day stays, too."""
    assert stored == retold_day(stored)
    with speaking("de"):
        assert told == retold_day(stored)


def test_stored_lengths_are_german() -> None:
    """As events tell how long something took."""
    with speaking("de"):
        told = [retold_length(each) for each in ("1 week 3 days", "12 hours", "less than an hour", "soon")]
    assert ["1 Woche 3 Tage", "12 Stunden", "weniger als eine Stunde", "soon"] == told


def _shown(element: object) -> Iterator[str]:
    """The texts of blocks."""
    if isinstance(element, dict):
        if isinstance(element.get("text"), str):
            yield element["text"]
        element = list(element.values())
    for each in element if isinstance(element, list) else ():
        yield from _shown(each)


def _left(german: list[str], english: list[str]) -> Iterator[tuple[list[str], str]]:
    """The English words that are left, with their line."""
    for line, told in zip(german, english, strict=True):
        if left := english_left(TYPED.sub("", line), TYPED.sub("", told)):
            yield left, line
