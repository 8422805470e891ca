"""Parsers of values of AWS reports and stacks, and of lists that are typed into one field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from bot.domain.errors import InvalidInput
from bot.domain.inputs import clean, format_account_id, parse_account_id, parse_org_id, shorten

#: Names as CloudFormation and the Cost and Usage Report take them.
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_REPORT = re.compile(r"[0-9A-Za-z!_.*'()-]{1,256}")
_PREFIX = re.compile(r"[0-9A-Za-z!_.*'()/-]{1,256}")
#: What people put between the entries of a list.
_BETWEEN = re.compile(r"[,;\n]+")
#: How many entries one field takes.
MOST = 100


def parse_stack_name(text: str) -> str:
    """The name of a CloudFormation stack.

    Raises:
        InvalidInput: CloudFormation would refuse it.
    """
    value = clean(text)
    if value.lower().startswith("arn:"):
        raise InvalidInput("This is the ARN of the stack. Enter its name, for example SpotEcoStack.")
    if not _STACK.fullmatch(value):
        raise InvalidInput(
            f"“{shorten(value)}” is not a stack name. CloudFormation takes letters, digits and dashes, beginning with "
            "a letter: SpotEcoStack."
        )
    return value


def parse_report_name(text: str) -> str:
    """The name of a Cost and Usage Report.

    Raises:
        InvalidInput: AWS would refuse it.
    """
    value = clean(text)
    if not _REPORT.fullmatch(value):
        raise InvalidInput(
            f"“{shorten(value)}” is not a report name. AWS takes letters, digits and ! - _ . * ' ( ), without spaces: "
            "spotinst-cur-report."
        )
    return value


def parse_prefix(text: str) -> str:
    """The prefix of a report's files in its bucket, without slashes around it.

    Raises:
        InvalidInput: it is an address, or has a sign that AWS refuses.
    """
    value = clean(text)
    if "://" in value:
        raise InvalidInput("Enter the prefix alone, without s3:// and the bucket: spotinst_eco.")
    value = value.strip("/")
    if not _PREFIX.fullmatch(value) or "//" in value:
        raise InvalidInput(
            f"“{shorten(value)}” is not a prefix. AWS takes letters, digits, slashes and ! - _ . * ' ( ): spotinst_eco."
        )
    return value


def parse_accounts(text: str) -> str:
    """AWS account IDs, as CloudFormation takes them: with commas and no spaces.

    Raises:
        InvalidInput: one of them is none, or stands there twice.
    """
    return ",".join(_each(text, parse_account_id, "AWS account"))


def parse_org_ids(text: str, account_id: str | None, fewest: int) -> str:
    """Spot organization IDs, with a comma and a space between them.

    Raises:
        InvalidInput: one of them is none, stands there twice, or there are fewer than `fewest`.
    """
    found = _each(text, lambda raw: parse_org_id(raw, account_id), "Spot organization")
    if len(found) < fewest:
        raise InvalidInput(f"Enter {fewest} or more Spot organization IDs, with commas between them.")
    return ", ".join(found)


def parse_org_accounts(text: str) -> str:
    """Spot organizations, each on a line of its own, with the AWS accounts whose data it gets behind a colon.

    Raises:
        InvalidInput: a line is not like that, or an organization or an account stands there twice.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise InvalidInput("Enter a line for each Spot organization: 606079874885 : 123456789012, 210987654321.")
    found: dict[str, list[str]] = {}
    for line in lines:
        organization, colon, accounts = line.partition(":")
        if not colon or not accounts.strip():
            raise InvalidInput(
                f"“{shorten(line.strip())}” has no accounts. Write the organization ID, a colon, and its AWS account "
                "IDs with commas between them."
            )
        number = parse_org_id(organization)
        if number in found:
            raise InvalidInput(f"Spot organization {number} has two lines. Put its accounts on one.")
        found[number] = _each(accounts, parse_account_id, "AWS account")
    _require_different([each for accounts in found.values() for each in accounts], "AWS account", format_account_id)
    return "\n".join(f"{number} : {','.join(accounts)}" for number, accounts in found.items())


def org_ids(value: str | None) -> tuple[str, ...]:
    """The IDs of a value that `parse_org_ids` or `parse_org_id` gave."""
    return tuple(value.split(", ")) if value else ()


def organizations_with_accounts(value: str) -> tuple[str, ...]:
    """The organizations of a value that `parse_org_accounts` gave."""
    return tuple(line.partition(" : ")[0] for line in value.splitlines())


def _each(text: str, parse: Callable[[str], str], noun: str) -> list[str]:
    parts = [part for part in _BETWEEN.split(text) if part.strip()]
    # IDs without anything but spaces between them: an ID itself may have spaces, so only where each part is whole.
    if len(parts) == 1 and len(words := parts[0].split()) > 1 and all(re.fullmatch("[0-9-]{6,20}", w) for w in words):
        parts = words if all(len(re.sub("[^0-9]", "", word)) >= 6 for word in words) else parts
    if not parts:
        raise InvalidInput(f"Enter at least one {noun} ID.")
    if len(parts) > MOST:
        raise InvalidInput(f"Enter at most {MOST} {noun} IDs. These are {len(parts)}.")
    found = [parse(part) for part in parts]
    _require_different(found, noun, format_account_id if noun == "AWS account" else str)
    return found


def _require_different(found: Sequence[str], noun: str, shown: Callable[[str], str]) -> None:
    twice: Iterable[str] = (each for each in found if found.count(each) > 1)
    if (first := next(iter(twice), None)) is not None:
        raise InvalidInput(f"{noun} {shown(first)} is there twice. Enter it once.")
