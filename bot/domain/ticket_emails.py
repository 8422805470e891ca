"""Tickets by email: the email, its possible outcomes, and the change that each makes to the enrollment.

Values and pure functions; who hands an email to a mail service is `bot/checks/mail.py`, behind the `Mailer` here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain import transitions
from bot.domain.enrollment import Change, Details, Enrollment, Event, EventKind, Policy, Status
from bot.domain.errors import InvalidInput, StepConflict
from bot.domain.inputs import parse_email, shorten
from bot.domain.retold import DayWords
from bot.domain.schedule import day_words
from bot.domain.sent_lines import last_number
from bot.domain.sentences import sentence
from bot.domain.step_spec import StepKey
from bot.domain.tickets import is_follow_up

#: A subject is one line that mail programs show whole.
_SUBJECT = 150


@dataclass(frozen=True, slots=True)
class Route:
    """The sender and the recipient that the operator has set for tickets."""

    sender: str
    to: str


@dataclass(frozen=True, slots=True)
class Email:
    """One email as it is sent: plain text, addresses without names."""

    sender: str
    to: str
    reply_to: str
    subject: str
    text: str

    @property
    def digest(self) -> str:
        """A hash of the text that a person reads before it is sent; the reply address is not part of it."""
        return _hash("\0".join((self.sender, self.to, self.subject, self.text)))

    @property
    def text_hash(self) -> str:
        """A hash of the text, by which a part that was sent is known again."""
        return _hash(self.text)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Part:
    """The place of an email among those of one ticket.

    Attributes:
        number, of: which of how many parts it is. attempt: counts all attempts to email the step's ticket.
        first: the first attempt of those that were asked for together. last: whether it is the last one of them, which
            completes the step.
    """

    number: int = 1
    of: int = 1
    attempt: int = 1
    first: int = 1
    last: bool = True

    @property
    def details(self) -> Details:
        """Its part in the details of an event; nothing for a ticket that goes out in one."""
        return {"part": self.number, "parts": self.of} if self.of > 1 else {}


#: The only email of a ticket.
ALONE = Part()


def subject_line(words: str) -> str:
    """Words as a subject: one line, so that nothing in them can begin another header."""
    return shorten(" ".join(part for part in "".join(c if c.isprintable() else " " for c in words).split()), _SUBJECT)


def parse_reply_to(text: str) -> str:
    """An address that answers can be sent to.

    Raises:
        InvalidInput: it is none, or one that Amazon SES does not take.
    """
    value = parse_email(text)
    if not value.isascii():
        said = "“{value}” has letters that Amazon SES doesn't accept. Enter another address."
        raise InvalidInput(sentence(said, value=shorten(value)))
    return value


class Obstacle(StrEnum):
    """Reasons for an email not sent; each has its sentence and remedy in templates/thread/email_refused.j2."""

    OFF = "off"
    UNVERIFIED = "unverified"
    SANDBOX = "sandbox"
    FORBIDDEN = "forbidden"
    CREDENTIALS = "credentials"
    REGION = "region"
    PAUSED = "paused"
    REJECTED = "rejected"
    TOO_LATE = "too_late"  # it was put off for too long
    NOT_OPEN = "not_open"  # somebody had marked the step, or cancelled the enrollment, before it was sent
    INCOMPLETE = "incomplete"  # somebody had removed what the ticket needs, before it was sent


class NotSent(Exception):
    """The email was refused for good; `said` is the service's own word for it, fit to be shown."""

    def __init__(self, why: Obstacle, said: str = "") -> None:
        super().__init__(f"{why.value}: {said}" if said else why.value)
        self.why = why
        self.said = said


class PutOff(Exception):
    """The email was not sent, for a reason that passes: it can be tried again later."""


#: Sends an email once and returns the message ID. It raises `NotSent` or `PutOff`; after any other exception the
#: outcome is unknown.
Mailer = Callable[[Email], str]


class Outcome(StrEnum):
    """The outcome of a requested email."""

    UNDERWAY = "underway"
    SENT = "sent"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier email with the same ticket: requested by `by`, requested or tried at `at`, its outcome and text.

    Attributes:
        after: the number of the list's last ticket when it was requested.
    """

    by: str
    at: datetime
    outcome: Outcome
    text_hash: str = ""
    after: int = 0


def of_next_ticket(enrollment: Enrollment, key: StepKey, attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts to email the ticket that is to be sent next: of a follow-up, those since the ticket before it."""
    last = last_number(enrollment, enrollment.spec(key).list_in_ticket)
    return [each for each in attempts if each.after == last or not is_follow_up(enrollment, key)]


def going(emails: Sequence[Email], attempts: Sequence[Attempt]) -> tuple[int, ...]:
    """The indexes of the parts that go out now: those that were not sent yet; all of them if every one was."""
    sent = {attempt.text_hash for attempt in attempts if attempt.outcome is Outcome.SENT}
    missing = tuple(index for index, email in enumerate(emails) if email.text_hash not in sent)
    return missing or tuple(range(len(emails)))


def in_question(emails: Sequence[Email], attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts that a person is asked about: not the parts that were sent, where only the others go out now."""
    if len(going(emails, attempts)) == len(emails):
        return list(attempts)
    texts = {email.text_hash for email in emails}
    return [each for each in attempts if each.outcome is not Outcome.SENT or each.text_hash not in texts]


#: How an earlier email with the ticket ended -> the question before the ticket is sent again.
_SENT_BEFORE = {
    Outcome.UNKNOWN: "An email with this ticket may have gone out on {when}. "
    "Ask Spot support before you send it again.",
    Outcome.SENT: "This ticket already went out by email on {when}.",
}


def warnings(enrollment: Enrollment, attempts: Sequence[Attempt]) -> list[str]:
    """Reasons not to send a step's ticket again: sentences that the person confirms.

    Raises:
        StepConflict: it is on its way, and by whom.
    """
    for attempt in attempts:
        if attempt.outcome is Outcome.UNDERWAY:
            said = sentence("{person} already sent this ticket by email. It's on its way.", person=f"<@{attempt.by}>")
            raise StepConflict(said, ids=[attempt.by])
    latest = {attempt.outcome: attempt.at.astimezone(enrollment.zone) for attempt in attempts}
    return [
        sentence(
            words,
            when=sentence(
                "{day} at {time} ({zone})",
                day=DayWords(day_words(latest[outcome])),
                time=f"{latest[outcome]:%H:%M}",
                zone=enrollment.zone.key,
            ),
        )
        for outcome, words in _SENT_BEFORE.items()
        if outcome in latest
    ]


def emailed(
    enrollment: Enrollment,
    key: StepKey,
    email: Email,
    message_id: str,
    by: str,
    at: datetime,
    policy: Policy,
    part: Part = ALONE,
) -> Change:
    """Record an accepted email: the last part completes the step's act, unless the step is not open any more.

    One event tells both, so that the thread has one line. A ticket that people may send besides completes nothing.
    """
    details: dict[str, object] = {"to": email.to, "reply_to": email.reply_to, "from": email.sender}
    details |= {"subject": email.subject, "message_id": message_id, **part.details}
    if not part.last or enrollment.spec(key).ticket is None:
        return told(enrollment, Event(EventKind.EMAILED, key, {**details, "stays": ""}), by, at)
    number = f"by email (message ID {message_id})"
    if part.of > 1:
        number = f"by email in {part.of} parts (last message ID {message_id})"
    try:
        change = transitions.record_sent(enrollment, key, by, at, policy, number)
    except StepConflict:  # somebody marked or skipped it, cancelled the enrollment, or reopened what the step needs
        cancelled = enrollment.status is Status.CANCELLED
        details["stays"] = "cancelled" if cancelled else enrollment.step(key).state.value
        return told(enrollment, Event(EventKind.EMAILED, key, details), by, at)
    acted, *others = change.events
    event = Event(EventKind.EMAILED, key, {**acted.details, **details, "stays": ""})
    return Change(change.enrollment, (event, *others), by, at)


def told(enrollment: Enrollment, event: Event, by: str, at: datetime) -> Change:
    """Record an event of an email that changes nothing else."""
    return Change(enrollment, (event,), by, at)
