"""Warnings: sentences about input that may be a mistake, which a person confirms with a button of the form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.domain.aws.preflight import CheckReport, Verdict
from bot.domain.enrollment import Enrollment, Pair, Status
from bot.domain.inputs import shorten
from bot.domain.sentences import Sentence, sentence

#: How many names a warning spells out; the rest is counted.
_SPELLED_OUT = 5


def shared_value(
    enrollment: Enrollment,
    asked: str,
    value: str,
    others: Sequence[Enrollment],
    named: Callable[[Enrollment], bool] = lambda _: True,
) -> list[str]:
    """A warning that names the other enrollments with the same value that were not cancelled.

    Args:
        asked: the type's `shared_warning`.
        named: whether the person may be told the name of one; the others are counted.
    """
    live = [other for other in others if other.id != enrollment.id and other.status is not Status.CANCELLED]
    if not live:
        return []
    names = [f"“{shorten(other.account_name)}”" for other in live if named(other)]
    if unseen := len(live) - len(names):
        others_too = "another enrollment" if unseen == 1 else "{count} other enrollments"
        names.append(sentence(others_too, count=unseen))
    return [sentence(asked, value=value, names=_counted(names))]


def failed_check(report: CheckReport | None) -> list[str]:
    """A warning that lists what failed in the last **Check AWS** of an enrollment."""
    found = report.findings if report else ()
    failed = [" ".join(finding.title.split()) for finding in found if finding.verdict is Verdict.FAIL]
    return [sentence("The last Check AWS found something to fix: {names}.", names=_spelled(failed))] if failed else []


def unknown_warning(what: str, used: Iterable[str], known: Iterable[str]) -> list[str]:
    """A warning that lists names that were never recorded; none if no name was recorded at all."""
    recorded = frozenset(known)
    unknown = tuple(dict.fromkeys(name for name in used if name not in recorded))
    if not recorded or not unknown:
        return []
    words = "{names} isn't on your list of {nouns}." if len(unknown) == 1 else "{names} aren't on your list of {nouns}."
    return [sentence(words, names=_spelled(unknown), nouns=sentence(f"{what}s"))]


def nobody_else(names: Iterable[str]) -> list[str]:
    """A warning that lists enrollments whose reminders mention nobody any more."""
    found = tuple(names)
    return [sentence("Nobody else is mentioned in the reminders of {names}.", names=_spelled(found))] if found else []


def replaced_pairs(kept: Iterable[Pair], added: Iterable[Pair]) -> list[str]:
    """A warning that lists the subsets with a recorded billing workflow that is replaced."""
    known = {pair.subset: pair for pair in kept}
    replaced = [
        sentence(
            "“{subset}” (now “{workflow}”)",
            subset=shorten(pair.subset),
            workflow=shorten(known[pair.subset].workflow),
        )
        for pair in added
        if pair.subset in known and known[pair.subset] != pair
    ]
    return [sentence("This replaces the billing workflow of {names}.", names=_counted(replaced))] if replaced else []


def _spelled(names: Sequence[str]) -> Sentence:
    return _counted([f"“{shorten(name)}”" for name in names])


def _counted(names: Sequence[str]) -> Sentence:
    words = "{names} and {count} more" if len(names) > _SPELLED_OUT else "{names}"
    return sentence(words, names=names[:_SPELLED_OUT], count=len(names) - _SPELLED_OUT)
