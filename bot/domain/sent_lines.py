"""What Spot support was told of the lines of a list: which ticket carried each, what is confirmed, what has changed.

A list's tickets are kept as they went out. What support was told of a line is what the last ticket with it said, so
changes of the list need no bookkeeping: the next ticket carries the difference.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.domain.enrollment import Enrollment, ListTicket
from bot.domain.list_changes import ListChanges, compare
from bot.domain.procedure import TICKET_NUMBER
from bot.domain.step_spec import StepKey

_NOTHING = ListChanges((), (), (), (), 0)


@dataclass(frozen=True, slots=True)
class TicketLines:
    """The lines that a ticket carries.

    Attributes:
        follow_up: whether it tells only what has changed since the tickets before it.
        changed: lines that support was told of, each with the one that takes its place.
    """

    added: tuple[Any, ...] = ()
    changed: tuple[tuple[Any, Any], ...] = ()
    removed: tuple[Any, ...] = ()
    follow_up: bool = False

    def __len__(self) -> int:
        return len(self.added) + len(self.changed) + len(self.removed)

    def parts(self, most: int | None) -> tuple[TicketLines, ...]:
        """The lines in parts of at most that many; in one where `most` is None or there are no more."""
        if most is None or len(self) <= most:
            return (self,)
        made, kinds = list[TicketLines](), (self.added, self.changed, self.removed)
        lines = [(kind, line) for kind, of_kind in enumerate(kinds) for line in of_kind]
        for start in range(0, len(lines), most):
            part = lines[start : start + most]
            added, changed, removed = (tuple(line for of, line in part if of == kind) for kind in range(len(kinds)))
            made.append(TicketLines(added, changed, removed, self.follow_up))
        return tuple(made)


@dataclass(frozen=True, slots=True)
class Told:
    """What support was told of a line last: by which ticket, and whether that one asks to take the line away."""

    ticket: ListTicket
    removed: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How far the lines of a list are.

    Attributes:
        listed: the lines of the list. confirmed: those of them that support has confirmed. sent: those in a ticket that
            nobody has confirmed. unsent: those that no ticket told of as they are now.
        follow_up: those of `sent`, and lines to be taken away, that a follow-up ticket carries.
        to_remove: lines that support was told of, and that have left the list since the last ticket.
    """

    listed: int = 0
    confirmed: int = 0
    sent: int = 0
    unsent: int = 0
    follow_up: int = 0
    to_remove: int = 0

    @property
    def changes(self) -> int:
        """How many lines the next follow-up ticket carries."""
        return self.unsent + self.to_remove


def tickets_of(enrollment: Enrollment, list_name: str) -> tuple[ListTicket, ...]:
    """The tickets that carried a list, in the order in which they went out."""
    return tuple(ticket for ticket in enrollment.list_tickets if ticket.list_name == list_name)


def last_number(enrollment: Enrollment, list_name: str | None) -> int:
    """The number of a list's last ticket; 0 without one."""
    return max((ticket.number for ticket in tickets_of(enrollment, list_name or "")), default=0)


def told_lines(enrollment: Enrollment, list_name: str) -> dict[Any, Told]:
    """Line -> what support was told of it last."""
    told: dict[Any, Told] = {}
    for ticket in tickets_of(enrollment, list_name):
        told.update(dict.fromkeys(ticket.removed, Told(ticket, removed=True)))
        told.update(dict.fromkeys(ticket.added, Told(ticket, removed=False)))
    return told


def unsent(enrollment: Enrollment, list_name: str | None) -> ListChanges:
    """What has changed in a list since its last ticket; nothing as long as no ticket has carried it."""
    if list_name is None or not tickets_of(enrollment, list_name):
        return _NOTHING
    known = [line for line, told in told_lines(enrollment, list_name).items() if not told.removed]
    return compare(list_name, known, getattr(enrollment, list_name), replace=True)


def lines_to_send(enrollment: Enrollment, list_name: str | None) -> TicketLines:
    """The lines of the list's next ticket: what has changed, or the whole list where nothing has or none was sent."""
    if list_name is None:
        return TicketLines()
    if changes := unsent(enrollment, list_name):
        return TicketLines(changes.new, changes.changed, changes.removed, follow_up=True)
    return TicketLines(getattr(enrollment, list_name))


def sent_lines(enrollment: Enrollment, list_name: str | None) -> TicketLines:
    """The lines of the list's last ticket, as they went out; without one, those of the next."""
    if list_name is None or not (tickets := tickets_of(enrollment, list_name)):
        return lines_to_send(enrollment, list_name)
    return lines_of(tickets[-1])


def lines_of(ticket: ListTicket) -> TicketLines:
    """The lines that a ticket carried."""
    changes = compare(ticket.list_name, ticket.removed, ticket.added, replace=True)
    return TicketLines(changes.new, changes.changed, changes.removed, ticket.follow_up)


def pending(enrollment: Enrollment, list_name: str | None) -> tuple[ListTicket, ...]:
    """The tickets of a list that nobody has confirmed, without those whose lines later ones carry again."""
    if list_name is None:
        return ()
    numbers = {told.ticket.number for told in told_lines(enrollment, list_name).values()}
    tickets = tickets_of(enrollment, list_name)
    return tuple(ticket for ticket in tickets if ticket.number in numbers and ticket.confirmed_at is None)


def is_settled(enrollment: Enrollment, list_name: str) -> bool:
    """Whether support has confirmed all that the list says."""
    has_tickets = bool(tickets_of(enrollment, list_name))
    return has_tickets and not pending(enrollment, list_name) and not unsent(enrollment, list_name)


def counts(enrollment: Enrollment, list_name: str) -> Counts:
    """How far the lines of a list are; nothing is known of them before the first ticket."""
    lines, changes = getattr(enrollment, list_name), unsent(enrollment, list_name)
    told = told_lines(enrollment, list_name)
    found = [told[line] for line in lines if line in told and not told[line].removed]
    confirmed = sum(each.ticket.confirmed_at is not None for each in found)
    waits = {line: each for line, each in told.items() if each.ticket.follow_up and each.ticket.confirmed_at is None}
    come, gone = ([line for line, each in waits.items() if each.removed is removed] for removed in (False, True))
    follow_up = compare(list_name, gone, come, replace=True)
    return Counts(
        listed=len(lines),
        confirmed=confirmed,
        sent=len(found) - confirmed,
        unsent=len(changes.new) + len(changes.changed),
        follow_up=follow_up.count,
        to_remove=len(changes.removed),
    )


def with_ticket(enrollment: Enrollment, key: StepKey, lines: TicketLines) -> Enrollment:
    """The enrollment with one more ticket of a step's list, whose act was done just now; unchanged without a list."""
    listed = enrollment.spec(key).list_in_ticket
    if listed is None:
        return enrollment
    gone, come = zip(*lines.changed, strict=True) if lines.changed else ((), ())
    at, on, by, given = _act_of(enrollment, key)
    ticket = ListTicket(
        listed,
        last_number(enrollment, listed) + 1,
        at=at,
        on=on,
        by=by,
        ticket=given,
        follow_up=lines.follow_up,
        added=(*lines.added, *come),
        removed=(*lines.removed, *gone),
    )
    return replace(enrollment, list_tickets=(*enrollment.list_tickets, ticket))


def sent_before(enrollment: Enrollment, key: StepKey) -> Enrollment:
    """The enrollment whose list counts as sent, because the step waits or is done and no ticket of it is known."""
    listed = enrollment.spec(key).list_in_ticket
    if listed is None or tickets_of(enrollment, listed) or not getattr(enrollment, listed):
        return enrollment
    return with_ticket(enrollment, key, lines_to_send(enrollment, listed))


def with_act(enrollment: Enrollment, key: StepKey) -> Enrollment:
    """The enrollment whose last pending ticket of a step's list has the day, author and number of the step's act."""
    tickets = pending(enrollment, enrollment.spec(key).list_in_ticket)
    if not tickets:
        return enrollment
    at, on, by, number = _act_of(enrollment, key)
    return _replaced(enrollment, {tickets[-1]: replace(tickets[-1], at=at, on=on, by=by, ticket=number)})


def _act_of(enrollment: Enrollment, key: StepKey) -> tuple[Any, ...]:
    step = enrollment.step(key)
    return step.acted_at, step.acted_on, step.acted_by, step.values.get(TICKET_NUMBER.key)


def without_last_ticket(enrollment: Enrollment, key: StepKey) -> Enrollment:
    """The enrollment without the last pending ticket of a step's list, because it was not sent."""
    gone = pending(enrollment, enrollment.spec(key).list_in_ticket)[-1:]
    return replace(enrollment, list_tickets=tuple(each for each in enrollment.list_tickets if each not in gone))


def confirmed(
    enrollment: Enrollment, key: StepKey, now: datetime, numbers: Collection[int] | None = None
) -> Enrollment:
    """The enrollment with confirmed tickets of a step's list: those with these numbers, or all for None.

    Where no ticket is known, the list as it is now counts as sent before and as confirmed.
    """
    listed = enrollment.spec(key).list_in_ticket
    if listed is None:
        return enrollment
    enrollment = sent_before(enrollment, key)
    chosen = [t for t in pending(enrollment, listed) if numbers is None or t.number in numbers]
    return _replaced(enrollment, {ticket: replace(ticket, confirmed_at=now) for ticket in chosen})


def unconfirmed(enrollment: Enrollment, key: StepKey) -> Enrollment:
    """The enrollment whose tickets of a step's list nobody has confirmed."""
    tickets = tickets_of(enrollment, enrollment.spec(key).list_in_ticket or "")
    return _replaced(enrollment, {ticket: replace(ticket, confirmed_at=None) for ticket in tickets})


def _replaced(enrollment: Enrollment, new: dict[ListTicket, ListTicket]) -> Enrollment:
    return replace(enrollment, list_tickets=tuple(new.get(ticket, ticket) for ticket in enrollment.list_tickets))


def changed_lists(before: Enrollment, after: Enrollment) -> Sequence[tuple[str, StepKey]]:
    """The lists that a change alters and that a ticket carries, each with the step of that ticket."""
    return [
        each for each in after.procedure.ticket_lists.items() if getattr(before, each[0]) != getattr(after, each[0])
    ]
