"""The types of the values that steps collect, by the names that procedures give them; and those that fill lists.

Text types store their value with the step; list types fill a list of the enrollment. `ValueType.element` names the
form element; handlers/value_inputs.py draws it and reads it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from bot.domain.enrollment import BillingWorkflow, Details, Enrollment
from bot.domain.errors import InvalidInput, NothingToDo
from bot.domain.inputs import parse_account_id, parse_bucket, parse_external_id, parse_org_id, parse_role_arn
from bot.domain.list_entries import KINDS
from bot.domain.retold import Phrase
from bot.domain.sentences import sentence
from bot.domain.several_inputs import (
    parse_accounts,
    parse_org_accounts,
    parse_org_ids,
    parse_prefix,
    parse_report_name,
    parse_stack_name,
)
from bot.domain.step_spec import Field, StepKey
from bot.domain.text_types import (
    Choice,
    Date,
    ExternalId,
    OrganizationAccounts,
    OtherAccount,
    TextType,
    TicketNumbers,
    ValueType,
    counted,
    parse_choice,
    parse_date,
    parse_one_line,
)
from bot.language.spoken import gettext, ngettext

#: The values of a step that collects none.
NOTHING: Mapping[str, object] = MappingProxyType({})


class Names(ValueType):
    """The names in a list of subsets or billing workflows; the value is the whole list."""

    element = "names"

    def store(self, enrollment: Enrollment, step: StepKey, field: Field, given: object, now: datetime) -> Enrollment:
        if not isinstance(given, tuple) or not given:
            raise InvalidInput(sentence("Enter at least one name."), field=field.key)
        name = list_of(field)
        recorded = dict(zip(enrollment.names_in(name), getattr(enrollment, name), strict=True))
        return enrollment.with_list(name, tuple(recorded.get(one) or KINDS[name].recorded(one) for one in given))

    def details(self, enrollment: Enrollment, step: StepKey, field: Field) -> Details:
        return {"count": len(enrollment.names_in(list_of(field)))}

    def told(self, field: Field, details: Details) -> str:
        return counted(details.get("count"), field.noun)

    def shown(self, enrollment: Enrollment, step: StepKey, field: Field) -> str:
        return counted(len(enrollment.names_in(list_of(field))), field.noun)


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
            words = "Choose at least one {noun} that you have validated."
            raise NothingToDo(sentence(words, noun=Phrase(field.noun)))
        return after

    def details(self, enrollment: Enrollment, step: StepKey, field: Field) -> Details:
        entries = _entries(enrollment, field)
        return {"validated": sum(entry.validated for entry in entries), "count": len(entries)}

    def shown(self, enrollment: Enrollment, step: StepKey, field: Field) -> str:
        counts = self.details(enrollment, step, field)
        said = gettext("{count} of {total} {nouns}")
        nouns = ngettext(field.noun, f"{field.noun}s", 2)
        return said.format(count=counts["validated"], total=counts["count"], nouns=nouns) if counts["count"] else ""

    def is_complete(self, enrollment: Enrollment, field: Field) -> bool:
        return all(entry.validated for entry in _entries(enrollment, field))


def _entries(enrollment: Enrollment, field: Field) -> tuple[BillingWorkflow, ...]:
    entries: tuple[BillingWorkflow, ...] = getattr(enrollment, list_of(field))
    return entries


#: The name that a field gives as its type -> the type.
TYPES: Mapping[str, ValueType] = MappingProxyType(
    {
        "line": TextType(parse_one_line),
        "ticket_numbers": TicketNumbers(parse_one_line),
        "date": Date(parse_date),
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
        "choice": Choice(parse_choice),
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
