"""Parsers of values of AWS reports and stacks, and of lists that are typed into one field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from bot.domain.errors import InvalidInput
from bot.domain.inputs import clean, format_account_id, parse_account_id, parse_org_id, shorten
from bot.domain.sentences import sentence

#: Names as CloudFormation and the Cost and Usage Report take them.
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_REPORT = re.compile(r"[0-9A-Za-z!_.*'()-]{1,256}")
_PREFIX = re.compile(r"[0-9A-Za-z!_.*'()/-]{1,256}")
#: What people put between the entries of a list.
_BETWEEN = re.compile(r"[,;\n]+")
#: How many entries one field takes.
MOST = 100


class _Listed(NamedTuple):
    """What a field lists: what is said where it has none, too many, or one of them twice, and how one is written."""

    none: str
    too_many: str
    twice: str
    shown: Callable[[str], str]


_ACCOUNTS = _Listed(
    "Enter at least one AWS account ID.",
    "Enter at most {most} AWS account IDs. These are {count}.",
    "AWS account {entry} is there twice. Enter it once.",
    format_account_id,
)
_ORGANIZATIONS = _Listed(
    "Enter at least one Spot organization ID.",
    "Enter at most {most} Spot organization IDs. These are {count}.",
    "Spot organization {entry} is there twice. Enter it once.",
    str,
)


def parse_stack_name(text: str) -> str:
    """The name of a CloudFormation stack.

    Raises:
        InvalidInput: CloudFormation would refuse it.
    """
    value = clean(text)
    if value.lower().startswith("arn:"):
        raise InvalidInput(sentence("This is the ARN of the stack. Enter its name, for example SpotEcoStack."))
    if not _STACK.fullmatch(value):
        words = (
            "“{value}” is not a stack name. CloudFormation takes letters, digits and dashes, beginning with a letter: "
            "SpotEcoStack."
        )
        raise InvalidInput(sentence(words, value=shorten(value)))
    return value


def parse_report_name(text: str) -> str:
    """The name of a Cost and Usage Report.

    Raises:
        InvalidInput: AWS would refuse it.
    """
    value = clean(text)
    if not _REPORT.fullmatch(value):
        words = (
            "“{value}” is not a report name. AWS takes letters, digits and ! - _ . * ' ( ), without spaces: "
            "spotinst-cur-report."
        )
        raise InvalidInput(sentence(words, value=shorten(value)))
    return value


def parse_prefix(text: str) -> str:
    """The prefix of a report's files in its bucket, without slashes around it.

    Raises:
        InvalidInput: it is an address, or has a sign that AWS refuses.
    """
    value = clean(text)
    if "://" in value:
        raise InvalidInput(sentence("Enter the prefix alone, without s3:// and the bucket: spotinst_eco."))
    value = value.strip("/")
    if not _PREFIX.fullmatch(value) or "//" in value:
        words = "“{value}” is not a prefix. AWS takes letters, digits, slashes and ! - _ . * ' ( ): spotinst_eco."
        raise InvalidInput(sentence(words, value=shorten(value)))
    return value


def parse_accounts(text: str) -> str:
    """AWS account IDs, as CloudFormation takes them: with commas and no spaces.

    Raises:
        InvalidInput: one of them is none, or stands there twice.
    """
    return ",".join(_each(text, parse_account_id, _ACCOUNTS))


def parse_org_ids(text: str, account_id: str | None, fewest: int) -> str:
    """Spot organization IDs, with a comma and a space between them.

    Raises:
        InvalidInput: one of them is none, stands there twice, or there are fewer than `fewest`.
    """
    found = _each(text, lambda raw: parse_org_id(raw, account_id), _ORGANIZATIONS)
    if len(found) < fewest:
        words = "Enter {fewest} or more Spot organization IDs, with commas between them."
        raise InvalidInput(sentence(words, fewest=fewest))
    return ", ".join(found)


def parse_org_accounts(text: str) -> str:
    """Spot organizations, each on a line of its own, with the AWS accounts whose data it gets behind a colon.

    Raises:
        InvalidInput: a line is not like that, or an organization or an account stands there twice.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        words = "Enter a line for each Spot organization: 606079874885 : 123456789012, 210987654321."
        raise InvalidInput(sentence(words))
    found: dict[str, list[str]] = {}
    for line in lines:
        organization, colon, accounts = line.partition(":")
        if not colon or not accounts.strip():
            words = (
                "“{line}” has no accounts. Write the organization ID, a colon, and its AWS account IDs with commas "
                "between them."
            )
            raise InvalidInput(sentence(words, line=shorten(line.strip())))
        number = parse_org_id(organization)
        if number in found:
            words = "Spot organization {organization} has two lines. Put its accounts on one."
            raise InvalidInput(sentence(words, organization=number))
        found[number] = _each(accounts, parse_account_id, _ACCOUNTS)
    _require_different([each for accounts in found.values() for each in accounts], _ACCOUNTS)
    return "\n".join(f"{number} : {','.join(accounts)}" for number, accounts in found.items())


def org_ids(value: str | None) -> tuple[str, ...]:
    """The IDs of a value that `parse_org_ids` or `parse_org_id` gave."""
    return tuple(value.split(", ")) if value else ()


def organizations_with_accounts(value: str) -> tuple[str, ...]:
    """The organizations of a value that `parse_org_accounts` gave."""
    return tuple(line.partition(" : ")[0] for line in value.splitlines())


def _each(text: str, parse: Callable[[str], str], listed: _Listed) -> list[str]:
    parts = [part for part in _BETWEEN.split(text) if part.strip()]
    # IDs without anything but spaces between them: an ID itself may have spaces, so only where each part is whole.
    if len(parts) == 1 and len(words := parts[0].split()) > 1 and all(re.fullmatch("[0-9-]{6,20}", w) for w in words):
        parts = words if all(len(re.sub("[^0-9]", "", word)) >= 6 for word in words) else parts
    if not parts:
        raise InvalidInput(sentence(listed.none))
    if len(parts) > MOST:
        raise InvalidInput(sentence(listed.too_many, most=MOST, count=str(len(parts))))
    found = [parse(part) for part in parts]
    _require_different(found, listed)
    return found


def _require_different(found: Sequence[str], listed: _Listed) -> None:
    twice: Iterable[str] = (each for each in found if found.count(each) > 1)
    if (first := next(iter(twice), None)) is not None:
        raise InvalidInput(sentence(listed.twice, entry=listed.shown(first)))
