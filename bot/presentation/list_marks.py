"""What Spot support knows of a list, in words: how many lines are associated, sent, and not sent yet."""

from __future__ import annotations

from bot.domain import customer_users
from bot.domain.enrollment import Enrollment, ListTicket
from bot.domain.list_entries import KINDS
from bot.domain.schedule import day_words
from bot.domain.sent_lines import Counts, Told, counts, lines_of, tickets_of
from bot.language.spoken import gettext, ngettext, number_words
from bot.presentation.texts import plural, ticket_words


def progress(enrollment: Enrollment, list_name: str | None) -> str:
    """How far the lines of a list are: `298 of 300 associated, 2 in a follow-up.`; "" before its first ticket."""
    if list_name is None or not tickets_of(enrollment, list_name):
        return ""
    found, said = counts(enrollment, list_name), list[str]()
    if found.confirmed:
        said.append(_said("{count} of {listed} associated", count=found.confirmed, listed=found.listed))
    elif found.listed:
        listed = plural(found.listed, KINDS[list_name].noun)
        said.append(gettext("{count} of {listed} sent").format(count=number_words(found.sent), listed=listed))
    if found.follow_up:
        said.append(_said("{count} in a follow-up", count=found.follow_up))
    users = _users(enrollment, found) if list_name == customer_users.LIST else ""
    return " ".join(each for each in (f"{', '.join(said)}." if said else "", users, not_heard(found)) if each)


def _users(enrollment: Enrollment, found: Counts) -> str:
    """For how many end customers the users are created; "" before support has confirmed any."""
    created = customer_users.created(enrollment)
    said = _said("Users created for {count} of {listed}.", count=created, listed=found.listed)
    return said if created or found.confirmed else ""


def not_heard(found: Counts) -> str:
    """What no ticket has told support: `Spot hasn't heard of 2 of them yet.`; "" where they know all."""
    if found.unsent and found.to_remove:
        gone = number_words(found.to_remove)
        removed = ngettext("{gone} was removed", "{gone} were removed", found.to_remove).format(gone=gone)
        said = gettext("Spot hasn't heard of {count} of them yet, nor that {removed}.")
        return said.format(count=number_words(found.unsent), removed=removed)
    if found.unsent:
        return _said("Spot hasn't heard of {count} of them yet.", count=found.unsent)
    if found.to_remove:
        one, many = "Spot hasn't heard yet that {gone} was removed.", "Spot hasn't heard yet that {gone} were removed."
        return ngettext(one, many, found.to_remove).format(gone=number_words(found.to_remove))
    return ""


def _said(words: str, **counts: int) -> str:
    return gettext(words).format(**{name: number_words(count) for name, count in counts.items()})


def of_line(told: Told | None) -> str:
    """What support knows of one line of a list that some ticket has carried, with a sign."""
    if told is None or told.removed:
        return gettext(":new: not in a ticket yet")
    number = f" ({ticket_words(told.ticket.ticket)})" if told.ticket.ticket else ""
    if told.ticket.confirmed_at is not None:
        return f":white_check_mark: {gettext('associated')}{number}"
    return f":email: {gettext('sent')}{number}"


def ticket_line(ticket: ListTicket) -> str:
    """A ticket of a list on one line: what it is, its number, the day in UTC, and how many lines it carried."""
    kind = gettext("Follow-up of {day}" if ticket.follow_up else "Whole list of {day}")
    number = f", {ticket_words(ticket.ticket)}" if ticket.ticket else ""
    day = day_words(ticket.on or ticket.at.date())
    return f"{kind.format(day=day)}{number}: {plural(len(lines_of(ticket)), 'line')}"


def not_heard_of(enrollment: Enrollment, list_name: str) -> str:
    """What no ticket has told support of a list, in words; "" where they know all, or no ticket has carried it."""
    is_sent = list_name in enrollment.procedure.ticket_lists and tickets_of(enrollment, list_name)
    return not_heard(counts(enrollment, list_name)) if is_sent else ""
