"""Files of lists in forms: the field, and reading a file after the acknowledgement into a preview."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from slack_sdk.models.blocks import InputBlock
from slack_sdk.models.blocks.block_elements import FileInputElement

from bot.domain.enrollment import Enrollment
from bot.domain.errors import DomainError, InvalidInput
from bot.domain.inputs import shorten
from bot.domain.list_changes import Draft
from bot.domain.procedure import ORGANIZATION
from bot.handlers import forms, list_preview, named_views
from bot.handlers.failures import error_text, report_failure
from bot.handlers.forms import Typed
from bot.handlers.places import origin_of
from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.language.spoken import gettext
from bot.list_files.entries import read_entries
from bot.list_files.reading import MOST_BYTES, read_file, read_pasted
from bot.list_files.table import Table
from bot.presentation.texts import escape
from bot.slack.file_download import FOREIGN, GONE, SIGN_IN, TOO_LARGE
from bot.slack.slack_errors import RetryLater, SlackFault

log = logging.getLogger(__name__)

#: The fields for a file, and for what becomes of the entries that are on the list.
FILE, MODE = "file", "mode"
MERGE, REPLACE = "merge", "replace"
MODES = [(MERGE, "Add to the list and update it"), (REPLACE, "Replace the whole list")]
#: Files that can be chosen.
_TYPES = ["csv", "tsv", "txt", "xlsx"]
#: Pasted lines that are saved without a preview, at most.
MOST_UNSEEN = 50
#: Characters of a file's name that are kept.
_NAME = 80

#: Titles of the window while a file is read, and where it cannot be read.
_READING, _REFUSED = "Reading your file", "Your file"
_CANNOT_READ = (
    "Slack doesn't let me read files here. Whoever runs this bot has to paste manifest.yml into the app's settings "
    "again (it adds the scope files:read) and install the app again."
)
#: What Slack or a download says -> the sentence for the person.
_SENTENCES = {
    **dict.fromkeys((SIGN_IN, "missing_scope", "not_allowed_token_type"), _CANNOT_READ),
    **dict.fromkeys((GONE, "file_not_found"), "Slack doesn't have this file any more. Upload it again."),
    FOREIGN: "This file is kept outside of Slack. Download it there, then upload it here.",
    TOO_LARGE: "This file is too large. A list can have {size} MB at most.",
}


def file_input() -> InputBlock:
    """The field for one file."""
    element = FileInputElement(action_id=forms.VALUE, filetypes=_TYPES, max_files=1)
    hint = gettext("CSV, TSV or XLSX with one entry a row. You see what changes before anything is saved.")
    label = gettext("Or upload a file")
    return InputBlock(block_id=FILE, label=label, element=element, optional=True, hint=hint)


def mode_input(typed: Typed | None) -> InputBlock:
    """The choice between merging and replacing."""
    known = typed if typed and typed.get(MODE) else {MODE: MERGE}
    hint = "Replacing removes what you don't paste or upload. You see a preview first."
    return forms.choice(MODE, "What becomes of the list", forms.translated(MODES), known, hint, optional=False)


def file_of(typed: Typed) -> Mapping[str, Any] | None:
    """The file that was chosen in a form."""
    files: Sequence[Mapping[str, Any]] = typed.get(FILE) or ()
    return files[0] if files else None


def check_either(fields: forms.Fields, field: str, typed: Typed) -> None:
    """Note a fault at a form's text field where lines were pasted and a file was chosen, too."""
    if file_of(typed) is not None and (typed.get(field) or "").strip():
        fields.faults[field] = gettext("Paste lines or upload a file, not both.")


def read_into(draft: Draft, table: Table, own_org_id: str | None) -> Draft:
    """A draft with the entries and the faults of a table."""
    read = read_entries(table, draft.list_name, own_org_id)
    faults = tuple((fault.number, fault.line, fault.sentence) for fault in read.faults)
    return replace(draft, entries=tuple(entry for _, entry in read.entries), faults=faults, users=read.users)


def read_lines(draft: Draft, text: str, own_org_id: str | None = None) -> Draft:
    """A draft with the entries and the faults of pasted text.

    Args:
        own_org_id: the enrollment's own organization, which no end customer can have.
    """
    return read_into(draft, read_pasted(text), own_org_id)


def read_later(request: Request, enrollment: Enrollment, draft: Draft, file: Mapping[str, Any]) -> Response:
    """Say that a file is being read; after the acknowledgement, read it and show its preview in the same window."""
    name = shorten(" ".join(str(file.get("name") or gettext("your file")).split()), _NAME)
    external_id = f"list:{request.id}"
    reading = forms.notice(_READING, gettext(":hourglass: Reading *{file}* …").format(file=escape(name)))
    typed = {field: value for field, value in draft.typed.items() if field != FILE}
    wanted = replace(draft, source=name, typed=typed)

    def work() -> None:
        view = _preview_of(request, enrollment, wanted, str(file["id"]))
        if not named_views.fill(request, external_id, forms.with_metadata(view, origin_of(request))):
            _tell(request, view)

    return Response(
        ack={"response_action": "update", "view": reading | {"external_id": external_id}},
        then=work,
    )


def _tell(request: Request, view: dict[str, Any]) -> None:
    """Say in a direct message what a window was to show that the person has closed."""
    try:
        request.workspace.gateway.post_direct(request.user, list_preview.direct_message(view))
    except SlackFault as fault:
        log.warning("a preview was not shown: its window was closed, and a direct message failed: %s", fault)


def _preview_of(request: Request, enrollment: Enrollment, draft: Draft, file_id: str) -> dict[str, Any]:
    """The window with the preview of a file; where that fails, with a sentence."""
    try:
        table = read_file(draft.source, _download(request, file_id))
        read = read_into(draft, table, enrollment.value(ORGANIZATION.key))
        if not read.entries and not read.faults:
            raise InvalidInput(gettext("This file has no entries."))
        return list_preview.view(request.enrollments.open_preview(request.caller(), enrollment.id, read))
    except DomainError as refusal:
        words = error_text(refusal)
    except SlackFault as fault:
        log.warning("a file could not be downloaded: %s", fault)
        words = escape(_sentence(fault))
    except Exception as error:  # noqa: BLE001  # any bug: the person gets a reference, the log has the traceback
        words = report_failure("reading of a file", error)
    words = f"*{escape(draft.source)}*\n{words}"
    try:  # the draft without entries keeps what was typed, for the way back
        return list_preview.refused(
            request.enrollments.open_preview(request.caller(), enrollment.id, draft), _REFUSED, words
        )
    except DomainError:  # there is no way back: they lost the right, or it was deleted
        return forms.notice(_REFUSED, words)


def _download(request: Request, file_id: str) -> bytes:
    gateway = request.workspace.gateway
    file = gateway.file(file_id)
    if file.get("mode") in ("tombstone", "hidden_by_limit"):
        raise SlackFault(GONE)
    url = file.get("url_private_download") or file.get("url_private")
    if file.get("is_external") or not url:
        raise SlackFault(FOREIGN)
    if int(file.get("size") or 0) > MOST_BYTES:
        raise SlackFault(TOO_LARGE)
    return gateway.download(str(url), MOST_BYTES)


def _sentence(fault: SlackFault) -> str:
    if isinstance(fault, RetryLater):
        return gettext("Slack doesn't give me the file right now. Try again in a minute.")
    words = _SENTENCES.get(fault.code, "Slack doesn't give me this file ({code}). Try again, or paste the lines.")
    return gettext(words).format(code=fault.code, size=f"{MOST_BYTES / 1_000_000:.0f}")
