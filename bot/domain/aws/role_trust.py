"""Judges the trust policy of a role for Spot, and the external ID that it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.facts import Reason, Role, Unseen
from bot.domain.aws.policies import Tristate
from bot.domain.aws.preflight import Finding, Target
from bot.domain.aws.trust import SPOT_ACCOUNTS, Trust, fault_of_id, role_arns, trust
from bot.domain.inputs import format_account_id


def judge(role: Role, target: Target, items: str = "role", *, may_ask_none: bool = False) -> Iterator[Finding]:
    """The findings on who may assume a role.

    Args:
        items: how the names of the items begin.
        may_ask_none: whether a role without an external ID is right although one was entered.
    """
    name = role.arn.rpartition("/")[2]
    judged = {account: trust(role.trust, account, target.spot_external_id) for account in SPOT_ACCOUNTS}
    yield _trusted(judged, f"{items}.trust", name)
    ways_in = [found for found in judged.values() if found.answer is not Tristate.NO]
    if not ways_in:
        yield not_seen(f"{items}.external_id", Unseen(Reason.SKIPPED), f"{items}.trust", role=name)
        return
    yield _external_id(ways_in, target, f"{items}.external_id", name, may_ask_none=may_ask_none)


def _trusted(judged: dict[str, Trust], item: str, name: str) -> Finding:
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
        item,
        case,
        role=name,
        spot=" and ".join(format_account_id(account) for account in SPOT_ACCOUNTS),
        spot_arns=_arns(SPOT_ACCOUNTS),
        missing=" and ".join(format_account_id(account) for account in missing),
        # A trust that was limited on purpose stays so.
        missing_arns=_and([arn for account in missing for arn in role_arns(account)]) if limited else _arns(missing),
        deleted=deleted,
    )


def _external_id(ways_in: list[Trust], target: Target, item: str, name: str, *, may_ask_none: bool) -> Finding:
    """The finding on the external ID; `ways_in` is how the trust policy treats the accounts that it trusts."""
    entered, own = target.spot_external_id, target.external_id
    ids = sorted({one for found in ways_in for one in found.external_ids})
    dead = [one for found in ways_in for one in found.dead_ids]
    without = any(found.without_id for found in ways_in)
    unclear = any(found.unclear_id for found in ways_in)
    if entered and all(found.with_id is Tristate.YES for found in ways_in):
        case = "same" if not without else "partly" if ids else "none" if may_ask_none else "not asked"
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
    return finding(item, case, role=name, ids=told, entered=entered, own=own, reason=reason)


def _arns(accounts: Iterable[str]) -> str:
    return _and([f"arn:aws:iam::{account}:root" for account in accounts])


def _and(words: Sequence[str]) -> str:
    """Words as people list them: `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""
