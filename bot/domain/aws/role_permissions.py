"""Judges what the policies of a role for Spot allow, by the lists in `permissions`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.facts import Reason, Unseen
from bot.domain.aws.permissions import (
    CERTAIN,
    ESSENTIAL,
    FULL,
    FULL_EC2,
    OPTIONAL,
    REQUIRED,
    Answer,
    Keys,
    Need,
    RolePolicies,
)
from bot.domain.aws.preflight import Finding

About = Mapping[str, str]
#: The most actions of a purpose that are named one by one, where there is a short form.
_NAMED = 3
_FAILED = (Answer.NO, Answer.NEITHER, *CERTAIN)


def judge(
    policies: RolePolicies, bucket: str, keys: Keys, about: About, without_bucket: str = "cur.definition"
) -> Iterator[Finding]:
    """The findings on the role that reads the costs; `without_bucket` is the item to solve where no bucket is known."""
    for item, need in ESSENTIAL.items():
        for _, answers in policies.ask_all((need,), bucket, keys):  # none about a bucket that is not known
            yield _one(item, policies, need, answers, about)
    yield _list("role.required", policies, REQUIRED, bucket, keys, about, without_bucket)
    if policies.blind is not None:
        return  # said above, and nothing that is optional fails
    asked = policies.ask_all(OPTIONAL, bucket, keys)
    lacks = [need for need, answers in asked if set(answers.values()) != {Answer.YES}]
    told = ", ".join(need.purpose for need in lacks)
    yield finding("role.optional", "some" if lacks else "all", lacks=told, **about)


def judge_full(policies: RolePolicies, bucket: str, keys: Keys, about: About, *, reads: bool) -> Iterator[Finding]:
    """The findings on the role with the full policy; `reads` is False where its reads have been judged."""
    if reads:
        yield _list("full.required", policies, (*ESSENTIAL.values(), *REQUIRED), bucket, keys, about)
    lacks = [need for need, answers in policies.ask_all(FULL, bucket, keys) if set(answers.values()) & set(_FAILED)]
    sure = not policies.blind and {need.purpose for need in lacks} == {n.purpose for n in FULL} - set(FULL_EC2)
    if sure:  # as Spot's full policy for EC2 alone
        yield finding("full.permissions", "ec2", lacks=", ".join(need.purpose for need in lacks), **about)
        return
    yield _list("full.permissions", policies, FULL, bucket, keys, about)


def _one(item: str, policies: RolePolicies, need: Need, answers: Mapping[str, Answer], about: About) -> Finding:
    [(action, answer)] = answers.items()
    if policies.blind is not None and answer not in CERTAIN:
        return not_seen(item, policies.blind, "role.exists", **about)
    resource = _shown(need, about)
    return finding(item, answer, action=action, resource=resource, boundary=policies.role.boundary_arn, **about)


def _list(
    item: str,
    policies: RolePolicies,
    needs: tuple[Need, ...],
    bucket: str,
    keys: Keys,
    about: About,
    without_bucket: str = "cur.definition",
) -> Finding:
    """One finding on a list: all is allowed, or what is missing, with what Spot's console will say."""
    asked = list(policies.ask_all(needs, bucket, keys))
    failing = [(need, [a for a, answer in answers.items() if answer in _FAILED]) for need, answers in asked]
    failing = [(need, actions) for need, actions in failing if actions]
    unsure = [(need, [a for a, answer in answers.items() if answer is Answer.UNSURE]) for need, answers in asked]
    found = {answer for _, answers in asked for answer in answers.values()}
    told = failing or [(need, actions) for need, actions in unsure if actions]
    if policies.blind is not None and not found & set(CERTAIN):
        return not_seen(item, policies.blind, "role.exists", **about)
    if not told and len(asked) < len(needs):
        return not_seen(item, Unseen(Reason.SKIPPED), without_bucket, **about)
    if found & {Answer.FORBIDDEN, Answer.OUTSIDE}:
        case = "forbidden"
    elif found & {Answer.BEYOND, Answer.NEITHER}:
        case = "beyond"
    else:
        case = "lacks" if failing else "unsure" if told else "all"
    return finding(
        item,
        case,
        lacks="; ".join(f"{need.purpose} ({_named(need, actions)})" for need, actions in told),
        statements="; ".join(
            f"Action {_named(need, actions)}, Resource {_shown(need, about)}" for need, actions in told
        ),
        console=" or ".join(dict.fromkeys(f"“{need.console}”" for need, _ in told)),
        boundary=policies.role.boundary_arn,
        **about,
    )


def _named(need: Need, actions: list[str]) -> str:
    return need.short if need.short and len(actions) > _NAMED else ", ".join(actions)


def _shown(need: Need, about: About) -> str:
    """A need's resource as it stands in a policy."""
    return need.resource.format_map({"bucket": about["bucket"], "file": "*", "any": "*"}).replace("*/*", "*")
