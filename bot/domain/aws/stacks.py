"""CloudFormation stacks of Spot's templates: which one made the role, and what to do in each state."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.facts import AccountSnapshot, Reason, Role, Stack, Stacks, TrustingRoles, Unseen
from bot.domain.aws.preflight import Finding

#: The outputs of Spot's templates that have the role's ARN: of the known ones, and of the new one.
OUTPUTS = ("SpotFinOpsRoleArn", "CCMFinOpsRoleArn")
#: The parameter by which a stack of these templates is known before it has outputs.
BUCKET_PARAMETER = "CostAndUsageBucket"

_FINISHED = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)
#: The update is finished but for removing replaced resources; the output is valid.
_TIDYING = "_COMPLETE_CLEANUP_IN_PROGRESS"
#: The role was there before the update that failed, so Spot may be using it.
_UPDATE_FAILED = ("UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED", "IMPORT_ROLLBACK_FAILED")


def finished(stack: Stack) -> bool:
    """Whether the outputs of a stack are valid."""
    return stack.status in _FINISHED or stack.status.endswith(_TIDYING)


def made_roles(stacks: Stacks | Unseen) -> tuple[str, ...]:
    """The ARNs of the roles that finished stacks made, each once."""
    found = () if isinstance(stacks, Unseen) else stacks.found
    return tuple(dict.fromkeys(stack.role_arn for stack in found if stack.role_arn and finished(stack)))


def none_trusts(trusting: TrustingRoles | Unseen) -> bool:
    """Whether it is certain that no role trusts Spot, so that nobody has run a template."""
    return not isinstance(trusting, Unseen) and trusting.complete and not trusting.arns


def judge(snapshot: AccountSnapshot, recorded: str | None, bucket: str, first: str) -> Iterator[Finding]:
    """The finding on the stack."""
    stacks, role = snapshot.stacks, snapshot.role
    if isinstance(stacks, Unseen):
        yield not_seen("stack.output", stacks, first)
        return
    wanted = recorded or (role.arn if isinstance(role, Role) else None)
    stack = _chosen(stacks, wanted)
    if not stacks.complete and (stack is None or stack.role_arn != wanted):
        yield not_seen("stack.output", Unseen(Reason.TOO_MANY), first)
        return
    others = [arn for arn in made_roles(stacks) if stack is None or arn != stack.role_arn]
    values = {
        "bucket": bucket,
        "stack": stack.name if stack else "",
        "status": stack.status if stack else "",
        "arn": stack.role_arn if stack and stack.role_arn else role.arn if isinstance(role, Role) else wanted or "",
        "recorded": recorded,
        "others": ", ".join(others),
    }
    case = _case(stack, role, recorded, several=bool(others))
    if case == "none" and not none_trusts(snapshot.trusting):
        case = "unseen"
    yield finding("stack.output", case, **values)


def _chosen(stacks: Stacks, wanted: str | None) -> Stack | None:
    """The stack that made the wanted role, else a finished one, else any."""
    ordered = sorted(stacks.found, key=lambda s: (s.role_arn != wanted, not s.role_arn, not finished(s)))
    return ordered[0] if ordered else None


def _case(stack: Stack | None, role: Role | Unseen | None, recorded: str | None, *, several: bool) -> str:
    is_there = isinstance(role, Role)
    entered = isinstance(role, Role) and role.arn == recorded
    if stack is None or not stack.role_arn:
        # A stack that made no role says nothing about one that exists.
        if entered:
            return "another way"
        if is_there or isinstance(role, Unseen):
            return "by hand" if is_there else "unseen"
        return "none" if stack is None else _without_role(stack)
    if recorded not in (None, stack.role_arn):
        return "another role" if entered else "other role"
    if finished(stack):
        return "several" if several and recorded is None else "right"
    return state(stack)


def _without_role(stack: Stack) -> str:
    """The case of a stack that has no output, where there is no role either."""
    return "no output" if finished(stack) else "broken" if state(stack) == "failed" else state(stack)


def state(stack: Stack) -> str:
    """What is the matter with a stack that is not finished, in a word or two."""
    if stack.status == "DELETE_IN_PROGRESS":
        return "deleting"
    if stack.status == "DELETE_FAILED":
        return "not deleted"
    if stack.status.endswith("_IN_PROGRESS"):
        return "busy"
    return "update failed" if stack.status in _UPDATE_FAILED else "failed"
