"""An enrollment as a whole: starting it (also in the middle), editing, cancelling, resuming, changing its lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.domain.consequences import settle
from bot.domain.enrollment import (
    Change,
    Customer,
    Enrollment,
    Event,
    EventKind,
    Pair,
    Policy,
    State,
    Status,
)
from bot.domain.errors import InvalidForm, NothingToDo, StepConflict
from bot.domain.procedure import PROCEDURE, SPECS, StepKey, behind
from bot.domain.reminders import replan
from bot.domain.schedule import start_of

#: How far back "we are at this step since" may lie.
_OLDEST_START = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a team stands that starts in the middle.

    Attributes:
        key: the step they are at. waiting: its act is done and its wait runs. since: the day it came to that;
            None means today.
    """

    key: StepKey
    waiting: bool = False
    since: date | None = None


def start(enrollment: Enrollment, position: Position | None, policy: Policy) -> Change:
    """Bring a new enrollment to where the team stands, by the person and at the moment it names.

    With an organization ID the sign-up is over already.

    Raises:
        InvalidForm: the position needs an organization ID, or its date lies in the future or too far back.
    """
    by, now = enrollment.started_by, enrollment.started_at
    over: set[StepKey] = {StepKey.SIGN_UP} if enrollment.spot_org_id else set()
    if position is not None:
        over.update(behind(position.key))
        _check_position(enrollment, position, over, now)
    after = enrollment
    for key in over:
        after = after.with_step(key, state=State.DONE, since=now, acted_at=now, acted_by=by)
        after = after.with_step(key, finished_at=now, finished_by=by)
    details: dict[str, object] = {}
    if position is not None:
        if position.key not in over:
            after = _placed(after, position, by, now, policy)
        details = {"at": position.key.value, "waiting": position.waiting}
    return settle(enrollment, after, (Event(EventKind.STARTED, None, details),), by, now, policy)


def _check_position(enrollment: Enrollment, position: Position, over: set[StepKey], now: datetime) -> None:
    faults = {}
    if StepKey.SIGN_UP in over and enrollment.spot_org_id is None:
        faults["spot_org_id"] = "You are past the sign-up, so the Spot organization ID is known: enter it here."
    if position.since is not None:
        since = start_of(position.since, now, enrollment.zone)
        if since > now:
            faults["since"] = f"{position.since} is in the future. Say since when you are at this step."
        elif now - since > _OLDEST_START:
            faults["since"] = f"{position.since} is more than a year ago. Check the date."
    if position.waiting and SPECS[position.key].wait is None:
        faults["position"] = f"“{SPECS[position.key].title}” has no wait."
    if faults:
        raise InvalidForm(faults)


def _placed(enrollment: Enrollment, position: Position, by: str, now: datetime, policy: Policy) -> Enrollment:
    since = start_of(position.since, now, enrollment.zone) if position.since else now
    if not position.waiting:
        return enrollment.with_step(position.key, state=State.OPEN, since=since)
    earliest, latest = policy.window_for(position.key, since, enrollment.zone)
    return enrollment.with_step(
        position.key,
        state=State.WAITING,
        since=since,
        acted_at=since,
        acted_by=by,
        window_start=since,
        earliest=earliest,
        latest=latest,
    )


def others(owner: str, people: Sequence[str]) -> tuple[str, ...]:
    """The collaborators among the people who were chosen: once each, without the owner."""
    return tuple(user for user in dict.fromkeys(people) if user != owner)


@dataclass(frozen=True, slots=True)
class Edit:
    """What the edit form holds: every field as it shall be."""

    account_name: str
    spot_org_id: str | None
    owner: str
    owner_zone: str
    collaborators: tuple[str, ...]
    channel_id: str
    role_arn: str | None
    bucket: str | None


def edit(enrollment: Enrollment, wanted: Edit, by: str, now: datetime, policy: Policy) -> Change:
    """Change what was collected about the enrollment.

    Raises:
        NothingToDo: the form says what is the case already.
        InvalidForm: the organization ID was cleared although it was known. StepConflict: it was cancelled.
    """
    _require_live(enrollment)
    wanted = replace(wanted, collaborators=others(wanted.owner, wanted.collaborators))
    fields = {name: getattr(wanted, name) for name in Edit.__slots__}
    changed = {name: value for name, value in fields.items() if getattr(enrollment, name) != value}
    if set(changed) <= {"owner_zone"}:
        raise NothingToDo("Nothing was changed.")
    if wanted.spot_org_id is None and enrollment.spot_org_id is not None:
        raise InvalidForm({"spot_org_id": "The Spot organization ID is known already; correct it, but keep one."})
    after = replace(enrollment, **fields)
    told = {name: [getattr(enrollment, name), value] for name, value in changed.items() if name != "owner_zone"}
    return settle(enrollment, after, (Event(EventKind.EDITED, None, {"changed": told}),), by, now, policy)


def set_zone(enrollment: Enrollment, zone: str, now: datetime, policy: Policy) -> Change:
    """Follow the owner's clock: reminders are planned by it; nobody is told."""
    after = replace(enrollment, owner_zone=zone)
    return Change(replan(enrollment, after, now, policy), (), enrollment.owner, now)


def cancel(enrollment: Enrollment, reason: str, by: str, now: datetime, policy: Policy) -> Change:
    """End an enrollment without completing it; nothing is owed for it any more.

    Raises:
        StepConflict: it was cancelled already.
    """
    if enrollment.status is Status.CANCELLED:
        raise StepConflict("This enrollment is cancelled already.")
    after = replace(enrollment, status=Status.CANCELLED, ended_at=now)
    event = Event(EventKind.CANCELLED, None, {"reason": reason})
    return Change(replan(enrollment, after, now, policy), (event,), by, now)


def resume(enrollment: Enrollment, by: str, now: datetime, policy: Policy) -> Change:
    """Take up a cancelled enrollment where it was left.

    Raises:
        StepConflict: it is not cancelled.
    """
    if enrollment.status is not Status.CANCELLED:
        raise StepConflict(f"This enrollment is {enrollment.status.value}, not cancelled.")
    complete = enrollment.finished == len(PROCEDURE)
    after = replace(
        enrollment,
        status=Status.COMPLETED if complete else Status.ACTIVE,
        ended_at=now if complete else None,
    )
    return settle(enrollment, after, (Event(EventKind.RESUMED),), by, now, policy)


def change_pairs(
    enrollment: Enrollment,
    add: Sequence[Pair],
    remove: frozenset[Pair],
    by: str,
    now: datetime,
    policy: Policy,
) -> Change:
    """Add and remove associations; a subset that is paired anew loses its former billing workflow.

    Raises:
        NothingToDo: nothing would change. StepConflict: the enrollment was cancelled.
    """
    _require_live(enrollment)
    renewed = {pair.subset for pair in add}
    kept = tuple(p for p in enrollment.pairs if p not in remove and p.subset not in renewed)
    after = replace(enrollment, pairs=(*kept, *add))
    if after.pairs == enrollment.pairs:
        raise NothingToDo("Nothing was added or removed.")
    details = {"added": len(add), "removed": len(enrollment.pairs) - len(kept), "count": len(after.pairs)}
    return settle(enrollment, after, (Event(EventKind.PAIRS_CHANGED, None, details),), by, now, policy)


def change_customers(
    enrollment: Enrollment,
    add: Sequence[Customer],
    remove: frozenset[Customer],
    by: str,
    now: datetime,
    policy: Policy,
) -> Change:
    """Add and remove end customers.

    Raises:
        NothingToDo: nothing would change. StepConflict: the enrollment was cancelled.
    """
    _require_live(enrollment)
    kept = tuple(c for c in enrollment.customers if c not in remove)
    after = replace(enrollment, customers=tuple(dict.fromkeys((*kept, *add))))
    if after.customers == enrollment.customers:
        raise NothingToDo("Nothing was added or removed.")
    details = {
        "added": len(add),
        "removed": len(enrollment.customers) - len(kept),
        "count": len(after.customers),
    }
    return settle(enrollment, after, (Event(EventKind.CUSTOMERS_CHANGED, None, details),), by, now, policy)


def _require_live(enrollment: Enrollment) -> None:
    if enrollment.status is Status.CANCELLED:
        raise StepConflict("This enrollment was cancelled. Resume it first.")
