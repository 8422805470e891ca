"""The end customers whose users are created in their Spot organizations, as people mark them.

The mark belongs to the organization, so it stays when a subset is renamed or a console email changes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.consequences import settle
from bot.domain.enrollment import Change, Customer, Enrollment, Event, EventKind, Policy
from bot.domain.errors import NothingToDo
from bot.domain.lifecycle import require_live
from bot.domain.sentences import sentence

#: The list.
LIST = "customers"


def with_users(enrollment: Enrollment) -> frozenset[Customer]:
    """The end customers whose users are created."""
    organizations = frozenset(enrollment.with_users)
    return frozenset(customer for customer in enrollment.customers if customer.spot_org_id in organizations)


def created(enrollment: Enrollment) -> int:
    """The number of end customers whose users are created."""
    return len(with_users(enrollment))


def marked(enrollment: Enrollment, marks: Mapping[str, bool]) -> Enrollment:
    """The enrollment with other marks: Spot organization ID -> whether its users are created."""
    known = frozenset(enrollment.with_users)
    kept = [number for number in enrollment.with_users if marks.get(number, True)]
    new = [number for number, mark in marks.items() if mark and number not in known]
    return replace(enrollment, with_users=(*kept, *new))


def all_marked(enrollment: Enrollment) -> Enrollment:
    """The enrollment in which the users of every end customer are created."""
    return marked(enrollment, {customer.spot_org_id: True for customer in enrollment.customers})


def mark(
    enrollment: Enrollment, chosen: Collection[Customer], value: bool, by: str, now: datetime, policy: Policy
) -> Change:
    """Say whether the users of some end customers are created.

    The step is done with the last of them, once support has confirmed all customers.

    Raises:
        NothingToDo: that is so already. StepConflict: the enrollment was cancelled.
    """
    require_live(enrollment)
    mine, have = frozenset(enrollment.customers), with_users(enrollment)
    changed = [each for each in chosen if each in mine and (each in have) is not value]
    if not changed:
        words = "These are already marked that way." if chosen else "Choose at least one end customer."
        raise NothingToDo(sentence(words))
    after = marked(enrollment, {customer.spot_org_id: value for customer in changed})
    details: dict[str, object] = {"marked": len(changed), "value": value}
    details |= {"created": created(after), "count": len(after.customers)}
    return settle(
        enrollment,
        after,
        (Event(EventKind.USERS_MARKED, enrollment.procedure.step_with(LIST), details),),
        by,
        now,
        policy,
    )
