"""What Spot support knows of a list, in words: how many lines are associated, sent, and not sent yet."""

from __future__ import annotations

from bot.domain import customer_users
from bot.domain.enrollment import Enrollment, ListTicket
from bot.domain.list_entries import KINDS
from bot.domain.schedule import day_words
from bot.domain.sent_lines import Counts, Told, counts, lines_of, tickets_of
from bot.presentation.texts import plural, ticket_words


def progress(enrollment: Enrollment, list_name: str | None) -> str:
    """How far the lines of a list are: `298 of 300 associated, 2 in a follow-up.`; "" before its first ticket."""
    if list_name is None or not tickets_of(enrollment, list_name):
        return ""
    found, said = counts(enrollment, list_name), list[str]()
    if found.confirmed:
        said.append(f"{found.confirmed:,} of {found.listed:,} associated")
    elif found.listed:
        said.append(f"{found.sent:,} of {plural(found.listed, KINDS[list_name].noun)} sent")
    if found.follow_up:
        said.append(f"{found.follow_up:,} in a follow-up")
    users = _users(enrollment, found) if list_name == customer_users.LIST else ""
    return " ".join(each for each in (f"{', '.join(said)}." if said else "", users, not_heard(found)) if each)


def _users(enrollment: Enrollment, found: Counts) -> str:
    """For how many end customers the users are created; "" before support has confirmed any."""
    created = customer_users.created(enrollment)
    return f"Users created for {created:,} of {found.listed:,}." if created or found.confirmed else ""


def not_heard(found: Counts) -> str:
    """What no ticket has told support: `Spot hasn't heard of 2 of them yet.`; "" where they know all."""
    if found.unsent and found.to_remove:
        gone = "1 was removed" if found.to_remove == 1 else f"{found.to_remove:,} were removed"
        return f"Spot hasn't heard of {found.unsent:,} of them yet, nor that {gone}."
    if found.unsent:
        return f"Spot hasn't heard of {found.unsent:,} of them yet."
    if found.to_remove:
        return f"Spot hasn't heard yet that {found.to_remove:,} {'was' if found.to_remove == 1 else 'were'} removed."
    return ""


def of_line(told: Told | None) -> str:
    """What support knows of one line of a list that some ticket has carried, with a sign."""
    if told is None or told.removed:
        return ":new: not in a ticket yet"
    number = f" ({ticket_words(told.ticket.ticket)})" if told.ticket.ticket else ""
    if told.ticket.confirmed_at is not None:
        return f":white_check_mark: associated{number}"
    return f":email: sent{number}"


def ticket_line(ticket: ListTicket) -> str:
    """A ticket of a list on one line: what it is, its number, the day in UTC, and how many lines it carried."""
    kind = "Follow-up" if ticket.follow_up else "Whole list"
    number = f", {ticket_words(ticket.ticket)}" if ticket.ticket else ""
    day = day_words(ticket.on or ticket.at.date())
    return f"{kind} of {day}{number}: {plural(len(lines_of(ticket)), 'line')}"


def not_heard_of(enrollment: Enrollment, list_name: str) -> str:
    """What no ticket has told support of a list, in words; "" where they know all, or no ticket has carried it."""
    is_sent = list_name in enrollment.procedure.ticket_lists and tickets_of(enrollment, list_name)
    return not_heard(counts(enrollment, list_name)) if is_sent else ""
