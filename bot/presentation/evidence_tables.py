"""The tables of an export: steps, tickets, lists, checks, notes and the whole audit of one enrollment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from bot.domain import customer_users
from bot.domain.enrollment import Customer, Enrollment, Pair, Step
from bot.domain.evidence import Evidence
from bot.domain.history import HistoryEntry
from bot.domain.list_changes import LINES
from bot.domain.list_columns import USERS
from bot.domain.list_entries import KINDS, entries_of, entry_line
from bot.domain.sent_lines import Told, tickets_of, told_lines, unsent
from bot.presentation import texts
from bot.presentation.csv_table import Table
from bot.presentation.plain_text import Names, plain

#: What an event's details call something that a person wrote freely.
_WRITTEN = ("note", "reason", "why")


def tables(evidence: Evidence, names: Names, now: datetime) -> Mapping[str, Table]:
    """File name without its ending -> table."""
    enrollment = evidence.enrollment
    return {
        "steps": _steps(enrollment, names, now),
        "tickets": _tickets(evidence, names),
        **_lists(enrollment),
        "list-tickets": _list_tickets(enrollment, names),
        "list-changes": _list_changes(evidence, names),
        "checks": _checks(evidence, names),
        "notes": notes(evidence, names),
        "audit": _audit(evidence, names),
    }


def _lists(enrollment: Enrollment) -> Mapping[str, Table]:
    """The lists, each in a table of its own; of billing workflows also whether they are validated."""
    made = {}
    for kind in KINDS.values():
        columns, entries = tuple(kind.fields.values()), entries_of(enrollment, kind.name)
        if kind.name in enrollment.procedure.ticket_lists:
            table = listed(enrollment, kind.name)
        elif kind.name == "workflows":
            rows = [(each.name, "yes" if each.validated else "no") for each in entries]
            table = Table((*columns, "validated"), rows)
        else:
            table = Table(columns, [kind.cells(entry) for entry in entries])
        made[kind.title.lower().replace(" ", "-") if kind.has_names else kind.name.replace("_", "-")] = table
    return made


def sentence(enrollment: Enrollment, entry: HistoryEntry, names: Names) -> str:
    """An entry of the history in words, without Slack's notation."""
    return plain(texts.thread_line(enrollment, entry.event, entry.by), names)


def _steps(enrollment: Enrollment, names: Names, now: datetime) -> Table:
    columns = (
        *("step", "state", "since", "done by us at", "on day", "by", "by (ID)", "wait begins", "ready from"),
        *("expected until", "finished at", "finished on day", "finished by", "finished by (ID)", "reason"),
        *("assignee", "target date", "blocked by", "blocked why", "blocked at", "values"),
    )
    return Table(columns, [_step(enrollment, step, names, now) for step in enrollment.steps])


def labels(enrollment: Enrollment) -> Mapping[str, str]:
    """Key of a value that a step collects -> its label in forms."""
    return {field.key: field.label for spec in enrollment.procedure.steps for field in spec.collects}


def _step(enrollment: Enrollment, step: Step, names: Names, now: datetime) -> tuple[object, ...]:
    words = labels(enrollment)
    values = "; ".join(f"{words.get(name, name)}: {value}" for name, value in step.values.items())
    return (
        *(enrollment.spec(step.key).title, step.state_at(now).value, step.since),
        *(step.acted_at, step.acted_on, names.who(step.acted_by), step.acted_by),
        *(step.window_start, step.earliest, step.latest),
        *(step.finished_at, step.finished_on, names.who(step.finished_by), step.finished_by, step.reason),
        *(names.who(step.assignee), step.target, step.blocked_by, step.blocked_why, step.blocked_at, values),
    )


def _tickets(evidence: Evidence, names: Names) -> Table:
    columns = ("step", "recorded at", "sent on day", "by", "by (ID)", "ticket number", "email to", "text")
    spec = evidence.enrollment.spec
    rows = [
        (spec(each.step).title, each.at, each.day, names.who(each.by), each.by, each.number, each.to, each.text)
        for each in evidence.tickets
    ]
    return Table(columns, rows)


def listed(enrollment: Enrollment, list_name: str) -> Table:
    """The lines of a list, each with the ticket that carried it; lines that are to be removed at the end."""
    kind, told = KINDS[list_name], told_lines(enrollment, list_name)
    gone = unsent(enrollment, list_name).removed
    columns, has_tickets = [*kind.fields.values(), *MARKS], bool(tickets_of(enrollment, list_name))
    columns += [USERS] if list_name == customer_users.LIST else []

    created = customer_users.with_users(enrollment)

    def users(line: Pair | Customer) -> tuple[str, ...]:
        if isinstance(line, Pair):
            return ()
        return ("yes" if line in created else "no",)

    rows = [
        (*kind.cells(line), *(marks(told.get(line)) if has_tickets else _UNKNOWN), *users(line))
        for line in getattr(enrollment, list_name)
    ]
    return Table(
        columns, [*rows, *((*kind.cells(line), *marks(told[line], to_remove=True), *users(line)) for line in gone)]
    )


#: The columns of what support knows of a line.
MARKS = ("state", "ticket number", "sent at", "sent on day", "confirmed at")
_UNKNOWN = ("", None, None, None, None)


def marks(told: Told | None, *, to_remove: bool = False) -> tuple[object, ...]:
    """What support knows of a line, in these columns."""
    if told is None or told.removed:
        return ("not sent", None, None, None, None)
    ticket = told.ticket
    state = "to be removed" if to_remove else "associated" if ticket.confirmed_at else "sent"
    return (state, ticket.ticket, ticket.at, ticket.on, ticket.confirmed_at)


def _list_tickets(enrollment: Enrollment, names: Names) -> Table:
    """Each line that a ticket has asked support to add or to take away."""
    columns = ("list", "ticket", "follow-up", "sent at", "sent on day", "by", "by (ID)", "ticket number")
    rows = [
        (
            *(KINDS[each.list_name].title, each.number, "yes" if each.follow_up else "no", each.at, each.on),
            *(names.who(each.by), each.by, each.ticket, change, entry_line(line), each.confirmed_at),
        )
        for each in enrollment.list_tickets
        for change, lines in (("remove", each.removed), ("add", each.added))
        for line in lines
    ]
    return Table((*columns, "asks to", "line", "confirmed at"), rows)


def _checks(evidence: Evidence, names: Names) -> Table:
    columns = ("checked at", "by", "by (ID)", "item", "verdict", "found", "expected", "fix")
    rows = [
        (check.at, names.who(check.by), check.by, one.title, one.verdict.value, one.found, one.expected, one.fix)
        for check in evidence.checks
        for one in check.report.findings
    ]
    return Table(columns, rows)


def _list_changes(evidence: Evidence, names: Names) -> Table:
    """Each line that came to a list or went from it; a line that was changed went, and came as another one."""
    columns = ("number", "at", "by", "by (ID)", "list", "change", "line", "file")
    rows = [
        (
            *(entry.number, entry.at, names.who(entry.by), entry.by),
            *(kind.title, change, line, entry.event.details.get("file")),
        )
        for entry in evidence.history
        for name, kind in KINDS.items()
        for change, part in (("removed", entry.before), ("added", entry.after))
        for line in part.get(f"{name}{LINES}", ())
    ]
    return Table(columns, rows)


def notes(evidence: Evidence, names: Names) -> Table:
    """What people wrote freely: notes and reasons, those of steps that stand in no event last."""
    spec = evidence.enrollment.spec
    rows: list[tuple[object, ...]] = []
    said = set()
    for entry in evidence.history:
        for name in _WRITTEN:
            text = entry.event.details.get(name)
            if isinstance(text, str) and text and not entry.event.kind.value.startswith("email"):
                title = spec(entry.event.step).title if entry.event.step else ""
                rows.append((entry.at, names.who(entry.by), entry.by, title, name, text))
                said.add(text)
    rows += [
        (step.noted_at, names.who(step.noted_by), step.noted_by, spec(step.key).title, "note", step.note)
        for step in evidence.enrollment.steps
        if step.note and step.note not in said
    ]
    return Table(("at", "by", "by (ID)", "step", "kind", "text"), rows)


def _audit(evidence: Evidence, names: Names) -> Table:
    columns = ("number", "at", "by", "by (ID)", "kind", "step", "sentence", "details", "before", "after")
    rows = [
        (
            *(entry.number, entry.at, names.who(entry.by), entry.by, entry.event.kind.value),
            evidence.enrollment.spec(entry.event.step).title if entry.event.step else "",
            sentence(evidence.enrollment, entry, names),
            *(_as_json(_without_lines(part)) for part in (entry.event.details, entry.before, entry.after)),
        )
        for entry in evidence.history
    ]
    return Table(columns, rows)


def _without_lines(part: Mapping[str, object]) -> Mapping[str, object]:
    """The values without the lines of lists, which have a table of their own."""
    return {name: value for name, value in part.items() if not name.endswith(LINES)}


def _as_json(part: Mapping[str, object]) -> str:
    return json.dumps(dict(part), ensure_ascii=False, sort_keys=True) if part else ""
