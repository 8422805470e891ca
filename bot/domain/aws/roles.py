"""Judges the role for Spot: which one it is, its trust policy and its permissions."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.aws import role_permissions, role_trust
from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.facts import AccountSnapshot, Reason, Role, RoleFacts, Stacks, TrustingRoles, Unseen
from bot.domain.aws.permissions import Keys, RolePolicies
from bot.domain.aws.preflight import Finding, Target
from bot.domain.aws.stacks import made_roles, none_trusts
from bot.domain.inputs import format_account_id

#: The default name of the role in Spot's template.
DEFAULT_ROLE = "SpotByNetApp_Finops_ReadOnly"
#: Names that Spot's templates give it, in the order in which they are looked for.
_KNOWN = (
    DEFAULT_ROLE,
    "SpotByNetApp_Finops_Role",
    "SpotByNetApp_Finops_FullPermission",
    "SpotByNetApp_Finops_FullPermissions",
    "Spot-Eco-FinOps",
)


def role_name(arn: str) -> str:
    """The name of a role from its ARN, without the path."""
    return arn.rpartition("/")[2]


def role_to_check(recorded: str | None, stacks: Stacks | Unseen, trusting: TrustingRoles | Unseen) -> str:
    """The name of the role to look at: the recorded one, else a stack's, else one that trusts Spot, else the usual."""
    if recorded:
        return role_name(recorded)
    trusted = () if isinstance(trusting, Unseen) else trusting.arns
    made = made_roles(stacks)
    best = next((arn for arn in made if arn in trusted), None) or next(iter(made), None)
    if best is None:
        names = [role_name(arn) for arn in trusted]
        return next((name for name in (*_KNOWN, *names) if name in names), DEFAULT_ROLE)
    return role_name(best)


def judge_role(
    snapshot: AccountSnapshot,
    target: Target,
    bucket: str,
    keys: Keys,
    first: str,
    *,
    without_bucket: str = "cur.definition",
) -> Iterator[Finding]:
    """The findings on the role; `bucket` and `keys` name files that it must be able to read.

    Args:
        first: the item to solve where nothing was looked at. without_bucket: the one where no bucket is known.
    """
    role, name, recorded = snapshot.role, snapshot.role_name, target.role_arn
    about = {"role": name, "account": format_account_id(target.account_id), "bucket": bucket}
    if isinstance(role, Unseen):
        yield not_seen("role.exists", role, first, **about)
        return
    yield _exists(snapshot, recorded, about)
    if role is None:
        return
    yield from role_trust.judge(role, target)
    policies = RolePolicies(role, snapshot.attached, snapshot.inline)
    yield from role_permissions.judge(policies, bucket, keys, about, without_bucket)


def judge_full_role(
    snapshot: AccountSnapshot, target: Target, bucket: str, keys: Keys, first: str
) -> Iterator[Finding]:
    """The findings on the role with the full policy; none where no such role was entered."""
    arn = target.full_role_arn
    if not arn:
        return
    about = {"role": role_name(arn), "account": format_account_id(target.account_id), "bucket": bucket}
    if arn == target.role_arn:
        facts = RoleFacts(snapshot.role, snapshot.attached, snapshot.inline)
    else:
        facts = snapshot.full or RoleFacts(*[Unseen(Reason.SKIPPED)] * 3)
    role = facts.role
    if isinstance(role, Unseen):
        yield not_seen("full.exists", role, first, **about)
        return
    case = "missing" if role is None else "right" if role.arn == arn else "other"
    yield finding("full.exists", case, arn=role.arn if role else "", recorded=arn, **about)
    if role is None:
        return
    if arn != target.role_arn:
        yield from role_trust.judge(role, target, "full", may_ask_none=True)
    policies = RolePolicies(role, facts.attached, facts.inline)
    yield from role_permissions.judge_full(policies, bucket, keys, about, reads=arn != target.role_arn)


def _exists(snapshot: AccountSnapshot, recorded: str | None, about: dict[str, str]) -> Finding:
    role, trusting = snapshot.role, snapshot.trusting
    made = made_roles(snapshot.stacks)
    arn = role.arn if isinstance(role, Role) else recorded or ""
    others = [] if isinstance(trusting, Unseen) else [other for other in trusting.arns if other != arn]
    if isinstance(role, Role):
        case = (
            "other" if recorded not in (None, arn) else "several" if others and not recorded and not made else "right"
        )
    elif any(role_name(one) == about["role"] for one in made):
        case = "deleted"
    elif others:
        case = "others"
    else:
        case = "missing" if none_trusts(trusting) else "gone" if recorded else "not listed"
    return finding("role.exists", case, arn=arn, recorded=recorded, others=", ".join(others), **about)
