"""Judges the role for Spot: its CloudFormation stack, its trust policy and its permissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.facts import AccountSnapshot, Policies, Reason, Role, Stack, Unseen
from bot.domain.aws.policies import Tristate, allowed
from bot.domain.aws.preflight import Finding, Target
from bot.domain.aws.role_catalog import PERMISSIONS
from bot.domain.aws.trust import SPOT_ACCOUNTS, Trust, fault_of_id, role_arns, trust
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


def judge_role(snapshot: AccountSnapshot, target: Target, bucket: str, key: str, first: str) -> Iterator[Finding]:
    """The findings on the role; `bucket` and `key` name a file that it must be able to read, "" where unknown."""
    role, name, recorded = snapshot.role, snapshot.role_name, target.role_arn
    about = {"role": name, "account": format_account_id(target.account_id), "bucket": bucket}
    if isinstance(role, Unseen):
        yield not_seen("role.exists", role, first, **about)
        return
    if role is None:
        yield finding("role.exists", "missing", **about)
        return
    case = "other" if recorded not in (None, role.arn) else "right"
    yield finding("role.exists", case, arn=role.arn, recorded=recorded, **about)
    yield from _judge_trust(role, target)
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


def _judge_trust(role: Role, target: Target) -> Iterator[Finding]:
    judged = {account: trust(role.trust, account, target.spot_external_id) for account in SPOT_ACCOUNTS}
    yield _trusted(judged, role_name(role.arn))
    ways_in = [found for found in judged.values() if found.answer is not Tristate.NO]
    if not ways_in:
        yield not_seen("role.external_id", Unseen(Reason.SKIPPED), "role.trust", role=role_name(role.arn))
        return
    yield _external_id(ways_in, target, role_name(role.arn))


def _trusted(judged: dict[str, Trust], name: str) -> Finding:
    untrusted = [account for account, found in judged.items() if found.answer is Tristate.NO]
    missing = untrusted or [account for account, found in judged.items() if found.answer is Tristate.UNSURE]
    limited = any(found.limited for found in judged.values())
    deleted = next((found.deleted for found in judged.values() if found.deleted), "")
    if any(found.anybody and found.answer is not Tristate.NO for found in judged.values()):
        case = "anybody"
    elif untrusted:
        case = "deleted" if deleted else "missing"
    else:
        case = "unsure" if missing else "limited" if limited else "right"
    return finding(
        "role.trust",
        case,
        role=name,
        spot=" and ".join(format_account_id(account) for account in SPOT_ACCOUNTS),
        spot_arns=_arns(SPOT_ACCOUNTS),
        missing=" and ".join(format_account_id(account) for account in missing),
        # A trust that was limited on purpose stays so.
        missing_arns=_and([arn for account in missing for arn in role_arns(account)]) if limited else _arns(missing),
        deleted=deleted,
    )


def _external_id(ways_in: list[Trust], target: Target, name: str) -> Finding:
    """The finding on the external ID; `ways_in` is how the trust policy treats the accounts that it trusts."""
    entered, own = target.spot_external_id, target.external_id
    ids = sorted({one for found in ways_in for one in found.external_ids})
    dead = [one for found in ways_in for one in found.dead_ids]
    without = any(found.without_id for found in ways_in)
    unclear = any(found.unclear_id for found in ways_in)
    if entered and all(found.with_id is Tristate.YES for found in ways_in):
        case = "same" if not without else "partly" if ids else "not asked"
    elif dead and not ids and not without:
        case = "unusable"
    elif own and own in ids:
        case = "own"
    elif unclear and (not entered or any(found.with_id is Tristate.UNSURE for found in ways_in)):
        case = "unclear"
    elif entered:
        case = "other"
    else:
        case = "none" if not ids and not dead else "unclear" if without or len(ids) > 1 else "compare"
    told = ", ".join(ids or dict.fromkeys(dead)) or ("" if dead else "nothing that can be read")
    reason = fault_of_id(dead[0]) if dead else ""
    return finding("role.external_id", case, role=name, ids=told, entered=entered, own=own, reason=reason)


def _arns(accounts: Iterable[str]) -> str:
    return _and([f"arn:aws:iam::{account}:root" for account in accounts])


def _and(words: Sequence[str]) -> str:
    """Words as people list them: `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""
