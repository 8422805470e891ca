"""Made-up enrollments of every procedure, in every state, with ordinary words or with confusing ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from bot.domain.contacts import Absence
from bot.domain.enrollment import (
    BillingWorkflow,
    Customer,
    Enrollment,
    ListTicket,
    Pair,
    Reminder,
    ReminderKind,
    State,
    Status,
    Step,
    SubsetAccount,
)
from bot.domain.party_people import PartyPerson
from bot.domain.procedure import BUILT_IN
from bot.domain.step_spec import Procedure, StepSpec

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
TODAY, DAY = NOW.date(), timedelta(days=1)
OWNER, MATE, OTHER = "U0OWNER0001", "U0MATE00001", "U0OTHER0001"
CHANNEL = "C0ROLLOUT01"
#: What means something in Slack's notation, and to a template.
HOSTILE = "<!channel> & <@U0EVE00001> *b* {{ 7*7 }} {% for x in y %} \"two\" 'one' " + "x" * 30
AWAY = Absence(OWNER, MATE, TODAY + 7 * DAY, NOW + 7 * DAY)

#: State of some steps -> the state of the others, where that is not done.
_OTHERS = {State.LOCKED: State.LOCKED, State.SKIPPED: State.SKIPPED}
_VALUES = {
    "ticket_numbers": "4711",
    "date": "2026-11-24",
    "organization_id": "606079874885",
    "organization_ids": "606079874885, 606079874886",
    "organization_accounts": "606079874885 : 111111111111",
    "account_id": "210987654321",
    "account_ids": "111111111111, 222222222222",
    "role_arn": "arn:aws:iam::123456789012:role/Spot",
    "bucket": "acme-cur",
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of people in made-up enrollments, and whether they try to confuse."""

    name: str = "Acme Production"
    sentence: str = "Waiting for their answer."

    @property
    def hostile(self) -> bool:
        return self.name == HOSTILE


USUAL, CONFUSING = Words(), Words(HOSTILE, HOSTILE)


def enrollments(words: Words) -> Iterator[Enrollment]:
    """Of each procedure: in each state, with little and with all that can be recorded; and as they end."""
    for procedure in BUILT_IN:
        for number, state in enumerate(State, 1):
            yield enrollment(procedure, state, words, number=number)
            yield enrollment(procedure, state, words, number=number + 10, full=True)
        done = enrollment(procedure, State.DONE, words, number=20, full=True)
        yield replace(done, status=Status.COMPLETED, ended_at=NOW)
        yield replace(enrollment(procedure, State.OPEN, words, number=21), status=Status.CANCELLED, ended_at=NOW)


def enrollment(procedure: Procedure, state: State, words: Words, *, number: int = 1, full: bool = False) -> Enrollment:
    """An enrollment of which each third step is in that state, as a card with more of them has no room for its buttons.

    Args:
        full: with all that people can record.
    """
    made = Enrollment(
        workspace="T0ECO",
        account_id=f"{number:012}",
        account_name=words.name,
        channel_id=CHANNEL,
        owner=OWNER,
        started_at=NOW - 30 * DAY,
        started_by=OWNER,
        procedure_reference=procedure.reference,
        steps=tuple(
            step(spec, state if at % 3 == number % 3 else _OTHERS.get(state, State.DONE), words, full=full)
            for at, spec in enumerate(procedure.steps)
        ),
        id=number,
        version=2,
    )
    if not full:
        return made
    pairs = (Pair(words.name, "Standard"), Pair("Test", words.name))
    customers = (Customer(words.name, "ops@example.com", "700000000001"), Customer("Test", "a@example.com", "7" * 12))
    sent = (
        ListTicket("pairs", 1, NOW - 9 * DAY, ticket="4711", added=pairs[:1]),
        ListTicket("customers", 1, NOW - 9 * DAY, ticket="4712", added=customers[:1]),
    )
    return replace(
        made,
        collaborators=tuple(f"U0COLLAB{n:03}" for n in range(25)),
        party_people=tuple(PartyPerson(key, OTHER) for key in procedure.parties),
        subsets=(words.name, "Test"),
        workflows=(BillingWorkflow("Standard", validated=True), BillingWorkflow(words.name)),
        pairs=pairs,
        customers=customers,
        subset_accounts=(SubsetAccount(words.name, "111111111111"),),
        list_tickets=sent if state in (State.OPEN, State.WAITING, State.DUE) else (),
        with_users=("700000000001",),
        external_id="eco-1234",
        checked_at=NOW - DAY,
        checked_by=MATE,
        checked_result="9 pass, 1 fail, 0 cannot tell",
        first_file_at=NOW - DAY,
        aws_broken_at=NOW - DAY,
        aws_broken=words.sentence,
    )


def step(spec: StepSpec, state: State, words: Words, *, full: bool = False) -> Step:
    """A step in that state; a step without a wait is open instead of waiting or due."""
    if spec.wait is None and state in (State.WAITING, State.DUE):
        state = State.OPEN
    waits, finished = state in (State.WAITING, State.DUE), state in (State.DONE, State.SKIPPED)
    latest = NOW + 3 * DAY if state is State.WAITING else NOW - DAY
    made = Step(
        spec.key,
        State.WAITING if waits else state,
        since=NOW - 9 * DAY,
        acted_at=NOW - 8 * DAY if waits or state is State.DONE else None,
        acted_by=MATE if waits or (full and state is State.DONE) else None,
        window_start=NOW - 8 * DAY if waits else None,
        latest=latest if waits else None,
        finished_at=NOW - DAY if finished else None,
        finished_by=MATE if finished and full else None,
        reason=words.sentence if state is State.SKIPPED else None,
        values={
            field.key: _VALUES.get(field.type, words.name) for field in spec.collects if full or state is State.DUE
        },
    )
    if not full:
        return made
    reminder = Reminder(3, ReminderKind.LATEST, 2, NOW)
    if finished:
        return replace(made, acted_on=date(2026, 11, 20), finished_on=date(2026, 11, 21))
    planned = {field.key: (TODAY + DAY).isoformat() for field in spec.collects if field.starts_wait and not waits}
    return replace(
        made,
        values={**made.values, **planned},
        earliest=NOW - DAY if spec.optional else NOW + DAY if spec.checks else None,
        acted_on=date(2026, 11, 17) if waits else None,
        snoozed_by=MATE,
        snoozed_at=NOW - DAY,
        snoozed_until=TODAY + DAY,
        snooze_note=words.sentence,
        assignee=OTHER,
        target=TODAY + 5 * DAY if spec.optional else TODAY - DAY,
        blocked_by="customer",
        blocked_why=words.sentence,
        blocked_at=NOW - DAY,
        note=words.sentence,
        noted_by=MATE,
        noted_at=NOW - DAY,
        reminder=reminder,
    )
