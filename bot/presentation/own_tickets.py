"""Checks the tickets of an operator's procedure: each template is allowed, and renders whatever people have typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from traceback import extract_tb

from jinja2 import TemplateNotFound, TemplateSyntaxError

from bot.domain.enrollment import BillingWorkflow, Customer, Enrollment, Pair, SubsetAccount
from bot.domain.procedure import make_known
from bot.domain.sent_lines import TicketLines
from bot.domain.step_spec import Procedure, StepSpec
from bot.domain.text_types import TextType
from bot.domain.value_types import TYPES
from bot.presentation import template_rules, ticket_wording

#: The values of fields by type, where a template may expect digits; elsewhere any text will do.
_SAMPLES = {"account_id": "210987654321", "account_ids": "111111111111,222222222222"}
#: What somebody might type to confuse a template, Slack, or the reader of a ticket.
HOSTILE = "{{ 7*7 }} {% for x in y %} <!channel> *bold* \"two\" 'one' \\ \u202e " + "x" * 200
_NOTHING = re.compile(r"\bNone\b")
_THEN = datetime(2026, 1, 5, 9, tzinfo=UTC)


def faults_of_tickets(procedure: Procedure) -> list[str]:
    """What is wrong with the texts of its tickets, each with its place."""
    found = []
    for name, ticket in procedure.tickets.items():
        for part, text in (("text", ticket.text), ("follow_up", ticket.follow_up)):
            found += [f"tickets.{name}: {part}, {fault}" for fault in _faults_of_template(text)]
    if found:
        return found
    make_known(procedure)  # an enrollment finds what it goes through by its reference
    return [f"step “{spec.key}”: {fault}" for spec in procedure.steps for fault in _faults_of_texts(procedure, spec)]


def _faults_of_template(text: str) -> Iterator[str]:
    try:
        tree = ticket_wording.own_templates().parse(text)
    except TemplateSyntaxError as fault:
        yield f"line {fault.lineno}: {(fault.message or 'it cannot be read').rstrip('.')}."
        return
    yield from (f"line {line}: {words}" for line, words in template_rules.broken_rules(tree, template_rules.TICKET))


def _faults_of_texts(procedure: Procedure, spec: StepSpec) -> Iterator[str]:
    """What goes wrong when the ticket of a step is written for made-up enrollments, each fault once."""
    if spec.ticket is None:
        return
    texts = {key: field for key, (_, field) in procedure.shared.items() if isinstance(TYPES[field.type], TextType)}
    known = {key: _SAMPLES.get(field.type, field.noun) for key, field in texts.items()}
    hostile = {key: _SAMPLES.get(field.type, HOSTILE) for key, field in texts.items()}
    needed = {key: value for key, value in known.items() if key in spec.ticket_needs}
    for follow_up in (False, True) if spec.list_in_ticket else (False,):
        part = "its follow-up ticket" if follow_up else "its ticket"
        try:
            whole = _text(procedure, spec, known, "Production", follow_up)
            if not whole.strip():
                yield f"{part} is empty."
            _text(procedure, spec, hostile, HOSTILE, follow_up)
            least = _text(procedure, spec, needed, "Production", follow_up)
        except Exception as fault:  # noqa: BLE001 - a template can raise whatever its values raise
            yield f"{part} can't be written: {_in_words(fault)}."
            continue
        own = procedure.ticket(spec.ticket)
        meant = len(_NOTHING.findall(own.follow_up if follow_up else own.text))
        if len(_NOTHING.findall(whole)) > meant:
            yield f"{part} says “None”: it names a value that no step collects as a shared field."
        elif len(_NOTHING.findall(least)) > meant:
            yield f"{part} says “None” for a value that may be missing. Name the value in “ticket_needs”."


def _text(procedure: Procedure, spec: StepSpec, values: Mapping[str, str], name: str, follow_up: bool) -> str:
    """The ticket of an enrollment that has these values, and one entry of that name in each list."""
    pair = Pair(name, name)
    customer = Customer(name, "ops@example.com", "700000000001")
    made = Enrollment(
        workspace="T0",
        account_id="123456789012",
        account_name=name,
        channel_id="C0",
        owner="U0",
        started_at=_THEN,
        started_by="U0",
        procedure_reference=procedure.reference,
        subsets=(name,),
        workflows=(BillingWorkflow(name),),
        pairs=(pair,),
        customers=(customer,),
        subset_accounts=(SubsetAccount(name, "210987654321"),),
    ).with_shared(values)
    listed = getattr(made, spec.list_in_ticket)[0] if spec.list_in_ticket else None
    lines = TicketLines((listed,), ((listed, listed),), (listed,), follow_up=True) if follow_up else None
    return ticket_wording.ticket(made, spec.key, lines)


def _in_words(fault: Exception) -> str:
    if isinstance(fault, TemplateNotFound):
        return f"there is no template templates/{fault.name}"
    lines = [frame.lineno for frame in extract_tb(fault.__traceback__) if frame.filename == "<template>"]
    words = str(fault).rstrip(".") or type(fault).__name__
    return f"line {lines[-1]}: {words}" if lines else words
