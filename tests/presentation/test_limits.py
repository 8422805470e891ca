"""Nothing that the bot builds is more than Slack takes, whatever people have entered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.enrollment import Enrollment, Event, EventKind, Reminder, ReminderKind, State, Status
from bot.domain.inputs import MAX_NAME, MAX_SENTENCE
from bot.domain.ticket_emails import Email, Obstacle
from bot.domain.workflow_requests import MOST_RULES
from bot.handlers import complete_step, correct, edit, email_ticket, start_enrollment
from bot.handlers.email_ticket import Asked
from bot.handlers.ticket_lists import CUSTOMERS, PAIRS
from bot.presentation import card, notifications, texts, ticket_wording
from tests.presentation.extremes import NAMES, NOW, STATES, enrollment
from tests.presentation.reading import check_message, check_modal
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE, SPECS

EXTREME = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
EVERY_STATE = pytest.mark.parametrize("state", STATES, ids=lambda state: state.value)
KINDS = tuple(ReminderKind)


@EXTREME
@EVERY_STATE
def test_the_card_fits(name: str, state: State) -> None:
    """In every state, with the longest lists, and when it was cancelled."""
    full = enrollment(name, state, big=True)

    check_message(card.build(full, NOW))
    check_message(card.build(full, NOW, by_email=True))
    check_message(card.build(replace(full, status=Status.CANCELLED, ended_at=NOW), NOW))


@EXTREME
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
def test_a_reminder_fits(name: str, kind: ReminderKind) -> None:
    """For every step in every state in which it can be due."""
    for state in (State.OPEN, State.WAITING, State.DUE):
        full = enrollment(name, state, big=True)
        for spec in PROCEDURE:
            if (kind is ReminderKind.OPEN) == (state is State.OPEN) and (state is State.OPEN or spec.wait):
                check_message(notifications.reminder(due(full, spec.key, kind), NOW, [full.owner]))


def due(enrollment: Enrollment, key: StepKey, kind: ReminderKind = ReminderKind.LATEST) -> notifications.Due:
    """A step that somebody has to be reminded of for the hundredth time."""
    return notifications.Due(enrollment, key, Reminder(103, kind, 99, NOW))


@EXTREME
def test_every_form_fits(name: str) -> None:
    """With everything that is recorded, and again with what was typed and a warning."""
    full = enrollment(name, State.OPEN, big=True)
    waiting, warnings = enrollment(name, State.WAITING, big=True), [f"“{name[:60]}” is not known."] * 3
    typed = {"names": f"{name}\n" * (2990 // (len(name) + 1)), "pairs": "x" * 3000, "customers": "y" * 3000}

    check_modal(start_enrollment.build({"account_name": name}, warnings))
    check_modal(edit.build(full))
    for form in (PAIRS, CUSTOMERS):
        check_modal(form.build(full))
        check_modal(form.build(full, typed, warnings))
    for spec in PROCEDURE:
        if spec.collects:
            check_modal(complete_step.build(full, spec.key, NOW))
            check_modal(complete_step.build(full, spec.key, NOW, typed, warnings))
        if spec.wait:
            check_modal(correct.build(waiting, spec.key))
            check_modal(correct.build(waiting, spec.key, typed, warnings))
        if spec.ticket is not None:
            address = "&" * 240 + "@acme.example"
            for reply_to in (address, ""):
                email = Email(address, address, reply_to, "&" * 150, ticket_wording.ticket(full, spec.key))
                typed, asked = {"reply_to": address}, Asked(warnings)
                check_modal(email_ticket.build(full, spec.key, (email,) * 9, asked, 9, typed, changed=True))


@pytest.mark.parametrize("length", [1, 2, 40, 200])
@pytest.mark.parametrize("count", [1, 100, 101, 150, 400, 2000])
@pytest.mark.parametrize("letter", ["a", "<", '"', "部"])
def test_a_list_form_fits_with_any_number_of_names(length: int, count: int, letter: str) -> None:
    """Known names are cut with a count; more than a menu can hold is removed by typing."""
    names = tuple(f"{letter * length}{n}"[-200:] for n in range(count))
    full = enrollment()
    full = replace(
        full,
        subsets=names,
        workflows=tuple(replace(acts_workflow, name=name) for name in names),
        pairs=tuple(replace(a_pair, subset=name, workflow=name) for name in names),
        customers=tuple(replace(a_customer, subset=name) for name in names),
    )

    for form in (PAIRS, CUSTOMERS):
        check_modal(form.build(full))
    for key in (StepKey.CREATE_SUBSETS, StepKey.CREATE_WORKFLOWS, StepKey.VALIDATE_WORKFLOWS):
        check_modal(complete_step.build(full, key, NOW))


_big = enrollment(big=True)
acts_workflow, a_pair, a_customer = _big.workflows[0], _big.pairs[0], _big.customers[0]


@EXTREME
@pytest.mark.parametrize("kind", EventKind, ids=lambda kind: kind.value)
def test_a_line_of_the_thread_fits(name: str, kind: EventKind) -> None:
    """With the longest sentences that people can write."""
    details: dict[str, object] = {
        "reason": "<" * MAX_SENTENCE,
        "count": 2000,
        "added": 2000,
        "removed": 2000,
        "validated": 3,
        "span": "1 week 2 days",
        "until": NOW.isoformat(),
        "latest": NOW.isoformat(),
        "on": "2026-11-20",
        "before": [spec.title for spec in PROCEDURE],
        "earliest": NOW.isoformat(),
        "ticket_number": "&" * 100,
        "to": "&" * 240 + "@acme.example",
        "reply_to": "&" * 240 + "@acme.example",
        "message_id": "0" * 60,
        "why": Obstacle.SANDBOX.value,
        "said": "<" * 300,
        "locked": [spec.title for spec in PROCEDURE],
        "at": "full_eco",
        "result": "1000 pass, 1000 fail, 1000 cannot tell",
        "failed": ["<" * 80] * 5,
        "more": 195,
        "files": 1_000_000,
        "first_at": NOW.isoformat(),
        "changed": {
            "account_name": ["&" * 80, "<" * 80],
            "spot_org_id": [None, "6" * 20],
            "owner": ["U0ANA00001", "U0BEN00001"],
            "collaborators": [[f"U{n:010}" for n in range(40)], []],
            "channel_id": ["C0ROLLOUT1", "C0FINOPS01"],
            "role_arn": ["arn:aws:iam::123456789012:role/" + "r" * 512] * 2,
            "bucket": [None, "b" * 63],
        },
        "from": "U0BEN00001",
        "ask": "U0BEN00001",
    }
    if kind is EventKind.CORRECTED:
        details["changed"] = [["ticket number", "&" * 100, "<" * 100], ["bucket", "", "b" * 63]]
    if kind is EventKind.POSTPONED:
        details |= {"until": "2026-12-09", "note": "<" * 200}
    if kind is EventKind.UNDONE:
        titles = [spec.title for spec in PROCEDURE]
        details = {"kind": "edited", "details": details, "by": "U0BEN00001", "now": {"open": titles, "locked": titles}}
    if kind in (EventKind.BLOCKED, EventKind.UNBLOCKED):
        details |= {"by": "customer", "why": "<" * 200}
    if kind in (EventKind.TARGET_SET, EventKind.NOTED):
        details |= {"target": "2026-12-03", "was": "2026-11-27", "note": "<" * MAX_SENTENCE}
    if kind is EventKind.WORKFLOW_DESCRIBED:
        details = {"workflow_name": "<" * MAX_NAME, "workflow_rules": "<" * MOST_RULES}
    if kind is EventKind.AWS_BROKE:
        details |= {"title": "<" * 80, "found": "<" * 180, "fix": "<" * 450, "others": ["<" * 80] * 2}
    if kind is EventKind.AWS_HEALED:
        details |= {"what": "; ".join(["<" * 80] * 5), "after": "12 hours"}
    if kind is EventKind.MOVED:  # titles of a procedure's steps: whoever runs the bot has written them
        titles = [f"{'w' * 73}<>"] * 40
        details = {"from": titles[0], "to": f"{titles[0]}!", **dict.fromkeys(("added", "removed", "reopened"), titles)}
        details["lost"] = ["&" * 40] * 40
    if kind is EventKind.ASSIGNED:
        details["to"] = "U0BEN00001"
    if kind is EventKind.USERS_MARKED:
        details |= {"marked": 2000, "value": True, "created": 5000, "count": 5000}
    if kind in (EventKind.USERS_MARKED, EventKind.PAIRS_CHANGED, EventKind.CUSTOMERS_CHANGED, EventKind.NAMES_CHANGED):
        lists = (StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS)
        details["unsent"] = [{"step": key, "lines": 5000, "becomes": "open"} for key in lists]
    step = StepKey.FULL_ECO if kind not in (EventKind.STARTED, EventKind.EDITED) else None

    said = texts.thread_line(enrollment(name, big=True), Event(kind, step, details), "U0ANA00001")

    assert 0 < len(said) <= 4000
    assert "\n" not in said, "one line for every change"


@pytest.mark.parametrize("why", Obstacle, ids=lambda why: why.value)
def test_every_reason_for_which_an_email_is_refused_has_its_sentence(why: Obstacle) -> None:
    """With what to do, and what the mail service said."""
    event = Event(EventKind.EMAIL_REFUSED, StepKey.ENABLE_SUBSETS, {"why": why.value, "said": "a <word>"})

    said = texts.thread_line(enrollment(), event, "U0ANA00001")

    assert said.startswith("<@U0ANA00001>'s email with the ticket for *Enable the Subsets feature* did not go out. ")
    assert said.endswith(" (a &lt;word&gt;).")


@EXTREME
@pytest.mark.parametrize("key", [spec.key for spec in PROCEDURE if spec.ticket], ids=str)
def test_a_ticket_file_has_every_line(name: str, key: StepKey) -> None:
    """However long: it is a file, and its comment is within a message's text."""
    full = enrollment(name, big=True)

    file_name, content, comment = notifications.ticket_file(full, key, ticket_wording.ticket(full, key), 2000)

    lines = {"associate_workflows": 2000 + 2, "associate_customers": 500 + 2}.get(key, 1)
    assert lines == len(content.splitlines())
    assert len(comment) <= 4000
    assert key in file_name
    assert "&lt;" not in content or "&lt;" in name


def test_a_closed_channels_note_fits() -> None:
    """However many enrollments are in it."""
    check_message(notifications.closed_channel("C0ROLLOUT1", "is_archived", [NAMES["escaped"]] * 300))


def test_every_title_and_every_label_is_within_a_buttons_limit() -> None:
    """Titles stand in modals' sentences and in options."""
    assert [] == [spec.title for spec in SPECS.values() if len(spec.title) > 75]
