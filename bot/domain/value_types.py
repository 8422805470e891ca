"""The types of the values that steps collect: how each is parsed, checked, stored and shown.

Text types store their value with the step; list types fill a list of the enrollment. `ValueType.element` names the
form element; handlers/value_inputs.py draws it and reads it back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import ClassVar

from bot.domain.days import LONGEST_AGO, parse_day, planned_day
from bot.domain.enrollment import BillingWorkflow, Details, Enrollment, State
from bot.domain.errors import InvalidInput, NothingToDo
from bot.domain.inputs import (
    MAX_NAME,
    format_account_id,
    parse_account_id,
    parse_bucket,
    parse_external_id,
    parse_line,
    parse_org_id,
    parse_role_arn,
)
from bot.domain.list_entries import KINDS
from bot.domain.procedure import ORGANIZATION
from bot.domain.schedule import day_words, start_of
from bot.domain.several_inputs import (
    org_ids,
    organizations_with_accounts,
    parse_accounts,
    parse_org_accounts,
    parse_org_ids,
    parse_prefix,
    parse_report_name,
    parse_stack_name,
)
from bot.domain.step_spec import Field, StepKey
from bot.domain.ticket_numbers import in_short

#: The values of a step that collects none.
NOTHING: Mapping[str, object] = MappingProxyType({})


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
            raise InvalidInput(f"The {field.noun} is needed to finish this step.", field=field.key)
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
                "This is the external ID of the bot's own role. Enter the one that the Spot console shows, or leave "
                "the field empty.",
                field=field.key,
            )


class Date(TextType):
    """A day, stored as YYYY-MM-DD and shown as the same day to everybody."""

    element = "date"

    def check(self, value: str, field: Field, enrollment: Enrollment, now: datetime) -> None:
        if abs(start_of(date.fromisoformat(value), now, enrollment.zone) - now) > LONGEST_AGO:
            far = day_words(value, now.date())
            raise InvalidInput(f"{far} is more than a year away. Check the date.", field=field.key)

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
            raise InvalidInput(
                f"{format_account_id(value)} is the account of this enrollment. Enter the {field.noun}.",
                field=field.key,
            )

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
            raise InvalidInput(
                f"{unknown[0]} is none of the Spot organizations of this enrollment: {', '.join(known)}.",
                field=field.key,
            )
        if missing := [each for each in known if each not in given]:
            raise InvalidInput(f"Spot organization {missing[0]} has no line yet. Add it.", field=field.key)

    def told(self, field: Field, details: Details) -> str:
        return _counted(len(organizations_with_accounts(super().told(field, details))), "organization")

    def shown(self, enrollment: Enrollment, step: StepKey, field: Field) -> str:
        return _counted(len(organizations_with_accounts(super().shown(enrollment, step, field))), "organization")


class Choice(TextType):
    """One of a few values that the field offers."""

    element = "choice"


def _parse_choice(raw: str, field: Field, account_id: str | None) -> str:
    if raw not in field.options:
        raise InvalidInput(f"Choose one of these: {', '.join(field.options)}.")
    return raw


def _parse_line(raw: str, field: Field, account_id: str | None) -> str:
    return parse_line(raw, f"the {field.noun}", field.longest or MAX_NAME)


def _parse_date(raw: str, field: Field, account_id: str | None) -> str:
    return parse_day(raw).isoformat()


class Names(ValueType):
    """The names in a list of subsets or billing workflows; the value is the whole list."""

    element = "names"

    def store(self, enrollment: Enrollment, step: StepKey, field: Field, given: object, now: datetime) -> Enrollment:
        if not isinstance(given, tuple) or not given:
            raise InvalidInput("Enter at least one name.", field=field.key)
        name = list_of(field)
        recorded = dict(zip(enrollment.names_in(name), getattr(enrollment, name), strict=True))
        return enrollment.with_list(name, tuple(recorded.get(one) or KINDS[name].recorded(one) for one in given))

    def details(self, enrollment: Enrollment, step: StepKey, field: Field) -> Details:
        return {"count": len(enrollment.names_in(list_of(field)))}

    def told(self, field: Field, details: Details) -> str:
        return _counted(details.get("count"), field.noun)

    def shown(self, enrollment: Enrollment, step: StepKey, field: Field) -> str:
        return _counted(len(enrollment.names_in(list_of(field))), field.noun)


class ValidatedNames(Names):
    """The entries of a list that were validated; the value is the set of their names.

    The act is finished when all of them are; an entry that is added later takes the step back.
    """

    element = "validated_names"

    def store(self, enrollment: Enrollment, step: StepKey, field: Field, given: object, now: datetime) -> Enrollment:
        chosen = given if isinstance(given, frozenset) else frozenset()
        entries = _entries(enrollment, field)
        marked = tuple(replace(entry, validated=entry.validated or entry.name in chosen) for entry in entries)
        after = enrollment.with_list(list_of(field), marked)
        if marked == entries and not self.is_complete(after, field):
            raise NothingToDo(f"Choose at least one {field.noun} that you have validated.")
        return after

    def details(self, enrollment: Enrollment, step: StepKey, field: Field) -> Details:
        entries = _entries(enrollment, field)
        return {"validated": sum(entry.validated for entry in entries), "count": len(entries)}

    def shown(self, enrollment: Enrollment, step: StepKey, field: Field) -> str:
        counts = self.details(enrollment, step, field)
        return f"{counts['validated']} of {counts['count']} {field.noun}s" if counts["count"] else ""

    def is_complete(self, enrollment: Enrollment, field: Field) -> bool:
        return all(entry.validated for entry in _entries(enrollment, field))


def _entries(enrollment: Enrollment, field: Field) -> tuple[BillingWorkflow, ...]:
    entries: tuple[BillingWorkflow, ...] = getattr(enrollment, list_of(field))
    return entries


#: The name that a field gives as its type -> the type.
TYPES: Mapping[str, ValueType] = MappingProxyType(
    {
        "line": TextType(_parse_line),
        "ticket_numbers": TicketNumbers(_parse_line),
        "date": Date(_parse_date),
        "organization_id": TextType(
            lambda raw, _, account_id: parse_org_id(raw, account_id),
            "Spot organization {value} already belongs to {names}. "
            "Spot asks for one management account in each organization.",
        ),
        "role_arn": TextType(lambda raw, _, account_id: parse_role_arn(raw, account_id or "")),
        "external_id": ExternalId(lambda raw, *_: parse_external_id(raw)),
        "organization_ids": TextType(lambda raw, field, account_id: parse_org_ids(raw, account_id, field.fewest or 1)),
        "organization_accounts": OrganizationAccounts(lambda raw, *_: parse_org_accounts(raw)),
        "account_id": OtherAccount(lambda raw, *_: parse_account_id(raw)),
        "account_ids": TextType(lambda raw, *_: parse_accounts(raw)),
        "stack_name": TextType(lambda raw, *_: parse_stack_name(raw)),
        "report_name": TextType(lambda raw, *_: parse_report_name(raw)),
        "prefix": TextType(lambda raw, *_: parse_prefix(raw)),
        "choice": Choice(_parse_choice),
        "bucket": TextType(lambda raw, *_: parse_bucket(raw)),
        "names": Names(),
        "validated_names": ValidatedNames(),
    }
)


def parse_text(raw: str, field: Field, account_id: str | None) -> str:
    """The text to be stored for text typed into a field; `InvalidInput` says why there is none."""
    found = TYPES[field.type]
    assert isinstance(found, TextType), f"{field.key} is not text"
    return found.parse(raw, field, account_id)


def list_of(field: Field) -> str:
    """The list of the enrollment that a field fills."""
    assert field.list_name is not None, f"{field.key} fills no list"
    return field.list_name


def _counted(count: object, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}" if count else ""
