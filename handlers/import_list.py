"""The message shortcut **Import list**: the file of a message goes into a list of an enrollment, after a preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain.access import require_change
from bot.domain.enrollment import Enrollment
from bot.domain.errors import StepConflict
from bot.domain.inputs import format_account_id, shorten
from bot.domain.list_changes import Draft
from bot.domain.list_entries import KINDS
from bot.handlers import forms, list_upload
from bot.handlers.list_command import no_enrollment
from bot.handlers.list_upload import MERGE, MODE
from bot.handlers.request import Request
from bot.handlers.response import Response, show_text
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation.texts import escape

SHORTCUT = "eco_import"
SUBMIT = "lists.import"
_NO_FILE = "This message has no file. Use *Import list* on a message with a CSV, TSV or XLSX file."
_WHICH, _LIST = "which", "list"
#: Characters of a file's name that the form remembers.
_NAME = 80


def register(router: Router) -> None:
    """Register the listeners of the shortcut and of its form."""
    router.shortcut(SHORTCUT, from_message)
    router.submission(SUBMIT, submitted)


def from_message(request: Request) -> Response:
    """Ask which list the message's file is for, and of which enrollment where the thread does not tell."""
    message = request.body.get("message") or {}
    files = message.get("files") or ()
    if not files:
        return show_text(gettext(_NO_FILE))
    for ts in (message.get("thread_ts"), message.get("ts")):
        enrollment_id = request.enrollments.of_message(request.workspace_id, request.channel, ts) if ts else None
        if enrollment_id is not None:
            enrollment = request.enrollments.get(request.workspace_id, enrollment_id)
            return Response(view=_form(files[0], enrollment, ()))
    found = request.enrollments.matching(request.workspace_id, "", request.channel)
    offered = found if found.total else request.enrollments.choices(request.workspace_id)
    if not offered.total:
        return no_enrollment(request)
    options = [
        (str(each.id), f"{shorten(each.account_name, 50)} ({format_account_id(each.account_id)})")
        for each in offered.options
    ]
    return Response(view=_form(files[0], None, options))


def _form(file: Mapping[str, Any], enrollment: Enrollment | None, options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    name = shorten(" ".join(str(file.get("name") or gettext("this file")).split()), _NAME)
    words = gettext("Import *{file}*. You see what changes before I save it.")
    if enrollment is not None:
        words = gettext("Import *{file}* for *{account}*. You see what changes before I save it.")
    account = escape(enrollment.account_name) if enrollment is not None else ""
    blocks: list[Block] = [SectionBlock(text=words.format(file=escape(name), account=account))]
    if enrollment is None:
        hint = "Another one? Use /eco pairs or /eco customers with its account ID."
        only = {_WHICH: options[0][0]} if len(options) == 1 else {}
        blocks.append(forms.choice(_WHICH, "Enrollment", options, only, hint, optional=False))
    lists = [(list_name, gettext(kind.title)) for list_name, kind in KINDS.items()]
    blocks.append(forms.choice(_LIST, "List", lists, {}, "What a row of the file is.", optional=False))
    blocks.append(list_upload.mode_input(None))
    metadata: dict[str, Any] = {"file": {"id": str(file.get("id")), "name": name}}
    metadata |= {"enrollment": enrollment.id} if enrollment is not None else {}
    return forms.modal(SUBMIT, "Import list", blocks, submit="Next", metadata=metadata)


def submitted(request: Request) -> Response:
    """Read the file and show its preview."""
    typed = request.values
    number = int(request.metadata.get("enrollment") or typed.get(_WHICH) or 0)
    enrollment, list_name = request.enrollments.get(request.workspace_id, number), str(typed.get(_LIST))
    if list_name not in KINDS:
        raise StepConflict(gettext("Choose a list."))
    require_change(enrollment, request.actor(), enrollment.procedure.step_with(list_name))
    replaces = (typed.get(MODE) or MERGE) != MERGE
    draft = Draft(list_name, "", (), replace=replaces)
    return list_upload.read_later(request, enrollment, draft, request.metadata["file"])
