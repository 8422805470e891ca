"""Changes from the pages of a list: edit an entry, remove chosen ones or all that were found, add names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, SectionBlock

from bot.domain.access import require_change
from bot.domain.enrollment import Enrollment
from bot.domain.errors import NeedsConfirmation, NothingToDo, StepConflict
from bot.domain.inputs import and_joined, parse_account_id, parse_email, parse_name, parse_org_id, shorten
from bot.domain.list_changes import Draft
from bot.domain.list_edits import NAMES, entry_values, find
from bot.domain.list_entries import KINDS, entries_of, entry_key, entry_line, lists_using
from bot.domain.shown_values import shown as what_is_shown
from bot.handlers import forms, list_page, list_preview, list_upload
from bot.handlers.list_page import ListPage
from bot.handlers.request import SHOWN, Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.language.spoken import gettext, ngettext, number_words
from bot.list_files.typed_lists import parse_lines
from bot.presentation import list_marks
from bot.presentation.texts import escape, plural

ENTRY, REMOVAL, ADDED = "lists.entry", "lists.removal", "lists.names"
#: The button that leads back to the list.
RETURN = "lists.return"
#: Metadata: which entry a form shows; which ones are to be removed.
AT, KEYS, FOUND = "at", "keys", "found"
#: Entries that the form for a removal names.
_NAMED = 10
_LABELS = {
    "name": "Name",
    "subset": "Subset",
    "workflow": "Billing workflow",
    "email": "Console email",
    "spot_org_id": "Spot org ID",
    "account_id": "AWS account",
}


def register(router: Router) -> None:
    """Register the listeners of the buttons on a page, and of their forms."""
    router.action(list_page.EDIT, open_entry)
    router.action(list_page.ADD, open_names)
    for action_id in (list_page.USERS, list_page.NO_USERS):
        router.action(action_id, mark_users)
    router.action(list_page.REMOVE_CHOSEN, open_removal)
    router.action(list_page.REMOVE_FOUND, open_removal)
    router.submission(ENTRY, save_entry)
    router.submission(REMOVAL, remove)
    router.submission(ADDED, add_names)


# Editing ------------------------------------------------------------------------------------------------------


def open_entry(request: Request) -> Response:
    """Show the form of one entry in place of the list; of one that is not as it was shown, the list as it is now."""
    enrollment, page = _for_change(request)
    key = str(request.action["value"]).rpartition(":")[2]
    try:
        place = find(enrollment, page.name, key)
    except StepConflict:
        said = gettext("Somebody has changed this line or removed it. This is the list as it is now.")
        return Response(in_place=list_page.build(request, enrollment, page, f":warning: {said}"))
    return Response(in_place=_entry_form(enrollment, page, key, place))


def save_entry(request: Request) -> Response:
    """Save the fields that somebody changed; every faulty one is named at its place."""
    enrollment, page = _for_change(request)
    typed, at = request.values, request.metadata[AT]
    key = str(at[0] if isinstance(at, list) else at)  # a list in forms that were opened before an upgrade
    fields = forms.Fields(typed)
    given = {field: fields.take(field, _parser(enrollment, field, noun)) for field, noun in page.kind.fields.items()}
    fields.check()
    values = {field: str(value) for field, value in given.items()}
    caller = request.caller()
    try:
        saved = request.enrollments.change_entry(caller, enrollment.id, page.name, key, values)
    except NeedsConfirmation as question:
        enrollment, _ = request.load_target()
        place = find(enrollment, page.name, request.enrollments.key_now(caller, enrollment.id, page.name, key))
        return replace_view(_entry_form(enrollment, page, key, place, typed, question.warnings))
    return replace_view(list_page.build(request, saved, page, _done(gettext("Saved."), saved, page)))


def _entry_form(
    enrollment: Enrollment,
    page: ListPage,
    key: str,
    place: int,
    typed: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """The form of the entry at a place, which had that key when the form was opened."""
    recorded = entry_values(enrollment, page.name, place)
    known = typed if typed is not None else {field: str(each.value) for field, each in recorded.items()}
    inputs: list[Block] = [forms.text(field, _LABELS[field], known) for field in recorded]
    kept = {AT: key, SHOWN: asdict(what_is_shown(enrollment, recorded))}
    if page.kind.has_names:
        using = and_joined([ngettext(KINDS[each].noun, f"{KINDS[each].noun}s", 2) for each in lists_using(page.name)])
        words = gettext("The {noun} gets the new name in your {lists}, too.").format(
            noun=gettext(page.kind.noun), lists=using
        )
        inputs.append(SectionBlock(block_id="carried", text=words))
    return _form(ENTRY, f"Edit {page.kind.noun}", inputs, enrollment, page, kept, warnings)


def _parser(enrollment: Enrollment, field: str, noun: str) -> Callable[[str], str]:
    if field == "email":
        return parse_email
    if field == "spot_org_id":
        return lambda raw: parse_org_id(raw, enrollment.account_id)
    if field == "account_id":
        return parse_account_id
    return lambda raw: parse_name(raw, f"the {noun}")


# Removing -----------------------------------------------------------------------------------------------------


def open_removal(request: Request) -> Response:
    """Ask before entries are removed: those that are chosen on the page, or all that were found."""
    enrollment, page = _for_change(request)
    if request.action["action_id"] == list_page.REMOVE_FOUND:
        wanted = list_page.found_on(request, enrollment, page)
        return Response(in_place=_removal_form(enrollment, page, wanted, {FOUND: _digest(wanted)}))
    wanted = _of_keys(enrollment, page, list_page.chosen_keys(request))
    if not wanted:
        said = gettext(":warning: Choose at least one {noun} first.").format(noun=gettext(page.kind.noun))
        view = list_page.build(request, enrollment, page, said)
        return Response(in_place=view)
    return Response(in_place=_removal_form(enrollment, page, wanted, {KEYS: [entry_key(each) for each in wanted]}))


def remove(request: Request) -> Response:
    """Remove the entries that the form has counted; if others are found by now, ask again."""
    enrollment, page = _for_change(request)
    kept = {name: request.metadata[name] for name in (KEYS, FOUND) if name in request.metadata}
    if KEYS in kept:
        wanted = _of_keys(enrollment, page, kept[KEYS])
    else:
        wanted = list_page.found_on(request, enrollment, page)
        if kept[FOUND] != _digest(wanted):
            said = gettext("Somebody has changed the list since you opened this form. This is what is found now.")
            return replace_view(_removal_form(enrollment, page, wanted, {FOUND: _digest(wanted)}, said=said))
    try:
        saved = request.enrollments.remove_entries(request.caller(), enrollment.id, page.name, frozenset(wanted))
    except NeedsConfirmation as question:
        return replace_view(_removal_form(enrollment, page, wanted, kept, question.warnings))
    said = gettext("Removed {entries}.").format(entries=plural(len(wanted), page.kind.noun))
    said = _done(said, saved, page)
    return replace_view(list_page.build(request, saved, page, said))


def _removal_form(
    enrollment: Enrollment,
    page: ListPage,
    wanted: Sequence[Any],
    kept: Mapping[str, Any],
    warnings: Sequence[str] = (),
    said: str = "",
) -> dict[str, Any]:
    count = plural(len(wanted), page.kind.noun)
    lines = [f"• {escape(shorten(entry_line(entry), 50))}" for entry in wanted[:_NAMED]]
    if len(wanted) > _NAMED:
        lines.append(gettext("and {count} more").format(count=number_words(len(wanted) - _NAMED)))
    asked = gettext("Remove {entries} of *{account}*?")
    words = "\n".join((asked.format(entries=count, account=escape(enrollment.account_name)), *lines))
    blocks: list[Block] = [SectionBlock(block_id="said", text=said)] if said else []
    blocks.append(SectionBlock(block_id="removal", text=words))
    submit = gettext("Remove {count}").format(count=number_words(len(wanted)))
    return _form(REMOVAL, f"Remove {page.kind.noun}s", blocks, enrollment, page, kept, warnings, submit)


def _done(what: str, enrollment: Enrollment, page: ListPage) -> str:
    """What has just happened, and what support does not know of it."""
    return f":white_check_mark: {what} {list_marks.not_heard_of(enrollment, page.name)}".strip()


def _of_keys(enrollment: Enrollment, page: ListPage, keys: Sequence[str]) -> list[Any]:
    return [entry for entry in entries_of(enrollment, page.name) if entry_key(entry) in keys] if keys else []


def _digest(entries: Sequence[Any]) -> str:
    return forms.key_of("\n".join(sorted(map(entry_line, entries))))


# Users of end customers ---------------------------------------------------------------------------------------


def mark_users(request: Request) -> Response:
    """Mark the users of the chosen end customers as created, or as not created."""
    enrollment, page = _for_change(request)
    chosen = _of_keys(enrollment, page, list_page.chosen_keys(request))
    value = request.action["action_id"] == list_page.USERS
    try:
        enrollment = request.enrollments.mark_users(request.caller(), enrollment.id, frozenset(chosen), value)
        said = gettext("Marked {entries}.").format(entries=plural(len(chosen), page.kind.noun))
        said = _done(said, enrollment, page)
    except NothingToDo as nothing:
        said = f":warning: {escape(nothing)}"
    return Response(in_place=list_page.build(request, enrollment, page, said))


# Adding names -------------------------------------------------------------------------------------------------


def open_names(request: Request) -> Response:
    """Show the form for new names in place of the list."""
    enrollment, page = _for_change(request)
    hint = "One name a line, exactly as in Eco."
    field = forms.text(NAMES, f"{page.kind.noun.capitalize()} names", lines=True, hint=hint)
    return Response(in_place=_form(ADDED, f"Add {page.kind.noun}s", [field], enrollment, page, {}))


def add_names(request: Request) -> Response:
    """Add the names; many, and those with faults among them, are shown in a preview first."""
    enrollment, page = _for_change(request)
    text = str(request.values.get(NAMES) or "")
    read = list_upload.read_lines(Draft(page.name, "", (), typed={page.name: text}), text)
    if read.entries and (read.faults or len(read.entries) > list_upload.MOST_UNSEEN):
        return replace_view(list_preview.view(request.enrollments.open_preview(request.caller(), enrollment.id, read)))
    names = forms.read_field(
        request.values, NAMES, lambda raw: parse_lines(raw, page.name, enrollment.names_in(page.name))
    )
    saved = request.enrollments.add_names(request.caller(), enrollment.id, page.name, names)
    said = gettext("Added {entries}.").format(entries=plural(len(names), page.kind.noun))
    said = f":white_check_mark: {said}"
    return replace_view(list_page.build(request, saved, page, said))


# --------------------------------------------------------------------------------------------------------------


def _form(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    enrollment: Enrollment,
    page: ListPage,
    kept: Mapping[str, Any],
    warnings: Sequence[str] = (),
    submit: str = "Save",
) -> dict[str, Any]:
    back = ActionsBlock(elements=[ButtonElement(text=gettext("Back to the list"), action_id=RETURN, value=page.name)])
    metadata = page.metadata(enrollment, **kept)
    return forms.modal(callback_id, title, [*blocks, back], submit=submit, metadata=metadata, warnings=warnings)


def _for_change(request: Request) -> tuple[Enrollment, ListPage]:
    """The enrollment and the page of a modal; raises `NotAllowed` unless the person may change that list."""
    enrollment = request.enrollments.get(request.workspace_id, request.metadata["enrollment"])
    page = ListPage.of(request.metadata)
    require_change(enrollment, request.actor(), enrollment.procedure.step_with(page.kind.name))
    return enrollment, page
