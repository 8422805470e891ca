"""Values that are stored as text with the step that collects them: how each type is checked and shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import date, datetime
from typing import ClassVar

from bot.domain.days import LONGEST_AGO, parse_day, planned_day
from bot.domain.enrollment import Details, Enrollment, State
from bot.domain.errors import InvalidInput
from bot.domain.inputs import MAX_NAME, format_account_id, parse_line
from bot.domain.procedure import ORGANIZATION
from bot.domain.retold import DayWords, Phrase
from bot.domain.schedule import day_words, start_of
from bot.domain.sentences import sentence
from bot.domain.several_inputs import org_ids, organizations_with_accounts
from bot.domain.step_spec import Field, StepKey
from bot.domain.ticket_numbers import in_short
from bot.language.spoken import ngettext


class ValueType(ABC):
    """A type of value.

    Attributes:
        element: the form element that it is typed into.
        shared_warning: asks for confirmation where another enrollment has the same value; "" where that is all right.
            `{value}` is the value and `{names}` the accounts of the others.
    """

    element: ClassVar[str] = "line"
    shared_warning: str = ""

    @abstractmethod
    def store(self, enrollment: Enrollment, step: StepKey, field: Field, given: object, now: datetime) -> Enrollment:
        """The enrollment with the value that the act of `step` collected; `given` is None where nothing was.

        Raises:
            InvalidInput: the value is missing or cannot be right. NothingToDo: it says what is recorded already.
        """

    @abstractmethod
    def details(self, enrollment: Enrollment, step: StepKey, field: Field) -> Details:
        """The details of the act's event that describe the stored value."""

    @abstractmethod
    def told(self, field: Field, details: Details) -> str:
        """The value as an event told it, in words; "" where there is none."""

    @abstractmethod
    def shown(self, enrollment: Enrollment, step: StepKey, field: Field) -> str:
        """The stored value in words; "" where there is none."""

    def is_complete(self, enrollment: Enrollment, field: Field) -> bool:
        """Whether a value that was given finishes the act; a step that stays incomplete stays open."""
        return True


class TextType(ValueType):
    """A value that is stored as text with the step that collects it.

    Args:
        parse: turns typed text into the text to be stored, by the field and the account ID of the enrollment (None
            where it is not known yet); raises `InvalidInput`.
    """

    def __init__(self, parse: Callable[[str, Field, str | None], str], shared_warning: str = "") -> None:
        self.parse = parse
        self.shared_warning = shared_warning

    def check(self, value: str, field: Field, enrollment: Enrollment, now: datetime) -> None:
        """Raise `InvalidInput` if the value cannot be right for this enrollment at this moment."""

    def store(self, enrollment: Enrollment, step: StepKey, field: Field, given: object, now: datetime) -> Enrollment:
        # A date of before a reopening would contradict a wait that begins now; other values stay as recorded.
        recorded = None if field.starts_wait else enrollment.step(step).values.get(field.key)
        value = str(given) if given else recorded
        if value is None and not field.optional:
            words = "The {noun} is needed to finish this step."
            raise InvalidInput(sentence(words, noun=Phrase(field.noun)), field=field.key)
        if value is not None:
            self.check(value, field, enrollment, now)
        return enrollment.with_values(step, {field.key: value})

    def details(self, enrollment: Enrollment, step: StepKey, field: Field) -> Details:
        value = enrollment.step(step).values.get(field.key)
        return {field.key: value} if value else {}

    def told(self, field: Field, details: Details) -> str:
        return str(details.get(field.key) or "")

    def shown(self, enrollment: Enrollment, step: StepKey, field: Field) -> str:
        return enrollment.step(step).values.get(field.key, "")


class ExternalId(TextType):
    """The external ID that Spot sends when it assumes its role; the bot's own one is another."""

    def check(self, value: str, field: Field, enrollment: Enrollment, now: datetime) -> None:
        if value == enrollment.external_id:
            raise InvalidInput(
                sentence(
                    "This is the external ID of the bot's own role. Enter the one that the Spot console shows, or "
                    "leave the field empty."
                ),
                field=field.key,
            )


class Date(TextType):
    """A day, stored as YYYY-MM-DD and shown as the same day to everybody."""

    element = "date"

    def check(self, value: str, field: Field, enrollment: Enrollment, now: datetime) -> None:
        if abs(start_of(date.fromisoformat(value), now, enrollment.zone) - now) > LONGEST_AGO:
            far = DayWords(day_words(value, now.date()))
            raise InvalidInput(sentence("{day} is more than a year away. Check the date.", day=far), field=field.key)

    def told(self, field: Field, details: Details) -> str:
        value = super().told(field, details)
        return day_words(value) if value else ""

    def shown(self, enrollment: Enrollment, step: StepKey, field: Field) -> str:
        value = super().shown(enrollment, step, field)
        if enrollment.step(step).state is State.OPEN and field.starts_wait and planned_day(enrollment, step) is None:
            return ""  # it stays from before a reopening
        return day_words(value, enrollment.started_at.date()) if value else ""


class TicketNumbers(TextType):
    """The number that support gave to a ticket, or the numbers of its parts; many are shown as the first ones."""

    def told(self, field: Field, details: Details) -> str:
        return in_short(super().told(field, details))

    def shown(self, enrollment: Enrollment, step: StepKey, field: Field) -> str:
        return in_short(super().shown(enrollment, step, field))


class OtherAccount(TextType):
    """The ID of an AWS account that is not the enrollment's own."""

    def check(self, value: str, field: Field, enrollment: Enrollment, now: datetime) -> None:
        if value == enrollment.account_id:
            words = "{account} is the account of this enrollment. Enter the {noun}."
            account, noun = format_account_id(value), Phrase(field.noun)
            raise InvalidInput(sentence(words, account=account, noun=noun), field=field.key)

    def told(self, field: Field, details: Details) -> str:
        value = super().told(field, details)
        return format_account_id(value) if value else ""

    def shown(self, enrollment: Enrollment, step: StepKey, field: Field) -> str:
        value = super().shown(enrollment, step, field)
        return format_account_id(value) if value else ""


class OrganizationAccounts(TextType):
    """Spot organizations and the AWS accounts whose data each of them gets, one organization a line."""

    element = "lines"

    def check(self, value: str, field: Field, enrollment: Enrollment, now: datetime) -> None:
        known, given = org_ids(enrollment.value(ORGANIZATION.key)), organizations_with_accounts(value)
        if unknown := [each for each in given if each not in known]:
            words = "{organization} is none of the Spot organizations of this enrollment: {organizations}."
            said = sentence(words, organization=unknown[0], organizations=known)
            raise InvalidInput(said, field=field.key)
        if missing := [each for each in known if each not in given]:
            words = "Spot organization {organization} has no line yet. Add it."
            raise InvalidInput(sentence(words, organization=missing[0]), field=field.key)

    def told(self, field: Field, details: Details) -> str:
        return counted(len(organizations_with_accounts(super().told(field, details))), "organization")

    def shown(self, enrollment: Enrollment, step: StepKey, field: Field) -> str:
        return counted(len(organizations_with_accounts(super().shown(enrollment, step, field))), "organization")


class Choice(TextType):
    """One of a few values that the field offers."""

    element = "choice"


def parse_choice(raw: str, field: Field, account_id: str | None) -> str:
    """One of the values that the field offers; raises `InvalidInput`."""
    if raw not in field.options:
        raise InvalidInput(sentence("Choose one of these: {options}.", options=field.options))
    return raw


def parse_one_line(raw: str, field: Field, account_id: str | None) -> str:
    """One line of text; raises `InvalidInput`."""
    return parse_line(raw, f"the {field.noun}", field.longest or MAX_NAME)


def parse_date(raw: str, field: Field, account_id: str | None) -> str:
    """A day as YYYY-MM-DD; raises `InvalidInput`."""
    return parse_day(raw).isoformat()


def counted(count: object, noun: str) -> str:
    """`1 pair`, `3 pairs`; "" for none."""
    return f"{count} {ngettext(noun, f'{noun}s', int(str(count)))}" if count else ""
