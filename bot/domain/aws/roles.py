"""Judges the role for Spot: its CloudFormation stack, its trust policy and its permissions."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.aws.catalog import PERMISSIONS, finding, not_seen
from bot.domain.aws.facts import AccountSnapshot, Policies, Role, Stack, Unseen
from bot.domain.aws.policies import Tristate, allowed
from bot.domain.aws.preflight import Finding
from bot.domain.aws.trust import SPOT_ACCOUNTS, trust
from bot.domain.inputs import format_account_id

#: The default name of the role in Spot's template.
DEFAULT_ROLE = "SpotByNetApp_Finops_ReadOnly"
OUTPUT = "SpotFinOpsRoleArn"

_FINISHED = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)
#: The update is finished but for removing replaced resources; the output is valid.
_TIDYING = "_COMPLETE_CLEANUP_IN_PROGRESS"


def role_name(arn: str) -> str:
    """The name of a role from its ARN, without the path."""
    return arn.rpartition("/")[2]


def finished(stack: Stack) -> bool:
    """Whether the outputs of a stack are valid."""
    return stack.status in _FINISHED or stack.status.endswith(_TIDYING)


def judge_stack(snapshot: AccountSnapshot, recorded: str | None, bucket: str, first: str) -> Iterator[Finding]:
    """The finding on the stack."""
    stack = snapshot.stack
    if isinstance(stack, Unseen):
        yield not_seen("stack.output", stack, first)
    elif stack is None:
        case = "by hand" if isinstance(snapshot.role, Role) else "none"
        yield finding("stack.output", case, bucket=bucket)
    else:
        values = {"stack": stack.name, "status": stack.status, "arn": stack.role_arn, "recorded": recorded}
        case = "other role" if recorded not in (None, stack.role_arn) else "right"
        if not finished(stack):
            case = "busy" if stack.status.endswith("_IN_PROGRESS") else "broken"
        yield finding("stack.output", case, **values)


def judge_role(
    snapshot: AccountSnapshot, account: str, recorded: str | None, bucket: str, key: str, first: str
) -> Iterator[Finding]:
    """The findings on the role; `bucket` and `key` name a file that it must be able to read, "" where unknown."""
    role, name = snapshot.role, snapshot.role_name
    about = {"role": name, "account": format_account_id(account), "bucket": bucket}
    if isinstance(role, Unseen):
        yield not_seen("role.exists", role, first, **about)
        return
    if role is None:
        yield finding("role.exists", "missing", **about)
        return
    case = "other" if recorded not in (None, role.arn) else "right"
    yield finding("role.exists", case, arn=role.arn, recorded=recorded, **about)
    yield from _judge_trust(role, name)
    needs = {
        "role.describes": ("cur:DescribeReportDefinitions", "*"),
        "role.lists": ("s3:ListBucket", f"arn:aws:s3:::{bucket}"),
        "role.reads": ("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}"),
    }
    for item in PERMISSIONS:
        action, resource = needs[item]
        if not bucket and action.startswith("s3:"):
            continue  # the bucket is not known; the finding on the report says why
        blind = next((part for part in (snapshot.attached, snapshot.inline) if isinstance(part, Unseen)), None)
        answer, forbidden = _may(role, snapshot, action, resource)
        if blind is not None and not forbidden:
            yield not_seen(item, blind, "role.exists", **about)
            continue
        case = "forbidden" if forbidden else answer.value
        shown = f"arn:aws:s3:::{bucket}/*" if item == "role.reads" else resource
        yield finding(item, case, action=action, resource=shown, **about)


def _may(role: Role, snapshot: AccountSnapshot, action: str, resource: str) -> tuple[Tristate, bool]:
    """Whether the role's policies, within its boundary, allow an action; and whether one of them denies it."""
    parts = [part for part in (snapshot.attached, snapshot.inline) if isinstance(part, Policies)]
    answer, forbidden = allowed([document for part in parts for _, document in part.documents], action, resource)
    if not all(part.complete for part in parts):
        answer = Tristate.NO if forbidden else Tristate.UNSURE
    if isinstance(role.boundary, Unseen):
        answer &= Tristate.UNSURE
    elif role.boundary is not None:
        within, outside = allowed([role.boundary], action, resource)
        answer, forbidden = answer & within, forbidden or outside
    return answer, forbidden


def _judge_trust(role: Role, name: str) -> Iterator[Finding]:
    judged = {account: trust(role.trust, account) for account in SPOT_ACCOUNTS}
    untrusted = [account for account, found in judged.items() if found.answer is Tristate.NO]
    unclear = [account for account, found in judged.items() if found.answer is Tristate.UNSURE]
    anybody = any(found.anybody and found.answer is not Tristate.NO for found in judged.values())
    case = "anybody" if anybody else "missing" if untrusted else "unsure" if unclear else "right"
    missing = untrusted or unclear
    yield finding(
        "role.trust",
        case,
        role=name,
        spot=" and ".join(format_account_id(account) for account in SPOT_ACCOUNTS),
        spot_arns=_arns(SPOT_ACCOUNTS),
        missing=" and ".join(format_account_id(account) for account in missing),
        missing_arns=_arns(missing),
    )
    ways_in = [found for found in judged.values() if found.answer is not Tristate.NO]
    ids = frozenset().union(*(found.external_ids for found in ways_in))
    if not ids:
        case = "unclear" if any(found.unclear_id for found in ways_in) else "not asked"
    else:
        several_ids = len(ids) > 1 or any(found.without_id or found.unclear_id for found in ways_in)
        case = "unclear" if several_ids else "asked"
    yield finding("role.external_id", case, role=name, ids=", ".join(sorted(ids)) or "nothing that can be read")


def _arns(accounts: tuple[str, ...] | list[str]) -> str:
    return " and ".join(f"arn:aws:iam::{account}:root" for account in accounts)
