"""Values of reports and stacks, and lists that are typed into one field: what is read, and how each fault is named."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain import several_inputs as read
from bot.domain.errors import InvalidInput
from bot.domain.lists import entry_reader

ONE, TWO, THREE = "111111111111", "222222222222", "333333333333"
ORG, OTHER = "606079874885", "606079874886"


def orgs(text: str, fewest: int = 1) -> str:
    """Spot organization IDs of an enrollment of account ONE."""
    return read.parse_org_ids(text, ONE, fewest)


READ: list[tuple[Callable[[str], str], str, str]] = [
    (read.parse_stack_name, " SpotEcoStack ", "SpotEcoStack"),
    (read.parse_report_name, "spotinst-cur-report", "spotinst-cur-report"),
    (read.parse_prefix, "/spotinst_eco/", "spotinst_eco"),
    (read.parse_prefix, "cur/daily", "cur/daily"),
    (read.parse_prefix, "Xray/", "Xray"),
    (read.parse_accounts, "1111-1111-1111, 222222222222;333333333333", f"{ONE},{TWO},{THREE}"),
    (read.parse_accounts, f"{ONE}\n{TWO}\n", f"{ONE},{TWO}"),
    (read.parse_accounts, f"{ONE} {TWO}", f"{ONE},{TWO}"),
    (read.parse_accounts, "1111 1111 1111", ONE),
    (orgs, ORG, ORG),
    (orgs, f"{ORG},{OTHER}", f"{ORG}, {OTHER}"),
    (orgs, f"{ORG} {OTHER}", f"{ORG}, {OTHER}"),
    (read.parse_org_accounts, f"{ORG} : {ONE}\n\n{OTHER}:{TWO}, {THREE}", f"{ORG} : {ONE}\n{OTHER} : {TWO},{THREE}"),
]


@pytest.mark.parametrize(("parse", "typed", "stored"), READ, ids=[f"{typed!r}" for _, typed, _ in READ])
def test_what_is_typed_is_read(parse: Callable[[str], str], typed: str, stored: str) -> None:
    """With the separators that people use; what is stored reads as the same again."""
    assert stored == parse(typed)
    assert stored == parse(stored)


FAULTS: list[tuple[Callable[[str], str], str, str]] = [
    (read.parse_stack_name, "Spot Eco Stack", "“Spot Eco Stack” is not a stack name."),
    (read.parse_stack_name, "arn:aws:cloudformation:us-east-1:1:stack/a/b", "This is the ARN of the stack."),
    (read.parse_stack_name, "1st", "beginning with a letter"),
    (read.parse_stack_name, "a" * 129, "is not a stack name"),
    (read.parse_report_name, "my report", "“my report” is not a report name."),
    (read.parse_report_name, "", "is not a report name"),
    (read.parse_prefix, "s3://bucket/spotinst_eco", "Enter the prefix alone, without s3:// and the bucket"),
    (read.parse_prefix, "a//b", "“a//b” is not a prefix."),
    (read.parse_prefix, "/", "is not a prefix"),
    (read.parse_accounts, "", "Enter at least one AWS account ID."),
    (read.parse_accounts, f"{ONE}, 1234", "“1234” has 4 digits."),
    (read.parse_accounts, f"{ONE}, {TWO}, {ONE}", "AWS account 1111-1111-1111 is there twice. Enter it once."),
    (read.parse_accounts, ",".join(f"{100000000000 + n}" for n in range(101)), "Enter at most 100 AWS account IDs."),
    (orgs, f"{ORG}, o-a1b2c3d4e5", "looks like an AWS Organizations ID"),
    (orgs, f"{ORG}, {ONE}", f"{ONE} is the AWS account ID."),
    (orgs, f"{ORG}, {ORG}", f"Spot organization {ORG} is there twice."),
    (lambda text: orgs(text, 2), ORG, "Enter 2 or more Spot organization IDs, with commas between them."),
    (read.parse_org_accounts, "", "Enter a line for each Spot organization"),
    (read.parse_org_accounts, ORG, f"“{ORG}” has no accounts."),
    (read.parse_org_accounts, f"{ORG} :", "has no accounts"),
    (read.parse_org_accounts, f"{ORG} : {ONE}\n{ORG} : {TWO}", f"Spot organization {ORG} has two lines."),
    (read.parse_org_accounts, f"{ORG} : {ONE}\n{OTHER} : {ONE}", "AWS account 1111-1111-1111 is there twice."),
]


@pytest.mark.parametrize(("parse", "typed", "says"), FAULTS, ids=[f"{typed[:40]!r}" for _, typed, _ in FAULTS])
def test_a_fault_says_what_to_enter(parse: Callable[[str], str], typed: str, says: str) -> None:
    """The value that is wrong, and what is right instead."""
    with pytest.raises(InvalidInput) as fault:
        parse(typed)

    assert says in str(fault.value)


@pytest.mark.parametrize("own", [ORG, OTHER])
def test_no_end_customer_has_one_of_our_organizations(own: str) -> None:
    """Where there are several, each of them is ours."""
    read_line: Callable[[int, list[str]], Any] = entry_reader("customers", f"{ORG}, {OTHER}")

    with pytest.raises(InvalidInput, match=f"{own} is your own Spot organization"):
        read_line(1, ["Production", "ops@customer.example", own])
