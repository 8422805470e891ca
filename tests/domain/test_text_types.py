"""Values of one line or a few that fit an enrollment: another's ID, a choice, organizations with their accounts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.enrollment import Enrollment
from bot.domain.errors import InvalidInput
from bot.domain.procedure import BUILT_IN
from bot.domain.start_form import parse_values
from bot.domain.step_spec import Field
from bot.domain.value_types import TYPES, parse_text
from bot.domain.workflow_requests import MOST_RULES, parse_rules
from tests.domain.building import ACCOUNT, NOW, ORG, blank

OTHER_ORG = "606079874886"
FIELDS = {field.type: field for each in BUILT_IN for spec in each.steps for field in spec.collects}
OWN = replace(blank(spot_org_id=f"{ORG}, {OTHER_ORG}"), external_id="eco-1")


def fault(kind: str, value: str, enrollment: Enrollment = OWN) -> InvalidInput:
    """Why a value of a kind does not fit an enrollment."""
    with pytest.raises(InvalidInput) as refused:
        TYPES[kind].check(value, FIELDS[kind], enrollment, NOW)
    return refused.value


@pytest.mark.parametrize(
    ("kind", "wrong", "right", "sentence"),
    [
        ("external_id", "eco-1", "spot-1", "This is the external ID of the bot's own role. Enter the one that "),
        ("account_id", ACCOUNT, "222222222222", "1234-5678-9012 is the account of this enrollment. Enter the "),
        ("organization_accounts", f"{ORG} : 1\n{OTHER_ORG} : 2\n700001 : 3", f"{ORG} : 1\n{OTHER_ORG} : 2",
         f"700001 is none of the Spot organizations of this enrollment: {ORG}, {OTHER_ORG}."),
        ("organization_accounts", f"{ORG} : 1", f"{ORG} : 1\n{OTHER_ORG} : 2",
         f"Spot organization {OTHER_ORG} has no line yet. Add it."),
    ],
    ids=["the bot's external ID", "the own account", "a strange organization", "an organization too few"],
)  # fmt: skip
def test_a_value_that_belongs_to_something_else_is_refused(kind: str, wrong: str, right: str, sentence: str) -> None:
    """At its field, with what to enter instead; the right one is taken."""
    refused = fault(kind, wrong)

    assert str(refused).startswith(sentence)
    assert FIELDS[kind].key == refused.field
    TYPES[kind].check(right, FIELDS[kind], OWN, NOW)


def test_a_choice_is_one_of_those_that_are_offered() -> None:
    """A form of yesterday may send another one: the sentence names all of today's."""
    field: Field = FIELDS["choice"]
    assert field.options[0] == parse_text(field.options[0], field, ACCOUNT)

    with pytest.raises(InvalidInput) as refused:
        parse_text("neither", field, ACCOUNT)
    assert f"Choose one of these: {', '.join(field.options)}." == str(refused.value)


def test_a_step_of_another_procedure_is_no_place_to_start_at() -> None:
    """The form was drawn for that one; whoever sends it chooses again."""
    faults: dict[str, str] = {}
    typed = {"account_id": ACCOUNT, "account_name": "Acme", "procedure": "aws-member-account"}

    read = parse_values({**typed, "position": "create_subsets:waiting"}, faults)

    assert ({"position": "Choose one of the steps that are offered now."}, None) == (faults, read.position)
    assert "connect_account" == parse_values({**typed, "position": "connect_account"}, {}).position.key  # type: ignore[union-attr]


def test_rules_of_a_billing_workflow_have_a_length() -> None:
    """As many characters as fit into a ticket; the sentence says how many there are."""
    assert "x" * MOST_RULES == parse_rules(f" {'x' * MOST_RULES} \n")

    with pytest.raises(InvalidInput) as refused:
        parse_rules("x" * (MOST_RULES + 1))
    assert f"The rules can have {MOST_RULES:,} characters at most. These have {MOST_RULES + 1:,}." == str(refused.value)
