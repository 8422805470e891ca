"""**Start from a file**: the form, the preview in a direct message, and its buttons Start, Cancel and Stop."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from slack_sdk.models.blocks import InputBlock, SectionBlock
from slack_sdk.models.blocks.block_elements import FileInputElement

from bot.domain.errors import DomainError, InvalidForm, InvalidInput
from bot.domain.inputs import shorten
from bot.domain.sentences import sentence
from bot.handlers import forms
from bot.handlers.failures import error_text, report_failure
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.language.spoken import ENGLISH, gettext, speaking
from bot.list_files.reading import MOST_BYTES, read_file
from bot.list_files.start_rows import MOST_ROWS, StartRows, read_pasted_rows, read_start_rows
from bot.list_files.table import LineFault
from bot.presentation import csv_table, texts
from bot.presentation.bulk_messages import BEGIN, CANCEL, STOP
from bot.presentation.home_menu import IMPORT
from bot.slack.references import References, unknown_channel
from bot.slack.slack_errors import SlackFault
from bot.use_cases import BulkStarts, Caller
from bot.use_cases.bulk_places import Defaults, place

log = logging.getLogger(__name__)

READ = "bulk.read"
_TITLE = "Start from a file"
_WHAT = sentence("start enrollments")
_COLUMNS = (
    "A header and one row an enrollment. Columns: *account*, *name*, *organization ID*, *owner*, *collaborators*, "
    "*channel*, *procedure*, *step*, *waiting* (yes or no), *since*, and the lists *subsets*, *AWS accounts*, "
    "*billing workflows*, *pairs* and *customers*, with semicolons between entries. What else the start form of a "
    "procedure asks for has a column of the same name. {most} rows at most. Nothing starts before you have seen a "
    "preview."
)
_FILE_TYPES = ["csv", "tsv", "txt", "xlsx"]
_PLACEHOLDER = "account, name, owner, channel\n123456789012, Acme Prod, ana@example.com, #eco"


def register(router: Router) -> None:
    """Register the listeners of the ways into the form, of the form, and of the buttons of the message."""
    router.action(IMPORT, open_form)
    router.submission(READ, read)
    router.action(BEGIN, begin)
    router.action(CANCEL, cancel)
    router.action(STOP, stop)


def open_form(request: Request) -> Response:
    """Open the form; the person and the channel in which it was asked for are proposed."""
    request.require_starter(_WHAT)
    channel = request.channel if request.channel.startswith(("C", "G")) else None
    return Response(view=build({"owner": request.user, "channel_id": channel}))


def build(typed: Mapping[str, Any]) -> dict[str, Any]:
    """The form."""
    chosen = FileInputElement(action_id=forms.VALUE, filetypes=_FILE_TYPES, max_files=1)
    rows = forms.text("rows", "Or paste the rows", typed, optional=True, lines=True, placeholder=_PLACEHOLDER)
    where = "Progress channel for rows that name none"
    channel = forms.channel("channel_id", where, typed, "Rows that name a channel keep theirs.")
    channel.optional = True
    blocks = [
        SectionBlock(text=gettext(_COLUMNS).format(most=MOST_ROWS)),
        InputBlock(block_id="file", label=gettext("File (CSV, TSV or XLSX)"), element=chosen, optional=True),
        rows,
        forms.person("owner", "Owner for rows that name none", typed, optional=True),
        channel,
    ]
    return forms.modal(READ, _TITLE, blocks, submit="Preview")


def read(request: Request) -> Response:
    """Take the file or the pasted rows; look up people and channels after the acknowledgement, and send a preview."""
    request.require_starter(_WHAT)
    typed, file = request.values, _file(request)
    pasted = (typed.get("rows") or "").strip()
    if file is None and not pasted:
        raise InvalidForm({"rows": gettext("Choose a file, or paste the rows.")})
    if file is not None and pasted:
        raise InvalidForm({"rows": gettext("Choose a file or paste the rows, not both.")})
    rows = forms.read_field(typed, "rows", lambda raw: read_start_rows(read_pasted_rows(raw))) if pasted else None
    source = str(file["name"]) if file is not None else ""
    what = f"*{texts.escape(shorten(source))}*" if source else gettext("the rows")
    words = gettext(
        "I'm reading {what}. You get a preview in a direct message. Nothing starts before you press *Start* there."
    ).format(what=what)
    then = partial(_read_and_show, request, file, rows, source)
    return Response(ack=replace_view(forms.notice(_TITLE, words)).ack, then=then)


def _file(request: Request) -> dict[str, Any] | None:
    values = (request.view.get("state") or {}).get("values") or {}
    files = ((values.get("file") or {}).get(forms.VALUE) or {}).get("files") or []
    return dict(files[0]) if files else None


def _read_and_show(request: Request, file: dict[str, Any] | None, rows: StartRows | None, source: str) -> None:
    gateway = request.workspace.gateway
    try:
        if rows is None:
            assert file is not None, "there are rows or a file"
            found = gateway.file(str(file["id"]))  # what comes with a form may lack the address
            url = str(found.get("url_private_download") or found.get("url_private") or "")
            rows = read_start_rows(read_file(source, gateway.download(url, MOST_BYTES)))
        faults = _show(request, rows, source)
    except SlackFault as fault:
        log.warning("the file of a bulk start cannot be read: %s", fault)
        words = f"Slack does not give me *{texts.escape(shorten(source))}* ({fault.code})."
        gateway.post_direct(request.user, {"text": f"{words} Upload it again with `/eco import`."})
    except DomainError as refused:
        gateway.post_direct(request.user, {"text": f"{error_text(refused)}\nCorrect it, then use `/eco import` again."})
    except Exception as error:  # noqa: BLE001  # any bug: the person gets a reference, the log has the traceback
        gateway.post_direct(request.user, {"text": report_failure("preview of a bulk start", error)})
    else:
        _send_faults(request, faults, source)


@speaking(ENGLISH)  # the preview is stored
def _show(request: Request, rows: StartRows, source: str) -> Sequence[LineFault]:
    """Have the preview sent; return the faults to send with it, none for a repeated request."""
    typed = request.values
    defaults = Defaults(str(typed.get("owner") or ""), str(typed.get("channel_id") or ""))
    placed, unplaced = place(rows.rows, _PersonsPlaces(request), defaults)
    caller, bulk = request.caller(), bulk_starts(request)
    checked = bulk.check(caller, placed, (*rows.faults, *unplaced))
    return checked.faults if bulk.show(caller, source, checked) is not None else ()


@speaking(ENGLISH)  # so are the sentences of the file
def _send_faults(request: Request, faults: Sequence[LineFault], source: str) -> None:
    """Send all faults as a file; the preview itself names the first ones."""
    if not faults:
        return
    rows = [(fault.number, fault.sentence, fault.line) for fault in faults]
    content = csv_table.as_csv(csv_table.Table(("line", "fault", "row"), rows))
    where = f" of {texts.escape(shorten(source))}" if source else ""
    comment = f"All {texts.plural(len(faults), 'line')} with a fault{where}."
    gateway = request.workspace.gateway
    try:
        gateway.upload(gateway.open_direct(request.user), None, "eco-import-faults.csv", content, comment)
    except SlackFault as fault:
        log.warning("the faults of a bulk start were not sent as a file: %s", fault)


def begin(request: Request) -> Response:
    """Have the rows of the preview started; the message is edited as that goes on."""
    request.require_starter(_WHAT)
    bulk_starts(request).begin(_caller(request), int(request.action["value"]))
    return Response()


def cancel(request: Request) -> Response:
    """Start none of them."""
    bulk_starts(request).cancel(_caller(request), int(request.action["value"]))
    return Response()


def stop(request: Request) -> Response:
    """Start no more of them."""
    bulk_starts(request).stop(_caller(request), int(request.action["value"]))
    return Response()


def bulk_starts(request: Request) -> BulkStarts:
    """The use cases."""
    found = request.services.bulk_starts
    assert found is not None, "the services were made without bulk starts"
    return found


def _caller(request: Request) -> Caller:
    return Caller(request.workspace_id, request.actor())


class _PersonsPlaces:
    """The people and channels that the person of a request may choose."""

    def __init__(self, request: Request) -> None:
        self._user = request.user
        self._workspace = request.workspace
        self._references = References(request.workspace.gateway)

    def person(self, words: str) -> str:
        """The user ID of somebody who can be an owner."""
        user = self._references.person(words)
        if (why := self._workspace.rights.why_no_person([user])) is not None:
            raise InvalidInput(why)
        return user

    def channel(self, words: str) -> str:
        """The ID of a channel that they may choose; one that they may not see by its name is none."""
        channel, text = self._references.channel(words), words.strip()
        if (why := self._workspace.directory.join_channel(channel, look_only=True)) is not None:
            raise InvalidInput(f"{text}: {why}")
        if (why := self._workspace.rights.why_not_channel(self._user, channel)) is not None:
            raise InvalidInput(f"{text}: {why}") if channel in text else unknown_channel(text)
        return channel

    def zone(self, user: str) -> str:
        """Somebody's time zone."""
        return self._workspace.directory.person(user).zone

    def channel_warnings(self, channel: str) -> Sequence[str]:
        """What to confirm about a channel."""
        return self._workspace.rights.channel_warnings(channel)
