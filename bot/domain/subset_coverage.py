"""How the AWS accounts of an organization are spread over the subsets, as far as both are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.aws.preflight import CheckReport, MemberAccount
from bot.domain.enrollment import Enrollment

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
        more = [f"{len(several):,} in {'two' if all(len(found) == 2 for found in several) else 'several'}"]
        rest = "".join(f", {words}" for words in (*more[: len(several)], *([f"{closed:,} closed"] if closed else ())))
        count = f"{len(members):,} account{'' if len(members) == 1 else 's'}"
        of_all = count if self.known.all_read else f"the first {count}"
        if without:
            said = f"{without:,} of {of_all} {'is' if without == 1 else 'are'} in no subset{rest}"
        elif self.known.all_read:
            said = f"All {count} are in a subset{' or closed' if closed else ''}{rest}"
        else:
            said = f"All of {of_all} are in a subset{' or closed' if closed else ''}{rest}"
        return f"{said}." if self.known.all_read else f"{said}. Your organization has more accounts than I read."


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

    An account in several subsets has a row for each of them.
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
