"""How the AWS accounts of an organization are spread over the subsets, as far as both are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.aws.preflight import CheckReport, MemberAccount
from bot.domain.enrollment import Enrollment
from bot.language.spoken import gettext, ngettext, number_words

#: The list of the accounts.
ACCOUNTS = "subset_accounts"


@dataclass(frozen=True, slots=True)
class KnownAccounts:
    """The accounts of the organization that the last **Check AWS** has read.

    Attributes:
        all_read: whether the organization has no others.
    """

    members: tuple[MemberAccount, ...] = ()
    all_read: bool = False

    @classmethod
    def of(cls, report: CheckReport | None) -> KnownAccounts:
        """Those of a report; none without one."""
        return cls(report.members, report.account_count is not None) if report is not None else cls()


NOT_READ = KnownAccounts()


@dataclass(frozen=True, slots=True)
class SubsetCoverage:
    """Which accounts are in which subset.

    Attributes:
        known: the accounts of the organization.
        subsets: account ID -> its subsets on the list of AWS accounts, in the list's order.
    """

    known: KnownAccounts
    subsets: Mapping[str, Sequence[str]]

    @property
    def words(self) -> str:
        """The counts as a sentence: `14 of 212 accounts are in no subset, 1 in two, 3 closed.`"""
        members = self.known.members
        closed = sum(member.is_closed for member in members)
        without = sum(not member.is_closed and member.id not in self.subsets for member in members)
        several = [found for member in members if len(found := self.subsets.get(member.id, ())) > 1]
        two = all(len(found) == 2 for found in several)
        more = [gettext("{count} in two" if two else "{count} in several").format(count=number_words(len(several)))]
        more = [*more[: len(several)], *([_closed(closed)] if closed else ())]
        rest = "".join(f", {words}" for words in more)
        count = f"{number_words(len(members))} {ngettext('account', 'accounts', len(members))}"
        of_all = count if self.known.all_read else gettext("the first {accounts}").format(accounts=count)
        if without:
            one, many = "{count} of {accounts} is in no subset", "{count} of {accounts} are in no subset"
            said = ngettext(one, many, without).format(count=number_words(without), accounts=of_all)
        else:
            words = _ALL if self.known.all_read else _ALL_OF
            said = gettext(words[closed > 0]).format(accounts=of_all)
        said = f"{said}{rest}."
        return said if self.known.all_read else f"{said} {gettext('Your organization has more accounts than I read.')}"


#: Where every account is in a subset: without and with closed ones.
_ALL = "All {accounts} are in a subset", "All {accounts} are in a subset or closed"
_ALL_OF = "All of {accounts} are in a subset", "All of {accounts} are in a subset or closed"


def _closed(count: int) -> str:
    return gettext("{count} closed").format(count=number_words(count))


def coverage(enrollment: Enrollment, report: CheckReport | None) -> SubsetCoverage | None:
    """How the accounts are spread; None where no accounts were read."""
    known = KnownAccounts.of(report)
    if not known.members:
        return None
    subsets: dict[str, list[str]] = {}
    for entry in enrollment.subset_accounts:
        subsets.setdefault(entry.account_id, []).append(entry.subset)
    return SubsetCoverage(known, subsets)


def rows(found: SubsetCoverage) -> list[tuple[str, str, str, str, str]]:
    """Account ID, name, state, subset and remark of each account: what needs somebody first.

    Rows with the same remark keep the order of AWS and of the list. An account in several subsets has a row for each of
    them.
    """
    members = {member.id: member for member in found.known.members}
    listed = [number for number in found.subsets if number not in members]
    made: list[tuple[int, tuple[str, str, str, str, str]]] = []
    for number in (*members, *listed):
        member, subsets = members.get(number), found.subsets.get(number, ())
        rank, remark = _remark(member, subsets, found.known.all_read)
        name, state = (member.name, member.state) if member else ("", "")
        made += [(rank, (number, name, state, subset, remark)) for subset in subsets or ("",)]
    return [row for _, row in sorted(made, key=lambda each: each[0])]


def _remark(member: MemberAccount | None, subsets: Sequence[str], all_read: bool) -> tuple[int, str]:
    """Its place among the rows, and what is to be said about an account."""
    if len(subsets) > 1:
        return 0, "in several subsets"
    if member is None:
        return 1, "not in your organization" if all_read else "not among the accounts that I read"
    if member.is_closed:
        return (2, "closed, still in a subset") if subsets else (5, "closed")
    return (4, "") if subsets else (3, "in no subset")
