"""Judges the role for Spot: which one it is, its trust policy and its permissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.facts import AccountSnapshot, Policies, Reason, Role, Stacks, TrustingRoles, Unseen
from bot.domain.aws.policies import Tristate, allowed
from bot.domain.aws.preflight import Finding, Target
from bot.domain.aws.role_catalog import PERMISSIONS
from bot.domain.aws.stacks import made_roles, none_trusts
from bot.domain.aws.trust import SPOT_ACCOUNTS, Trust, fault_of_id, role_arns, trust
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


def judge_role(snapshot: AccountSnapshot, target: Target, bucket: str, key: str, first: str) -> Iterator[Finding]:
    """The findings on the role; `bucket` and `key` name a file that it must be able to read, "" where unknown."""
    role, name, recorded = snapshot.role, snapshot.role_name, target.role_arn
    about = {"role": name, "account": format_account_id(target.account_id), "bucket": bucket}
    if isinstance(role, Unseen):
        yield not_seen("role.exists", role, first, **about)
        return
    yield _exists(snapshot, recorded, about)
    if role is None:
        return
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
        case = _case(role, snapshot, action, resource)
        if blind is not None and case not in ("forbidden", "outside", "beyond"):
            yield not_seen(item, blind, "role.exists", **about)
            continue
        shown = f"arn:aws:s3:::{bucket}/*" if item == "role.reads" else resource
        yield finding(item, case, action=action, resource=shown, boundary=role.boundary_arn, **about)


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


def _case(role: Role, snapshot: AccountSnapshot, action: str, resource: str) -> str:
    """The case of a permission: what the role's policies and its boundary together say about it."""
    parts = [part for part in (snapshot.attached, snapshot.inline) if isinstance(part, Policies)]
    answer, forbidden = allowed([document for part in parts for _, document in part.documents], action, resource)
    if forbidden:
        return "forbidden"
    if not all(part.complete for part in parts):
        answer = Tristate.UNSURE
    if role.boundary is None or isinstance(role.boundary, Unseen):
        return (answer if role.boundary is None else answer & Tristate.UNSURE).value
    within, outside = allowed([role.boundary], action, resource)
    if outside:
        return "outside"
    if within is Tristate.NO:
        return "beyond" if answer is not Tristate.NO else "neither"
    return (answer & within).value


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
