"""The texts of windows, forms, files and tickets, of made-up enrollments: those that are no messages of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.aws.setup_commands import Setup
from bot.domain.aws.vendor_messages import MESSAGES
from bot.domain.enrollment import Enrollment, State, Status
from bot.domain.evidence import Check, Evidence, SentTicket
from bot.domain.history import HistoryEntry
from bot.domain.policy import Policy
from bot.domain.portfolio import Portfolio, PortfolioQuery, PortfolioRow, Segment
from bot.domain.procedure import BUILT_IN, USUAL
from bot.domain.procedure_change import Move, move
from bot.domain.sent_lines import TicketLines, lines_to_send
from bot.domain.step_spec import StepSpec
from bot.domain.ticket_emails import Route
from bot.domain.workflow_requests import WorkflowRequest
from bot.presentation import (
    calendar_file,
    card,
    check_findings,
    cost_table,
    evidence_archive,
    missing_data,
    notifications,
    party_texts,
    portfolio_rows,
    texts,
    ticket_texts,
    ticket_wording,
)
from bot.presentation.plain_text import Names
from bot.presentation.portfolio_rows import Entry
from bot.template_check.sample_enrollments import AWAY, CHANNEL, DAY, MATE, NOW, OTHER, OWNER, TODAY, Words, enrollment
from bot.template_check.sample_events import events
from bot.template_check.sample_reports import costs, reports

_NAMES = Names(lambda user: f"Name of {user}", lambda channel: f"#{channel}")


def render_all(words: Words) -> None:
    """Write each of these texts."""
    for procedure in BUILT_IN:
        for state in State:
            made = enrollment(procedure, state, words, full=True)
            for spec in procedure.steps:
                _of_step(made, spec, words)
            # Rows and records of two procedures are written alike.
            for entry in entries(made) if procedure is USUAL else ():
                portfolio_rows.row_text(entry, NOW, bar=True)
                portfolio_rows.row_text(entry, NOW, longest=0)
    for state in (State.WAITING, State.SKIPPED):
        _evidence(enrollment(USUAL, state, words, full=True), words)
    _evidence(replace(enrollment(USUAL, State.DONE, words), status=Status.COMPLETED, ended_at=NOW), words)
    full, bare = enrollment(USUAL, State.WAITING, words, full=True), enrollment(USUAL, State.OPEN, words)
    for made in (full, bare, enrollment(USUAL, State.WAITING, words)):
        _checks(made, words)
        _files(made, words)
        ticket_texts.custom_workflow(made, WorkflowRequest(words.name, words.sentence))
        for about in _forms(made, words):
            texts.say(about.pop("template"), **about)
    _lists(words)
    _long_lists(words)


def _long_lists(words: Words) -> None:
    """Texts of an enrollment with long lists: loops in loops over them would not come to an end."""
    made = enrollment(USUAL, State.OPEN, words, full=True)
    names = tuple(f"{words.name} {number}" for number in range(300))
    pairs, customers = made.pairs, made.customers
    made = replace(made, subsets=names, pairs=tuple(replace(pairs[0], subset=name) for name in names))
    made = replace(made, workflows=tuple(replace(made.workflows[0], name=name) for name in names))
    made = replace(made, customers=tuple(replace(customers[0], subset=name) for name in names))
    made = replace(made, subset_accounts=tuple(replace(made.subset_accounts[0], subset=name) for name in names))
    for spec in made.procedure.steps:
        _of_step(made, spec, words)
    card.build(made, NOW)
    _evidence(made, words)
    _files(made, words)


def _of_step(made: Enrollment, spec: StepSpec, words: Words) -> None:
    """What is written about one step: its ticket, and the texts around that."""
    key = spec.key
    if spec.ticket is not None:
        ticket = ticket_wording.ticket(made, key)
        for parts in (1, 3):
            notifications.ticket_file(made, key, ticket, 2, parts)
            notifications.ticket_file(made, key, ticket, None, parts)
            ticket_texts.subject(made, spec.title, 1, parts)
        for marks in (True, False):
            _shown(made, spec, ticket, marks)
    if spec.list_in_ticket:
        entry = getattr(made, spec.list_in_ticket)[0]
        for lines in (TicketLines((entry,), ((entry, entry),), (entry,), follow_up=True), TicketLines(follow_up=True)):
            ticket_wording.ticket(made, key, lines)
    if spec.party in made.procedure.parties:
        party_texts.request(made, key)
    step = made.step(key)
    for why in ("target", "due", "ready", "optional", "open"):
        if step.latest or why in ("optional", "open"):
            texts.say("reminders/answer", enrollment=made, step=step, why=why, today=TODAY)
    if step.note:
        texts.say("details/last_note", step=step)
    route, about = (
        Route("bot@example.com", "support@example.com"),
        {"enrollment": made, "spec": spec, "subject": words.name},
    )
    for reply_to, changed, parts, going in (
        ("a@example.com", True, 3, 2),
        ("", False, 1, 1),
        ("a@example.com", False, 3, 3),
    ):
        about |= {"reply_to": reply_to, "changed": changed, "parts": parts, "going": going}
        texts.say("emails/confirm", **about, route=route)


def _shown(made: Enrollment, spec: StepSpec, ticket: str, marks: bool) -> None:
    page = ticket_texts.pages([ticket_texts.TicketText(spec.title, ticket)] * (2 if marks else 1))[0]
    lines = lines_to_send(made, spec.list_in_ticket)
    about: dict[str, Any] = {"enrollment": made, "title": spec.title, "page": page, "marks": marks, "lines": lines}
    texts.say("support/shown", **about, ticket=made.procedure.ticket(spec.ticket))


def entries(made: Enrollment) -> Iterator[Entry]:
    """The enrollment in lists: at each of its steps, late or not, and when it is over."""
    row = PortfolioRow(
        made.id,
        made.account_id,
        made.account_name,
        CHANNEL,
        OWNER,
        Status.ACTIVE,
        NOW - 9 * DAY,
        None,
        1,
        len(made.steps),
        made.procedure_reference,
        finish_first=TODAY,
        finish_last=TODAY + DAY,
    )
    for step in made.steps:
        at = replace(row, step=step.key, state=step.state_at(NOW), since=step.since, earliest=step.earliest)
        at = replace(at, latest=step.latest or NOW, target=step.target, assignee=step.assignee)
        blocked = replace(at, blocked_by=step.blocked_by, blocked_why=step.blocked_why, late=NOW - DAY)
        late = replace(at, late=NOW - DAY, earliest=None, finish_last=TODAY)
        for each, closed in ((at, None), (late, "is_archived"), (blocked, "some_word")):
            yield Entry(each, made, "https://example.com" if closed else None, closed, may_change=True)
    for status in (Status.COMPLETED, Status.CANCELLED):
        yield Entry(replace(row, status=status, ended_at=NOW), made)


def _lists(words: Words) -> None:
    queries = [PortfolioQuery(segment) for segment in Segment]
    queries.append(PortfolioQuery(owner=OWNER, channel=CHANNEL, step=USUAL.steps[0].key, party="us", words=words.name))
    for query in (*queries, PortfolioQuery(party="Spot")):
        for found, pages in ((0, 1), (1, 1), (30, 3)):
            portfolio_rows.shown(Portfolio((), 1, pages, found, {}), query)
    for count in (1, 2, 30):
        portfolio_rows.not_readable([words.name] * count)
        texts.say("hub", count=count - 1)
    texts.say("help")
    texts.say("home/theirs")
    for start in (True, False):
        texts.say("home/first", may_start=start)
    for user in (OWNER, MATE, OTHER):
        texts.say("home/away", absence=AWAY, user=user)


def _evidence(made: Enrollment, words: Words) -> None:
    history = tuple(
        HistoryEntry(number, event, MATE, NOW, {"account_name": "A"}, {"account_name": words.name})
        for number, event in enumerate(events(made, words), 1)
    )
    tickets = tuple(
        SentTicket(made.steps[0].key, NOW, MATE, number, number, number, text)
        for number, text in (("", None), ("4711", words.sentence))
    )
    checks = tuple(Check(NOW, MATE, report) for report in reports(words)[:4])
    evidence_archive.page(Evidence(made, history, tickets, checks), _NAMES, NOW)
    evidence_archive.page(Evidence(made, (), (), ()), _NAMES, NOW)


def _checks(made: Enrollment, words: Words) -> None:
    for report in reports(words):
        check_findings.build(made, report, NOW, MATE)
        for key in (*MESSAGES, missing_data.SILENT):
            missing_data.answer(made, key, report)
            if made.step(made.procedure.watched_step or "").window_start is not None:
                missing_data.message_to_support(made, key, report)
    missing_data.answer(made, missing_data.SILENT, None)
    missing_data.answer(made, missing_data.SILENT, None, "Somebody is checking.")
    for given in costs(words):
        about = {"enrollment": made, "costs": given, "month": "October 2026", "by": "account", "file": "costs.csv"}
        texts.say("costs/problem" if given.problem else "costs/shown" if given.rows else "costs/nothing", **about)
        cost_table.comment(made, given, "costs.csv")
    for external_id in ("", "eco-1234", "x" * 1224):
        setup = Setup("123456789012", "acme-cur", "spot-hourly", "spot-eco-finops", external_id)
        for name in ("bucket", "policy", "report", "stack", "external_id"):
            texts.say(f"checks/set_up_{name}", setup=setup)


def _files(made: Enrollment, words: Words) -> None:
    for count in (1, 3):
        texts.say("lists/stored", enrollment=made, count=f"{count} pairs", name="list.csv")
        texts.say("export/list", count=count, unreadable=count - 1, name="list.csv")
        texts.say("emails/cut", lines=count, characters=12_345, emails=count)
    texts.say("export/list", count=0, unreadable=0, name="list.csv")
    texts.say("lists/accounts", enrollment=made, covered=words.sentence, name="list.csv")
    for source in (words.name, ""):
        texts.say("lists/faults", enrollment=made, source=source, count="3 lines", name="list.csv")
    texts.say("export/enrollment", enrollment=made, name="eco.zip")
    calendar_file.comment(made, (), "eco.ics")


def _forms(made: Enrollment, words: Words) -> Iterator[dict[str, Any]]:
    """The texts that forms say themselves, with the values that they get there."""
    of_enrollment = ("running", "set_up", "set_up_ask", "not_there_ask")
    yield from ({"template": f"checks/{name}", "enrollment": made} for name in of_enrollment)
    yield from ({"template": "checks/setup", "enrollment": made, "sets_up": sets_up} for sets_up in (True, False))
    yield {"template": "checks/elsewhere", "enrollment": made, "by": MATE, "at": NOW}
    alone = ("checks/not_there_running", "checks/not_there_support", "checks/prefilled", "support/file_comes")
    yield from ({"template": name} for name in (*alone, "support/changed"))
    yield {"template": "support/describe", "enrollment": made}
    yield {"template": "costs/ask", "enrollment": made, "most": 5}
    yield {"template": "costs/running", "month": "October 2026"}
    yield {"template": "emails/doubts", "doubts": [words.sentence] * 2}
    yield from (
        {"template": "procedure_change", "enrollment": made, "move": each, "target": each.aligned.procedure}
        for each in _moves(words)
    )


def _moves(words: Words) -> Iterator[Move]:
    """What another procedure would change, little and much."""
    made = enrollment(USUAL, State.OPEN, words, full=True)
    target = next(each for each in BUILT_IN if each.key != USUAL.key)
    changed = move(made, target, OWNER, NOW + timedelta(hours=1), Policy())
    yield changed
    many = (words.name,) * 15
    yield replace(changed, added=many, removed=many, reopened=many, kept=many, lost=many)
