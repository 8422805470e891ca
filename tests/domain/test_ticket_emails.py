"""Tickets by email as values: a subject that is one line, warnings to confirm, what each outcome changes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.enrollment import EventKind, State
from bot.domain.errors import InvalidInput, StepConflict
from bot.domain.lifecycle import cancel
from bot.domain.ticket_emails import (
    Attempt,
    Email,
    Outcome,
    Part,
    emailed,
    going,
    in_question,
    parse_reply_to,
    subject_line,
    warnings,
)
from bot.domain.transitions import skip
from bot.presentation import texts
from tests.domain.building import HOUR, MATE, NOW, ORG, OWNER, POLICY, acted, opened, started
from tests.support.steps import StepKey

ENABLE = StepKey.ENABLE_SUBSETS
EMAIL = Email("bot@acme.example", "support@spot.example", "ana@acme.example", "A subject", "A text\n")


#: The parts of a ticket that does not fit into one email.
PARTS = [replace(EMAIL, text=f"Part {number}") for number in (1, 2, 3)]


def tried(part: int, outcome: Outcome) -> Attempt:
    """An attempt to send one of the parts."""
    return Attempt(MATE, NOW, outcome, PARTS[part].text_hash)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Enable the Subsets feature", "Enable the Subsets feature"),
        ("a\r\nBcc: everybody@acme.example", "a Bcc: everybody@acme.example"),
        ("a\u2028b\x85c\x00d\u202ee", "a b c d e"),
        ("  Zoë   部門 \t 👩 ", "Zoë 部門 👩"),
        ("w" * 500, "w" * 149 + "…"),
    ],
    ids=["plain", "another header", "odd line ends", "any script", "too long"],
)
def test_a_subject_is_one_line(words: str, expected: str) -> None:
    """Whatever an account is called, it begins no other header."""
    assert expected == subject_line(words)


def test_an_address_for_answers_is_one_that_ses_takes() -> None:
    """Slack's own link to an address is taken apart; letters beyond ASCII are refused with a sentence."""
    assert "ana@acme.example" == parse_reply_to("<mailto:ana@acme.example|ana@acme.example>")
    for text in ("", "ana", "zoë@acme.example", "a@b.example\nBcc: c@d.example"):
        with pytest.raises(InvalidInput):
            parse_reply_to(text)


@pytest.mark.parametrize("field", ["sender", "to", "subject", "text"])
def test_the_digest_tells_what_a_person_has_read(field: str) -> None:
    """Each part of it; where the answer goes may be typed afterwards."""
    values = {name: getattr(EMAIL, name) for name in Email.__slots__}

    assert EMAIL.digest != Email(**values | {field: "else"}).digest
    assert EMAIL.digest == Email(**values | {"reply_to": "else@acme.example"}).digest


def test_nothing_is_asked_about_a_first_email_or_one_that_was_not_sent() -> None:
    """There is no doubt."""
    enrollment = opened(ENABLE)

    assert [] == warnings(enrollment, [])
    assert [] == warnings(enrollment, [Attempt(MATE, NOW, Outcome.NOT_SENT)])


def test_every_doubt_is_asked_about_with_its_last_moment() -> None:
    """In the owner's time zone; a later refusal does not make an unknown outcome known."""
    enrollment = opened(ENABLE, owner_zone="Asia/Kolkata")
    attempts = [
        Attempt(MATE, NOW, Outcome.UNKNOWN),
        Attempt(OWNER, NOW + HOUR, Outcome.UNKNOWN),
        Attempt(OWNER, NOW + 2 * HOUR, Outcome.SENT),
        Attempt(OWNER, NOW + 3 * HOUR, Outcome.NOT_SENT),
    ]

    unknown, sent = warnings(enrollment, attempts)

    assert "may have gone out on Wed, Mar 4 at 16:30 (Asia/Kolkata)" in unknown
    assert "This ticket already went out by email on Wed, Mar 4 at 17:30 (Asia/Kolkata)." == sent


def test_only_the_parts_that_were_not_sent_go_out_again() -> None:
    """All of them, if every part was sent and somebody sends the ticket once more."""
    assert (0, 1, 2) == going(PARTS, [])
    assert (1, 2) == going(PARTS, [tried(0, Outcome.SENT), tried(1, Outcome.UNKNOWN), tried(2, Outcome.NOT_SENT)])
    assert (0, 1, 2) == going(PARTS, [tried(number, Outcome.SENT) for number in range(3)])


def test_nobody_is_asked_about_a_part_that_was_sent_where_only_the_others_go_out() -> None:
    """A part in doubt is asked about, and so is a ticket with another text."""
    sent, doubt = tried(0, Outcome.SENT), tried(1, Outcome.UNKNOWN)
    other = replace(sent, text_hash=EMAIL.text_hash)
    all_sent = [tried(number, Outcome.SENT) for number in range(3)]

    assert [doubt, other] == in_question(PARTS, [sent, doubt, other])
    assert all_sent == in_question(PARTS, all_sent)
    assert [other] == in_question(PARTS, [other])


def test_an_email_that_is_underway_is_the_end_of_it() -> None:
    """Whoever comes second is told by whom."""
    with pytest.raises(StepConflict, match=f"<@{MATE}> already sent this ticket by email"):
        warnings(opened(ENABLE), [Attempt(MATE, NOW, Outcome.UNDERWAY)])


def test_an_accepted_email_finishes_the_act_in_one_event() -> None:
    """By who asked for it, from that moment on, with the message ID in the place of a number."""
    at = NOW + timedelta(minutes=7)

    change = emailed(opened(ENABLE), ENABLE, EMAIL, "0100-1", MATE, at, POLICY)

    step = change.enrollment.step(ENABLE)
    assert (State.WAITING, MATE, at, at) == (step.state, step.acted_by, step.acted_at, step.window_start)
    assert "by email (message ID 0100-1)" == step.values["ticket_number"]
    [event] = change.events
    assert (EventKind.EMAILED, ENABLE, MATE, at) == (event.kind, event.step, change.by, change.at)
    sent = {"to": EMAIL.to, "reply_to": EMAIL.reply_to, "from": EMAIL.sender, "subject": EMAIL.subject}
    told = {**sent, "message_id": "0100-1", "stays": ""}
    assert told == {name: event.details[name] for name in told}
    assert step.latest is not None
    assert step.latest.isoformat() == event.details["latest"]


def test_an_accepted_email_is_recorded_as_sent_whatever_its_ticket_lacks_by_now() -> None:
    """All pairs were removed while it was on its way: support has the ticket, so the wait runs."""
    before = replace(opened(StepKey.ASSOCIATE_WORKFLOWS), pairs=())

    change = emailed(before, StepKey.ASSOCIATE_WORKFLOWS, EMAIL, "0100-1", MATE, NOW, POLICY)

    step = change.enrollment.step(StepKey.ASSOCIATE_WORKFLOWS)
    assert (State.WAITING, MATE, NOW) == (step.state, step.acted_by, step.acted_at)
    assert "0100-1" in step.values["ticket_number"]
    [event] = change.events
    assert step.latest.isoformat() == event.details["latest"]


def test_a_part_before_the_last_one_changes_nothing_but_is_told() -> None:
    """The thread says which part it was; the step is not marked before the last one, and nobody had marked it."""
    before = opened(ENABLE)

    change = emailed(before, ENABLE, EMAIL, "0100-1", MATE, NOW, POLICY, Part(1, 2, last=False))

    assert (before, MATE, NOW) == (change.enrollment, change.by, change.at)
    [event] = change.events
    sent = {"to": EMAIL.to, "reply_to": EMAIL.reply_to, "from": EMAIL.sender, "subject": EMAIL.subject}
    part = {"message_id": "0100-1", "part": 1, "parts": 2, "stays": ""}
    assert (EventKind.EMAILED, ENABLE, sent | part) == (event.kind, event.step, event.details)
    said = texts.thread_line(before, event, MATE)
    assert "sent part 1 of 2 of the ticket for *Enable the Subsets feature* by email" in said
    assert said.endswith("Replies go to ana@acme.example (message ID 0100-1).")


def test_a_ticket_besides_the_steps_own_completes_nothing() -> None:
    """Somebody may ask for a custom billing workflow while the step is open."""
    before = opened(StepKey.CREATE_WORKFLOWS)

    change = emailed(before, StepKey.CREATE_WORKFLOWS, EMAIL, "0100-1", MATE, NOW, POLICY)

    assert before == change.enrollment
    assert [(EventKind.EMAILED, "")] == [(event.kind, event.details["stays"]) for event in change.events]


def test_the_last_part_finishes_the_act() -> None:
    """Its message ID stands for the whole ticket."""
    change = emailed(opened(ENABLE), ENABLE, EMAIL, "0100-2", MATE, NOW, POLICY, Part(2, 2, attempt=2))

    step = change.enrollment.step(ENABLE)
    assert (State.WAITING, "by email in 2 parts (last message ID 0100-2)") == (step.state, step.values["ticket_number"])
    assert (2, 2, "") == tuple(change.events[0].details[name] for name in ("part", "parts", "stays"))


@pytest.mark.parametrize("case", ["marked", "locked", "skipped", "cancelled"])
def test_an_accepted_email_is_told_also_where_the_step_cannot_be_marked_any_more(case: str) -> None:
    """The event is kept and says why the step stays as it is; nothing else changes."""
    key = StepKey.ASSOCIATE_WORKFLOWS if case == "skipped" else ENABLE
    before = {
        "marked": lambda: acted(opened(ENABLE), ENABLE, ticket_number="4711"),
        "locked": lambda: started(spot_org_id=ORG),
        "skipped": lambda: skip(opened(key), key, "no need", MATE, NOW, POLICY).enrollment,
        "cancelled": lambda: cancel(opened(ENABLE), "a mistake", MATE, NOW, POLICY).enrollment,
    }[case]()

    change = emailed(before, key, EMAIL, "0100-1", MATE, NOW, POLICY)

    assert (before, MATE, NOW) == (change.enrollment, change.by, change.at)
    assert [(EventKind.EMAILED, key, None)] == [(e.kind, e.step, e.details.get("latest")) for e in change.events]
    [event] = change.events
    said = {"marked": "marked the step before", "locked": "locked again by then"} | {
        "skipped": "skipped the step before",
        "cancelled": "enrollment had been cancelled",
    }
    assert said[case] in texts.thread_line(before, event, MATE)
