"""What forms look up: the words that handlers give to the builders of `handlers/forms.py`, which translate them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from bot.domain import ticket_emails
from bot.domain.history import Topic
from bot.domain.list_entries import KINDS
from bot.domain.procedure import BUILT_IN
from bot.domain.start_form import asked_fields
from bot.domain.value_types import TYPES
from bot.domain.vendor import SUPPORT_PAGES
from bot.handlers import (
    bulk_start,
    complete_step,
    details,
    forms,
    hand_over,
    home_filter,
    list_entry,
    list_preview,
    list_upload,
    quiet,
    step_waits,
    ticket_lists,
)
from bot.presentation.buttons import ENROLLMENT_HELP

#: Their parameters whose words are looked up.
_LOOKED_UP = ("title", "submit", "close", "label", "hint", "placeholder")
_SIGNATURES = {
    builder.__name__: inspect.signature(builder)
    for builder in (
        *(forms.modal, forms.notice, forms.reason, forms.text, forms.date, forms.person, forms.people, forms.channel),
        *(forms.choice, forms.choices),
    )
}
#: Words that are translated before a builder gets them, or that are listed where buttons are made.
_KNOWN = re.compile(r"Action\.\w+\.label|action\.label|ENROLLMENT_LABELS\[.*\]|(field|party)\.(label|hint|placeholder)")
_TRANSLATED = re.compile(r"(gettext|ngettext|label_of)\(")

#: Options with fixed words: what `forms.translated` gets.
_OPTIONS = (
    *(*step_waits._USERS, *quiet.WAYS, *details.BLOCKERS, *list_upload.MODES),
    *home_filter.SEGMENTS,
    *(hand_over.ONLY_CHOSEN, *hand_over.OWN[2], *hand_over.OF_ANOTHER[2]),
)
#: Where tickets go, and the ways there.
OF_TICKETS = (
    *(words for words, _ in SUPPORT_PAGES),
    *(ticket.to for procedure in BUILT_IN for ticket in procedure.tickets.values()),
)
_NOUNS = tuple(kind.noun for kind in KINDS.values())
_NAMES = tuple(f"{kind.noun}s" for kind in KINDS.values() if kind.has_names)
_ASKED = [asked for procedure in BUILT_IN for _, asked in asked_fields(procedure)]

#: Looked up by a name: file and expression -> the words that it can be, as in `extraction.TABLES`.
TABLES: dict[tuple[str, str], tuple[str, ...]] = {
    # The builders themselves: what their callers give is found at the calls.
    **{("forms.py", each): () for each in ("title", "label", "hint", "placeholder")},
    ("forms.py", "submit"): ("Save",),
    ("forms.py", "close if button else 'Close'"): ("Cancel", "Close"),
    ("forms.py", "words"): tuple(words for _, words in _OPTIONS),
    ("start_enrollment.py", "asked.hint"): tuple(asked.hint for asked in _ASKED),
    ("start_enrollment.py", "asked.placeholder"): tuple(asked.placeholder for asked in _ASKED),
    ("hand_over.py", "them"): (hand_over.OWN[0], hand_over.OF_ANOTHER[0]),
    ("hand_over.py", "scope"): (hand_over.OWN[1], hand_over.OF_ANOTHER[1]),
    ("hand_over.py", "hint"): (hand_over.OWN[3], hand_over.OF_ANOTHER[3]),
    ("complete_step.py", "label"): (),  # labels of buttons
    ("complete_step.py", "FOLLOW_UP"): (complete_step.FOLLOW_UP,),
    ("party_text.py", "title"): (),
    ("party_text.py", "done.label"): (),
    ("party_text.py", "Action.SHOW_TICKET.label"): (),
    ("tickets.py", "submit"): (),
    ("data_check.py", "label"): (),
    ("list_page.py", "title"): (),
    ("aws_costs.py", "_TITLE"): (),
    ("not_there.py", "_TITLE"): (),
    ("enrollment_picker.py", "label"): ("Mute for me", "Enrollments"),
    ("enrollment_picker.py", "hint"): (quiet._MUTE, "Active enrollments, by name."),
    ("list_entry.py", "_LABELS[field]"): tuple(list_entry._LABELS.values()),
    ("list_entry.py", "title"): (
        *(f"Edit {noun}" for noun in _NOUNS),
        *(f"Remove {noun}s" for noun in _NOUNS),
        *(f"Add {kind.noun}s" for kind in KINDS.values() if kind.has_names),
    ),
    ("list_entry.py", "submit"): ("Save",),
    ("list_entry.py", "f'{page.kind.noun.capitalize()} names'"): tuple(
        f"{kind.noun.capitalize()} names" for kind in KINDS.values() if kind.has_names
    ),
    ("list_fields.py", "label"): (),
    ("list_preview.py", "title"): (list_upload._REFUSED,),
    ("list_preview.py", "label if offered else None"): (
        *("Save", "Save anyway"),
        *(list_preview.SAVE_GOOD, list_preview.ADD_NAMES),
    ),
    ("ticket_lists.py", "ADD_NAMES"): (list_preview.ADD_NAMES,),
    ("ticket_lists.py", "KINDS[self.name].title"): tuple(kind.title for kind in KINDS.values()),
    ("ticket_lists.py", "self.label"): tuple(form.label for form in ticket_lists.FORMS.values()),
    ("ticket_lists.py", "self.placeholder"): tuple(form.placeholder for form in ticket_lists.FORMS.values()),
    ("ticket_lists.py", "self.hint"): tuple(form.hint for form in ticket_lists.FORMS.values()),
    ("list_entry.py", "page.kind.noun"): _NOUNS,
    ("list_preview.py", "kind.title.lower()"): tuple(kind.title.lower() for kind in KINDS.values()),
    ("list_page.py", "kind.title"): tuple(kind.title for kind in KINDS.values()),
    ("import_list.py", "kind.title"): tuple(kind.title for kind in KINDS.values()),
    ("list_page.py", "ENROLLMENT_LABELS['check_data']"): (),
    ("list_page.py", "action.label"): (),
    ("list_page.py", "f'Add {shown.kind.noun}s'"): tuple(
        f"Add {kind.noun}s" for kind in KINDS.values() if kind.has_names
    ),
    ("history.py", "ENROLLMENT_LABELS[name]"): (),
    ("history.py", "topic.label"): tuple(topic.label for topic in Topic),
    ("more.py", "ENROLLMENT_HELP[name]"): tuple(ENROLLMENT_HELP.values()),
    # Warnings and findings.
    ("sentences.py", "self.words"): (),  # its callers name them
    ("sentences.py", "self"): (),
    ("sentences.py", "self.word"): ("or",),
    ("retold.py", "retold(self)"): (),
    ("warnings.py", "asked"): tuple(kind.shared_warning for kind in TYPES.values() if kind.shared_warning),
    ("warnings.py", "f'{what}s'"): _NAMES,
    ("list_checks.py", "f'{noun}s'"): _NAMES,
    ("list_checks.py", "noun"): tuple(kind.noun for kind in KINDS.values() if kind.has_names),
    ("list_checks.py", "f'{KINDS[list_name].noun}s'"): _NAMES,
    ("ticket_emails.py", "words"): tuple(ticket_emails._SENT_BEFORE.values()),
    ("list_upload.py", "words"): (
        *dict.fromkeys(list_upload._SENTENCES.values()),
        "Slack doesn't give me this file ({code}). Try again, or paste the lines.",
    ),
    ("ticket_lists.py", "KINDS[self.name].noun"): _NOUNS,
    ("bulk_start.py", "_COLUMNS"): (bulk_start._COLUMNS,),
    ("snooze.py", "words"): ("Tomorrow", "In 2 days", "Next Monday"),
}


def looked_up(file: Path, call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a builder's call that are English words."""
    name = _builder(file, call)
    if name is None:
        return
    given = _SIGNATURES[name].bind_partial(*call.args, **{each.arg: each.value for each in call.keywords if each.arg})
    for parameter in _LOOKED_UP:
        value = given.arguments.get(parameter)
        if value is not None and not _is_known(ast.unparse(value)):
            yield value


def _builder(file: Path, call: ast.Call) -> str | None:
    match call.func:
        case ast.Attribute(value=ast.Name(id="forms"), attr=name):
            return name if name in _SIGNATURES else None
        case ast.Name(id=name) if name in ("modal", "notice") or file.name == "forms.py":
            return name if name in _SIGNATURES else None
    return None


def _is_known(words: str) -> bool:
    return words == "None" or bool(_KNOWN.fullmatch(words) or _TRANSLATED.match(words))


def said(words: str) -> bool:
    """Whether there is anything to translate: an example of numbers has no words."""
    return bool(re.search(r"[^\W\d_]", words))
