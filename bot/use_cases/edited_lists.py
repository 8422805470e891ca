"""Changes of single entries of an enrollment's lists, and **Check data** over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bot.domain import customer_users, list_checks, list_edits
from bot.domain.enrollment import Change, Customer, Enrollment
from bot.domain.list_checks import ListFinding
from bot.domain.list_entries import KINDS, entries_of, field_of
from bot.domain.step_spec import StepKey
from bot.domain.subset_coverage import NOT_READ, KnownAccounts, SubsetCoverage
from bot.domain.warnings import unknown_warning
from bot.repository import entry_changes, last_coverage, shared_customers
from bot.repository.database import Connection
from bot.use_cases import confirmations
from bot.use_cases.caller import Caller
from bot.use_cases.enrollments import Enrollments

#: How many other enrollments with the same end customers are looked at.
_MOST_OTHERS = 50


@dataclass(frozen=True, slots=True)
class KnownElsewhere:
    """What **Check data** needs and an enrollment does not hold.

    Attributes:
        accounts: the organization's AWS accounts, as last read.
        shared: Spot organization ID of an end customer -> names of the other enrollments that list it, as far as the
            person may see those.
    """

    accounts: KnownAccounts = NOT_READ
    shared: Mapping[str, Sequence[str]] = field(default_factory=dict)


class EditedLists(Enrollments):
    """The changes of single entries of lists."""

    def key_now(self, caller: Caller, enrollment_id: int, list_name: str, key: str) -> str:
        """The key of an entry that a person's form shows; another one where somebody has edited it meanwhile."""
        if caller.shown is None:
            return key
        with self._database.read() as connection:
            return entry_changes.key_now(connection, enrollment_id, list_name, key, caller.shown.version)

    def change_entry(
        self, caller: Caller, enrollment_id: int, list_name: str, key: str, given: Mapping[str, str]
    ) -> Enrollment:
        """Change one entry; a field that was left as the form showed it keeps its recorded value.

        `NeedsConfirmation` where somebody was faster, and for names that were never recorded.

        Args:
            key: of the entry, as the form showed it.

        Raises:
            StepConflict: the entry is not on the list any more. InvalidInput, NothingToDo: see `list_edits`.
        """

        key = self.key_now(caller, enrollment_id, list_name, key)

        def change(before: Enrollment, **context: Any) -> Change:
            place = list_edits.find(before, list_name, key)
            recorded = list_edits.entry_values(before, list_name, place)
            merged = caller.shown.merge(given, recorded) if caller.shown else given
            wanted = {name: str(value) for name, value in merged.items()}
            return list_edits.change_entry(before, list_name, place, wanted, **context)

        def warnings(connection: Connection, before: Enrollment, after: Enrollment) -> list[str]:
            place = list_edits.find(before, list_name, key)
            shows = partial(list_edits.entry_values, list_name=list_name, place=place)
            was, new = (entries_of(each, list_name)[place] for each in (before, after))
            return [
                *confirmations.overwritten(connection, caller.shown, before, after, shows),
                *_unknown(before, list_name, was, new),
            ]

        return self._change(caller, enrollment_id, change, of_list=list_name, warnings=warnings)

    def remove_entries(self, caller: Caller, enrollment_id: int, list_name: str, gone: frozenset[Any]) -> Enrollment:
        """Remove entries; names that pairs or customers use want confirmation. Raises like `list_edits`."""

        def warnings(_: Connection, before: Enrollment, __: Enrollment) -> list[str]:
            used = list_edits.used_names(before, list_name, gone)
            return [used] if used else []

        return self._change(
            caller,
            enrollment_id,
            partial(list_edits.remove_entries, list_name=list_name, gone=gone),
            of_list=list_name,
            warnings=warnings,
        )

    def add_names(self, caller: Caller, enrollment_id: int, list_name: str, names: Sequence[str]) -> Enrollment:
        """Add subsets or billing workflows. Raises like `list_edits`."""
        change = partial(list_edits.add_names, list_name=list_name, names=names)
        return self._change(caller, enrollment_id, change, of_list=list_name)

    def mark_users(self, caller: Caller, enrollment_id: int, chosen: frozenset[Customer], value: bool) -> Enrollment:
        """Say whether the users of some end customers are created. Raises like `customer_users.mark`."""
        change = partial(customer_users.mark, chosen=chosen, value=value)
        return self._change(caller, enrollment_id, change, of_list=customer_users.LIST)

    # Check data -----------------------------------------------------------------------------------------------

    def list_findings(self, enrollment: Enrollment) -> list[ListFinding]:
        """All that **Check data** finds in the lists of an enrollment; names only what the viewer may see."""
        known = self._known_elsewhere(enrollment)
        return list_checks.findings(enrollment, known.accounts, known.shared)

    def ticket_warnings(self, enrollment: Enrollment, step: StepKey) -> list[str]:
        """What has to be confirmed before the ticket of a step goes out, as far as its list is concerned."""
        if (listed := enrollment.spec(step).list_in_ticket) is None:
            return []
        known = self._known_elsewhere(enrollment) if listed == "customers" else KnownElsewhere()
        return list_checks.ticket_warnings(enrollment, step, known.accounts, known.shared)

    def account_coverage(self, enrollment: Enrollment) -> SubsetCoverage | None:
        """How the organization's accounts are spread over the subsets; None where nobody keeps or has read them."""
        with self._database.read() as connection:
            return last_coverage.of_enrollment(connection, enrollment)

    def _known_elsewhere(self, enrollment: Enrollment) -> KnownElsewhere:
        if not enrollment.customers and not enrollment.subset_accounts:
            return KnownElsewhere()
        with self._database.read() as connection:
            accounts = KnownAccounts.of(confirmations.last_report(connection, enrollment, None))
            found = shared_customers.elsewhere(connection, enrollment.workspace, enrollment.id)
        others = list(dict.fromkeys(number for _, number in found))[:_MOST_OTHERS]
        # After the transaction: whether the viewer may see them is asked of Slack.
        seen = self._choices(enrollment.workspace, shared_customers.among(others)).options if others else ()
        names = {each.id: each.account_name for each in seen}
        shared: dict[str, list[str]] = {}
        for organization, number in found:
            if number in names:
                shared.setdefault(organization, []).append(names[number])
        return KnownElsewhere(accounts, shared)


def _unknown(before: Enrollment, list_name: str, was: Any, new: Any) -> list[str]:
    """Warnings about names that an entry gets and that were never recorded."""
    said, kind = list[str](), KINDS[list_name]
    for name, names in kind.names.items():
        if field_of(new, name) != field_of(was, name):
            said += unknown_warning(kind.fields[name], [field_of(new, name)], before.names_in(names))
    return said
