"""The preview of a list: what saving it changes, its faulty lines, and the buttons that save it or send its faults."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, SectionBlock

from bot.domain.errors import NeedsConfirmation
from bot.domain.inputs import shorten
from bot.domain.list_entries import KINDS, entry_line
from bot.domain.sent_lines import tickets_of
from bot.domain.sentences import told
from bot.handlers import forms
from bot.handlers.places import origin_of
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view, show_text
from bot.handlers.router import Router
from bot.language.spoken import gettext, number_words
from bot.presentation import list_marks
from bot.presentation.notifications import pack
from bot.presentation.texts import escape, plural
from bot.use_cases import Preview, StalePreview

T = TypeVar("T")

#: Opens a preview from a direct message.
SHOW = "lists.show_preview"
SAVE, FAULTS, AGAIN, FIX = "lists.save_preview", "lists.faults", "lists.again", "lists.fix"
_FIX = "Fix and upload again"
ADD_NAMES = "Add these names and save"
SAVE_GOOD = "Save the good ones"
#: Metadata: the preview, and whether saving adds the names that were never recorded.
PREVIEW, WITH_NAMES = "preview", "add_names"
#: How many lines of each kind are shown.
_FAULTS_SHOWN, _SHOWN = 10, 5
#: Characters of a line.
_LINE = 150


def register(router: Router) -> None:
    """Register the listeners of the form and of its buttons; **Fix and upload again** is in list_fix.py."""
    router.submission(SAVE, save)
    router.action(FAULTS, send_faults)
    router.action(AGAIN, preview_again)


def preview_id(request: Request) -> int:
    """The preview that a window shows; 0, which no preview has, in any other window."""
    return int(request.metadata.get(PREVIEW) or 0)


def view(preview: Preview) -> dict[str, Any]:
    """The window of a preview."""
    draft, changes, kind = preview.draft, preview.changes, KINDS[preview.draft.list_name]
    name = f"*{escape(draft.source)}*" if draft.source else gettext("Your lines")
    head = gettext("{lines} for *{account}*: {list}").format(
        lines=name, account=escape(preview.enrollment.account_name), list=gettext(kind.title.lower())
    )
    blocks: list[Block] = [SectionBlock(block_id="head", text=f"{head}\n{_counts(preview)}")]
    offered, label = bool(changes) or draft.acted_on is not None, "Save"
    if preview.is_saved:
        offered, said = False, gettext("This is saved already.")
    elif preview.is_stale:
        offered = False
        said = gettext(":warning: Somebody changed this list since you got this preview. Press *Preview again*.")
    elif not offered:
        said = gettext("Saving this would change nothing.")
    else:
        said = ""
        label = SAVE_GOOD if draft.faults else label
    is_sent = tickets_of(preview.enrollment, draft.list_name)
    offered = offered and bool(changes.after or is_sent)
    if said:
        blocks.append(SectionBlock(block_id="said", text=said))
    if preview.warnings:
        words = "\n".join(f":warning: {escape(told(warning))}" for warning in preview.warnings)
        blocks.append(SectionBlock(block_id="warnings", text=shorten(words, 3000)))
        label = ADD_NAMES if preview.can_add_names else "Save anyway"
    blocks += [SectionBlock(text=part) for part in pack(_lines(preview))]
    blocks.append(_buttons(preview))
    metadata = {"enrollment": preview.enrollment.id, PREVIEW: preview.id, "warnings": list(preview.warnings)}
    metadata[WITH_NAMES] = bool(preview.warnings) and preview.can_add_names
    return forms.modal(SAVE, "Preview", blocks, submit=label if offered else None, metadata=metadata)


def refused(preview: Preview, title: str, words: str) -> dict[str, Any]:
    """The window for a file that can't be read: why, and the way back to the form."""
    fix = ButtonElement(text=gettext(_FIX), action_id=FIX, value=str(preview.id))
    blocks: list[Block] = [SectionBlock(text=words), ActionsBlock(block_id="preview.buttons", elements=[fix])]
    metadata = {"enrollment": preview.enrollment.id, PREVIEW: preview.id}
    return forms.modal("notice", title, blocks, submit=None, metadata=metadata)


def direct_message(shown: dict[str, Any]) -> dict[str, Any]:
    """What a window says, as a direct message for a person who has closed it, with the button that shows it again."""
    words = f"{shown['blocks'][0]['text']['text']}\n{gettext('You closed the window while I read the file.')}"
    blocks: list[Block] = [SectionBlock(text=words)]
    if number := forms.metadata_of(shown).get(PREVIEW):
        label = gettext("Show the preview") if shown["callback_id"] == SAVE else gettext(_FIX)
        blocks.append(ActionsBlock(elements=[ButtonElement(text=label, action_id=SHOW, value=str(number))]))
    return {"text": words, "blocks": [block.to_dict() for block in blocks]}


def _counts(preview: Preview) -> str:
    changes, faults = preview.changes, len(preview.draft.faults)
    counts = [_count(gettext("{count} new"), changes.new), _count(gettext("{count} changed"), changes.changed)]
    if changes.removed or preview.draft.replace:
        counts.append(_count(gettext("{count} removed"), changes.removed))
    counts.append(gettext("{count} unchanged").format(count=number_words(changes.unchanged)))
    if changes.users:
        created = sum(changes.users.values())
        counts.append(gettext("users created for {count} more").format(count=number_words(created)))
        if created < len(changes.users):
            gone = number_words(len(changes.users) - created)
            counts.append(gettext("users no longer created for {count}").format(count=gone))
    if faults:
        counts.append(gettext("{count} with errors").format(count=number_words(faults)))
    after = preview.enrollment.with_list(preview.draft.list_name, changes.after)
    not_heard = list_marks.not_heard_of(after, preview.draft.list_name) if changes.count else ""
    follow_up = ""
    if not_heard:
        follow_up = f"\n:envelope_with_arrow: {not_heard} {gettext('Send a follow-up ticket after saving.')}"
    after_that = _count(gettext("The list has {count} after that."), changes.after)
    return f"{', '.join(counts)}. {after_that}{follow_up}"


def _count(words: str, entries: Collection[object]) -> str:
    return words.format(count=number_words(len(entries)))


def _lines(preview: Preview) -> Iterable[str]:
    faults, changes, line = preview.draft.faults, preview.changes, entry_line
    yield from _some(gettext("These lines can't be read and are left out"), faults, _fault, _FAULTS_SHOWN, 4 * _LINE)
    yield from _some(gettext("Changed"), changes.changed, _change, _SHOWN, 2 * _LINE)
    yield from _some(gettext("Removed"), changes.removed, line, _SHOWN, _LINE)
    yield from _some(gettext("New"), changes.new, line, _SHOWN, _LINE)


def _change(pair: tuple[Any, Any]) -> str:
    return f"{entry_line(pair[0])} → {entry_line(pair[1])}"


def _fault(fault: tuple[int, str, str]) -> str:
    number, _, sentence = fault
    return gettext("Line {number}: {sentence}").format(number=number, sentence=sentence)


def _some(title: str, entries: Sequence[T], line: Callable[[T], str], most: int, longest: int) -> Iterable[str]:
    """A title and the lines of the first entries below it, with the number of the others."""
    if not entries:
        return
    yield f"*{title}*"
    yield from (f"• {escape(shorten(line(entry), longest))}" for entry in entries[:most])
    if len(entries) > most:
        yield "… " + gettext("and {count} more").format(count=number_words(len(entries) - most))


def _buttons(preview: Preview) -> ActionsBlock:
    value = str(preview.id)
    buttons = [ButtonElement(text=gettext(_FIX), action_id=FIX, value=value)]
    if preview.draft.faults:
        words = gettext("Send me the {errors}").format(errors=plural(len(preview.draft.faults), "error"))
        buttons.append(ButtonElement(text=words, action_id=FAULTS, value=value))
    if preview.is_stale and not preview.is_saved:
        again = ButtonElement(text=gettext("Preview again"), action_id=AGAIN, value=value, style="primary")
        buttons.insert(0, again)
    return ActionsBlock(block_id="preview.buttons", elements=buttons)


def save(request: Request) -> Response:
    """Save what the preview shows; where that is not what would be saved any more, show it again."""
    number = preview_id(request)
    add_names = bool(request.metadata.get(WITH_NAMES))
    try:
        request.enrollments.save_preview(request.caller(), number, add_names=add_names)
    except (StalePreview, NeedsConfirmation):
        return replace_view(view(request.enrollments.preview(request.caller(), number)))
    return Response()


def send_faults(request: Request) -> Response:
    """Send all faulty lines to the person."""
    name = request.enrollments.send_faults(request.caller(), preview_id(request))
    words = gettext("I'm sending you all lines with errors as the file {name} in a direct message.")
    return show_text(words.format(name=escape(name)))


def preview_again(request: Request) -> Response:
    """Show a stale preview against the list as it is now."""
    preview = request.enrollments.preview(request.caller(), preview_id(request), renew=True)
    return shown_in_place(request, view(preview))


def shown_in_place(request: Request, shown: dict[str, Any]) -> Response:
    """Replace the window in which a button was pressed."""
    kept = forms.with_metadata(shown, origin_of(request))
    return Response(then=lambda: request.workspace.gateway.update_view(request.view["id"], kept))
