"""Forms in German: nothing of theirs is left in English, Slack takes each, and they send what the English ones send."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from bot.domain.contacts import Absence
from bot.domain.enrollment import State
from bot.domain.list_changes import Draft
from bot.domain.list_entries import entries_of, entry_key
from bot.domain.procedure import BUILT_IN, offered
from bot.domain.ticket_emails import Email
from bot.domain.workflow_requests import WorkflowRequest
from bot.handlers import (
    away,
    bulk_start,
    complete_step,
    correct,
    custom_workflow,
    details,
    edit,
    email_ticket,
    forms,
    hand_over,
    import_list,
    list_entry,
    list_preview,
    quiet,
    start_enrollment,
    step_waits,
    ticket_lists,
    value_inputs,
)
from bot.handlers.enrollment_picker import Picked
from bot.handlers.list_page import ListPage
from bot.language.spoken import speaking
from bot.localslack.limits import check_view
from bot.template_check.sample_enrollments import MATE, NOW, OTHER, OWNER, enrollment
from bot.use_cases import Listed
from bot.use_cases.previews import Preview
from tests.language.test_leftovers import COLUMNS, NOT_SAID, TYPED, vocabulary, words_of

View = dict[str, Any]
#: English on purpose: stored values that are offered as they are, an example, and what people typed.
ENGLISH = (
    *NOT_SAID,
    r"^(yes|no)$",
    r"Production payer",
    COLUMNS,
    r"account, name, owner, channel",
    r"Test",
    r"\S+@\S+",
)


def of_steps() -> Iterator[tuple[str, View]]:
    """The forms of steps, of each procedure."""
    for procedure in BUILT_IN:
        for full in (False, True):
            for state in (State.OPEN, State.WAITING, State.DUE):
                made = enrollment(procedure, state, TYPED, full=full)
                for step in made.steps:
                    if step.state is not state:
                        continue
                    name = f"{procedure.key} {step.key} {state.value} {full}"
                    yield f"details {name}", details.build(made, step.key)
                    if state is State.OPEN:
                        yield f"act {name}", complete_step.build(made, step.key, NOW, ticket_lines=1)
                        yield f"warned {name}", complete_step.build(made, step.key, NOW, {}, warnings=[TYPED.sentence])
                    else:
                        yield f"correct {name}", correct.build(made, step.key)
                        yield f"early {name}", step_waits._early_form(made, step.key, NOW + timedelta(days=2), NOW)


def of_enrollments() -> Iterator[tuple[str, View]]:
    """The forms of an enrollment as a whole, and those of a person."""
    for procedure in offered():
        yield f"start {procedure.key}", start_enrollment.build({"procedure": procedure.key})
    for procedure in BUILT_IN:
        yield f"edit {procedure.key}", edit.build(enrollment(procedure, State.OPEN, TYPED), choices=offered())
    several = [Listed(number, TYPED.name, f"{number:012}") for number in range(1, 60)]
    for listed in ([], several[:1], several):
        for of in ("", OTHER):
            for is_admin in (True, False):
                picked, typed = Picked(frozenset(), page=1 if len(listed) > 50 else 0, of=of), {"after": "stays"}
                shown = hand_over.build(listed, typed, picked, is_admin=is_admin)
                yield f"hand over {len(listed)} {of} {is_admin}", shown
        yield f"quiet {len(listed)}", quiet.build(listed, {"reminding": "channel"}, Picked(frozenset()))
    for absence in (None, Absence(OWNER, MATE, date(2026, 12, 1), NOW + timedelta(days=6))):
        yield f"away {absence is not None}", away.build(absence)


def of_lists() -> Iterator[tuple[str, View]]:
    """The forms that change lists, previews of them, and the forms around tickets."""
    for full in (False, True):
        made = enrollment(BUILT_IN[0], State.OPEN, TYPED, full=full)
        for name, form in ticket_lists.FORMS.items():
            yield f"add {name} {full}", form.build(made)
            page = ListPage(name)
            for entry in entries_of(made, name)[:1]:
                yield f"edit {name}", list_entry._entry_form(made, page, entry_key(entry), 0)
                yield f"remove {name}", list_entry._removal_form(made, page, [entry] * 12, {})
                draft = Draft(name, "", (), ((1, TYPED.name, TYPED.sentence),) * 12, True, frozenset((entry,)))
                for stale, saved in ((False, False), (True, False), (False, True)):
                    preview = Preview(1, made, draft, draft.changes(made), (TYPED.sentence,), True, stale, saved)
                    yield f"preview {name} {stale} {saved}", list_preview.view(preview)
    spec = made.procedure.ticket_lists["pairs"]
    for reply_to in ("", "name@example.com"):
        email = Email("eco@example.com", "support@example.com", reply_to, TYPED.name, f"{TYPED.sentence}\n" * 400)
        doubts = [TYPED.sentence]
        for parts, asked in (
            (1, email_ticket.Asked(doubts, doubts)),
            (2, email_ticket.Asked(doubts)),
            (3, email_ticket.Asked()),
        ):
            shown = email_ticket.build(made, spec, [email] * parts, asked, parts + 1, changed=True)
            yield f"email {reply_to} {parts}", shown
    fields = complete_step._fields(made.spec(spec), 3)
    yield "parts", forms.modal("parts", "Mark sent", value_inputs.inputs(made, fields, {}, None))
    yield "from a file", bulk_start.build({})
    yield "custom workflow", custom_workflow.build(made, WorkflowRequest(TYPED.name, TYPED.sentence))
    yield "import", import_list._form({"id": "F1"}, made, ())
    yield "import anywhere", import_list._form({"id": "F1"}, None, [("1", TYPED.name)])


FORMS: tuple[Callable[[], Iterator[tuple[str, View]]], ...] = (of_steps, of_enrollments, of_lists)


@cache
def german() -> frozenset[str]:
    """The words of the German translations."""
    return frozenset(vocabulary("de"))


@pytest.mark.parametrize("forms", FORMS, ids=lambda forms: forms.__name__)
def test_forms_say_nothing_in_english(forms: Callable[[], Iterator[tuple[str, View]]]) -> None:
    """A label without an entry in the catalog, or a sentence that nobody looks up, would bring other words."""
    left, count = dict[str, str](), 0
    with speaking("de"):
        for name, view in forms():
            for shown in said(view):
                count += 1
                rest = shown
                for pattern in ENGLISH:
                    rest = re.sub(pattern, " ", rest, flags=re.MULTILINE)
                left |= dict.fromkeys(words_of(rest) - german(), f"{name}: {shown[:200]}")

    assert {} == left
    assert count > 100


@pytest.mark.parametrize("forms", FORMS, ids=lambda forms: forms.__name__)
def test_slack_takes_forms_in_german(forms: Callable[[], Iterator[tuple[str, View]]]) -> None:
    """German is longer: titles and buttons have 24 characters and are not cut."""
    cut = set()
    with speaking("de"):
        for name, view in forms():
            check_view(view, "modal")
            cut |= {
                (name, view[part]["text"])
                for part in ("title", "submit")
                if view.get(part, {}).get("text", "")[-1:] == "…"
            }

    assert set() == cut


@pytest.mark.parametrize("forms", FORMS, ids=lambda forms: forms.__name__)
def test_forms_send_the_same_in_german(forms: Callable[[], Iterator[tuple[str, View]]]) -> None:
    """Names of fields, values of options and metadata are no words."""
    english = {name: list(sent(view)) for name, view in forms()}
    with speaking("de"):
        assert english == {name: list(sent(view)) for name, view in forms()}


def said(part: Any) -> Iterator[str]:
    """Every text that a view shows, but for what is to be copied as it is."""
    if isinstance(part, list):
        for each in part:
            yield from said(each)
    elif isinstance(part, dict) and part.get("type") != "rich_text":
        for name, each in part.items():
            if name in ("text", "accessibility_label") and isinstance(each, str):
                yield each
            else:
                yield from said(each)


def sent(part: Any) -> Iterator[tuple[str, Any]]:
    """Everything of a view that Slack sends back."""
    if isinstance(part, list):
        for each in part:
            yield from sent(each)
    elif isinstance(part, dict):
        for name, each in part.items():
            if name in ("action_id", "block_id", "callback_id", "value", "initial_value"):
                yield name, each
            elif not (name == "private_metadata" and "warnings" in each):
                yield from sent(each)
