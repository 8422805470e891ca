"""**Check data**: what is wrong or may be a mistake in the lists of an enrollment, before they go out in a ticket.

An error holds the ticket up that carries the list; a warning is confirmed. What Spot allows is never an error.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

from bot.domain.enrollment import Customer, Enrollment, SubsetAccount
from bot.domain.inputs import shorten
from bot.domain.list_entries import KINDS, NAMED, entries_of, entry_line, field_of, lists_using, name_of, names_used
from bot.domain.look_alikes import look_alikes
from bot.domain.procedure import ORGANIZATION
from bot.domain.sentences import Row, Sentence, sentence
from bot.domain.several_inputs import org_ids
from bot.domain.step_spec import StepKey
from bot.domain.subset_coverage import ACCOUNTS, NOT_READ, KnownAccounts

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

#: How many entries of a finding are named; the rest is counted. In a warning that a form asks about there is less room:
#: its metadata keeps the sentences.
MOST_NAMED = 10
_ASKED_ABOUT = 3
_ASKED_LENGTH = 40

_ORG_ID = re.compile("[0-9]{6,20}")
_NONE: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ListFinding:
    """Something that is wrong, or may be a mistake, in the lists of an enrollment.

    Attributes:
        list_name: the list that has the entries.
        words: the sentence, without the entries.
        named: the entries or names that it is about, as people read them, in a fixed order.
        entries: the entries of the list that it is about.
        remark: the same in a few words, for a row of the list.
        is_error: whether it holds the ticket up. tickets: the lists whose tickets it concerns.
    """

    list_name: str
    words: str
    named: tuple[str, ...]
    entries: frozenset[Any]
    remark: str
    is_error: bool = False
    tickets: frozenset[str] = frozenset()

    def in_full(self, most: int = MOST_NAMED, longest: int = 60) -> Sentence:
        """The sentence with the first entries and how many more there are."""
        words = "{said}: {names} and {count} more." if len(self.named) > most else "{said}: {names}."
        names = [f"“{shorten(name, longest)}”" for name in self.named[:most]]
        return sentence(words, said=self.words, names=names, count=len(self.named) - most)


def errors(enrollment: Enrollment, list_name: str) -> list[ListFinding]:
    """What holds up the ticket that carries a list: errors in it, and accounts in several of the subsets it names."""
    if list_name not in enrollment.procedure.ticket_lists:
        return []
    used = {field_of(entry, "subset") for entry in entries_of(enrollment, list_name)}
    of_accounts = [
        finding
        for finding in _errors_in(enrollment, "subset_accounts")
        if used.intersection(entry.subset for entry in finding.entries)
    ]
    return [*_errors_in(enrollment, list_name), *of_accounts]


def _errors_in(enrollment: Enrollment, list_name: str) -> list[ListFinding]:
    return [finding for finding in _ERRORS[list_name](enrollment) if finding is not None]


def accounts_in_several(enrollment: Enrollment) -> list[str]:
    """The sentence about AWS accounts that are in several subsets, if there are any."""
    return [finding.in_full(_ASKED_ABOUT, _ASKED_LENGTH) for finding in _errors_in(enrollment, ACCOUNTS)]


def error_sentence(enrollment: Enrollment, list_name: str) -> str | None:
    """The sentence that says what holds up the ticket of a list and where to change it; None if nothing does."""
    found = [finding.in_full(_ASKED_ABOUT, _ASKED_LENGTH) for finding in errors(enrollment, list_name)]
    if not found:
        return None
    return Row([*found, sentence("Correct that first with See the lists, in the card's menu.")])


def findings(
    enrollment: Enrollment,
    accounts: KnownAccounts = NOT_READ,
    elsewhere: Mapping[str, Sequence[str]] = _NONE,
) -> list[ListFinding]:
    """Everything that the lists of an enrollment show, errors first; the same for any order of the lists.

    Args:
        accounts: the organization's AWS accounts, as far as they were read.
        elsewhere: Spot organization ID of an end customer -> names of the other enrollments that list it, too.
    """
    return [
        *(finding for list_name in _ERRORS for finding in _errors_in(enrollment, list_name)),
        *(finding for finding in _warnings(enrollment, accounts, elsewhere) if finding is not None),
    ]


def ticket_warnings(
    enrollment: Enrollment,
    key: StepKey,
    accounts: KnownAccounts = NOT_READ,
    elsewhere: Mapping[str, Sequence[str]] = _NONE,
) -> list[str]:
    """What a person confirms before the ticket of a step goes out, one sentence each."""
    listed = enrollment.spec(key).list_in_ticket
    if listed is None:
        return []
    return [
        finding.in_full(_ASKED_ABOUT, _ASKED_LENGTH)
        for finding in findings(enrollment, accounts, elsewhere)
        if not finding.is_error and listed in finding.tickets
    ]


def remarks(found: Iterable[ListFinding], list_name: str) -> dict[Any, list[str]]:
    """Entry of a list -> what was found about it, in a few words each."""
    said: dict[Any, list[str]] = defaultdict(list)
    for finding in found:
        if finding.list_name == list_name:
            for entry in finding.entries:
                said[entry].append(finding.remark)
    return said


def _pair_errors(enrollment: Enrollment) -> Iterator[ListFinding | None]:
    by_subset = _grouped(enrollment.pairs, lambda pair: pair.subset)
    several = [pair for group in by_subset.values() if len({p.workflow for p in group}) > 1 for pair in group]
    words = sentence("A subset has one billing workflow, and these have several")
    yield _error("pairs", words, several, sentence("a second billing workflow"))


def _customer_errors(enrollment: Enrollment) -> Iterator[ListFinding | None]:
    own, account, listed = org_ids(enrollment.value(ORGANIZATION.key)), enrollment.account_id, enrollment.customers
    ours = [c for c in listed if c.spot_org_id in own]
    named = list(dict.fromkeys(each.spot_org_id for each in ours))
    words = sentence("{names} is your own Spot organization and not an end customer's", names=named)
    yield _error("customers", words, ours, sentence("your own Spot organization"))
    payer = [c for c in listed if c.spot_org_id == account]
    words = sentence("{account} is your AWS management account and not a Spot organization", account=account)
    yield _error("customers", words, payer, sentence("your AWS account ID"))
    wrong = [c for c in listed if not _ORG_ID.fullmatch(c.spot_org_id)]
    words = sentence("A Spot organization ID is a number of 6 to 20 digits")
    yield _error("customers", words, wrong, sentence("not a Spot organization ID"))


def _account_errors(enrollment: Enrollment) -> Iterator[ListFinding | None]:
    by_account = _grouped(enrollment.subset_accounts, lambda each: each.account_id)
    several = [each for group in by_account.values() if len({e.subset for e in group}) > 1 for each in group]
    words = sentence("An AWS account belongs to one subset, and these are in several")
    yield _error("subset_accounts", words, several, sentence("in another subset, too"))


#: List -> what is wrong in it.
_ERRORS: Mapping[str, Callable[[Enrollment], Iterator[ListFinding | None]]] = {
    "pairs": _pair_errors,
    "customers": _customer_errors,
    "subset_accounts": _account_errors,
}


def _warnings(
    enrollment: Enrollment, accounts: KnownAccounts, elsewhere: Mapping[str, Sequence[str]]
) -> Iterator[ListFinding | None]:
    pairs, customers = enrollment.pairs, enrollment.customers
    known = frozenset(enrollment.subsets)
    validated = {each.name: each.validated for each in enrollment.workflows}
    yield _unknown("pairs", "subset", [p for p in pairs if known and p.subset not in known], lambda p: p.subset)
    nowhere = [p for p in pairs if validated and p.workflow not in validated]
    yield _unknown("pairs", "billing workflow", nowhere, lambda p: p.workflow)
    untested = [p for p in pairs if validated.get(p.workflow) is False]
    words = sentence("These billing workflows are not validated")
    yield _of("pairs", words, untested, sentence("billing workflow not validated"), lambda p: p.workflow)
    lost = [c for c in customers if known and c.subset not in known]
    yield _unknown("customers", "subset", lost, lambda c: c.subset)
    numbers = frozenset(member.id for member in accounts.members)
    yield from _customer_warnings(customers, numbers - {enrollment.account_id}, elsewhere)
    yield from _account_warnings(enrollment.subset_accounts, known, accounts)
    yield from _look_alikes(enrollment)


def _customer_warnings(
    customers: Sequence[Customer], accounts: frozenset[str], elsewhere: Mapping[str, Sequence[str]]
) -> Iterator[ListFinding | None]:
    of_aws = [c for c in customers if c.spot_org_id in accounts]
    words = sentence("These IDs are AWS accounts of your organization, as last read")
    yield _of("customers", words, of_aws, sentence("an AWS account ID"), lambda c: f"{c.spot_org_id} of {c.subset}")
    spelled = _grouped(customers, lambda c: c.email.casefold())
    twice = [c for group in spelled.values() if len({c.email for c in group}) > 1 for c in group]
    words, remark = sentence("These emails differ in case only"), sentence("same email in other case")
    yield _of("customers", words, twice, remark, lambda c: c.email)
    by_org = _grouped(customers, lambda c: c.spot_org_id)
    shared = [c for group in by_org.values() if len({c.subset for c in group}) > 1 for c in group]
    words = sentence("One Spot organization stands for several subsets")
    yield _of("customers", words, shared, sentence("organization of another subset, too"), _org_and_subset)
    lines = _grouped(customers, lambda c: (c.subset, c.spot_org_id)).values()
    same = [c for each in lines if len(each) > 1 for c in each]
    words, remark = (
        sentence("One end customer has several console emails"),
        sentence("another email of this customer, too"),
    )
    yield _of("customers", words, same, remark, lambda c: f"{c.subset}: {c.email}")
    others = [c for c in customers if c.spot_org_id in elsewhere]
    yield _of(
        "customers",
        sentence("These end customers are in other enrollments, too"),
        others,
        sentence("in another enrollment, too"),
        lambda c: f"{c.subset} (in {', '.join(shorten(name, 40) for name in elsewhere[c.spot_org_id][:3])})",
    )


def _account_warnings(
    listed: Sequence[SubsetAccount], subsets: frozenset[str], accounts: KnownAccounts
) -> Iterator[ListFinding | None]:
    lost = [each for each in listed if subsets and each.subset not in subsets]
    yield _unknown("subset_accounts", "subset", lost, lambda each: each.subset)
    members = {member.id: member for member in accounts.members}
    # Of an organization that was not read to its end, nobody can tell what it lacks.
    foreign = [each for each in listed if accounts.all_read and each.account_id not in members]
    words = sentence("These AWS accounts aren't in your organization, as last read")
    yield _of("subset_accounts", words, foreign, sentence("not in your organization"), entry_line)
    closed = [each for each in listed if each.account_id in members and members[each.account_id].is_closed]
    yield _of("subset_accounts", sentence("These AWS accounts are closed"), closed, sentence("closed"), entry_line)


def _look_alikes(enrollment: Enrollment) -> Iterator[ListFinding | None]:
    """Names that look alike, among the recorded ones and those that the other lists use."""
    for list_name in NAMED:
        groups = look_alikes([*enrollment.names_in(list_name), *names_used(enrollment, list_name)])
        if not groups:
            continue
        alike = frozenset(name for group in groups for name in group)
        tickets = frozenset(
            listed
            for listed, field in lists_using(list_name).items()
            if not alike.isdisjoint(field_of(entry, field) for entry in entries_of(enrollment, listed))
        )
        entries = [entry for entry in entries_of(enrollment, list_name) if name_of(entry) in alike]
        yield ListFinding(
            list_name,
            sentence("These names of {nouns} look alike", nouns=sentence(f"{KINDS[list_name].noun}s")),
            tuple(_side_by_side(group) for group in groups),
            frozenset(entries),
            sentence("looks like another name"),
            tickets=tickets,
        )


def _unknown(list_name: str, noun: str, entries: Sequence[T], called: Callable[[T], str]) -> ListFinding | None:
    words = sentence("These {nouns} aren't on your list of {nouns}", nouns=sentence(f"{noun}s"))
    return _of(list_name, words, entries, sentence("{noun} isn't on your list", noun=sentence(noun)), called)


def _error(list_name: str, words: Sentence, entries: Sequence[Any], remark: Sentence) -> ListFinding | None:
    found = _of(list_name, words, entries, remark, entry_line)
    return replace(found, is_error=True) if found is not None else None


def _of(
    list_name: str, words: Sentence, entries: Sequence[T], remark: Sentence, called: Callable[[T], str]
) -> ListFinding | None:
    """A finding about entries of pairs or customers; None without any."""
    if not entries:
        return None
    named = tuple(sorted({called(entry) for entry in entries}))
    return ListFinding(list_name, words, named, frozenset(entries), remark, tickets=frozenset({list_name}))


def _side_by_side(names: Sequence[str]) -> str:
    more = f" / {len(names) - 3} more" if len(names) > 3 else ""
    return " / ".join(shorten(name, 25) for name in names[:3]) + more


def _org_and_subset(customer: Customer) -> str:
    return f"{customer.spot_org_id}: {customer.subset}"


def _grouped(entries: Iterable[T], key_of: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for entry in entries:
        groups.setdefault(key_of(entry), []).append(entry)
    return groups
