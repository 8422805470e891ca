"""A page of one of an enrollment's lists: its rows with what is known of each, search, and the buttons for changes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    CheckboxesElement,
    InputBlock,
    InteractiveElement,
    Option,
    PlainTextInputElement,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.blocks.basic_components import DispatchActionConfig

from bot.domain import actions, customer_users
from bot.domain.access import may_change
from bot.domain.actions import Action
from bot.domain.enrollment import BillingWorkflow, Enrollment, Status
from bot.domain.inputs import shorten
from bot.domain.list_checks import remarks
from bot.domain.list_entries import KINDS, ListKind, entries_of, entry_key, entry_line, matching, shown_field
from bot.domain.list_words import MAX_SEARCH
from bot.domain.sent_lines import Told, tickets_of, told_lines, unsent
from bot.domain.sentences import told
from bot.domain.tickets import is_follow_up
from bot.handlers import forms
from bot.handlers.request import Request
from bot.language.spoken import gettext, ngettext, number_words
from bot.presentation import list_marks
from bot.presentation.buttons import ENROLLMENT_LABELS, ENROLLMENT_PREFIX, STEP_PREFIX, format_value
from bot.presentation.texts import escape, plural

VIEW = "lists.show"
WHICH, SEARCH, ONLY = "lists.which", "lists.search", "lists.only"
BACK, NEXT = "lists.page.back", "lists.page.next"
USERS, NO_USERS = "lists.users", "lists.no_users"
EDIT, ADD, REMOVE_CHOSEN, REMOVE_FOUND = "lists.edit", "lists.add", "lists.remove_chosen", "lists.remove_found"
CHECK = f"{ENROLLMENT_PREFIX}check_data"
#: Metadata that says which page is shown.
PAGE = "list"
#: Rows on a page: a group of checkboxes has ten, and with the longest names they fit into an answer of Socket Mode.
PER_PAGE = 10
#: Characters of one value in a row.
_LONGEST = 120
#: Characters of a line that is to be removed.
_NAMED = 60


@dataclass(frozen=True, slots=True)
class ListPage:
    """Which page of which list a modal shows.

    Attributes:
        words: what is searched for, as `search_key` makes it. only: whether only entries with a remark are shown.
    """

    name: str
    page: int = 0
    words: str = ""
    only: bool = False

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> Self:
        """The page that a modal with this metadata shows."""
        return cls(**metadata[PAGE])

    @property
    def kind(self) -> ListKind:
        """The list."""
        return KINDS[self.name]

    def metadata(self, enrollment: Enrollment, **more: Any) -> dict[str, Any]:
        """The metadata of a modal that shows it, or of a form that leads back to it."""
        return {"enrollment": enrollment.id, PAGE: asdict(self), **more}


def first_page(enrollment: Enrollment, name: str = "") -> ListPage:
    """The first page of a list; without a name, of the one that a ticket carries or else has entries."""
    if name not in KINDS:
        in_order = sorted(KINDS, key=lambda each: each not in enrollment.procedure.ticket_lists)
        filled = [each for each in in_order if entries_of(enrollment, each)]
        name = filled[0] if filled else "subsets"
    return ListPage(name)


def found_on(request: Request, enrollment: Enrollment, shown: ListPage) -> list[Any]:
    """The entries that match what is searched for."""
    noted = _noted(request, enrollment, shown) if shown.only else {}
    return [entry for _, entry in _matching(enrollment, shown, noted)]


def _noted(request: Request, enrollment: Enrollment, shown: ListPage) -> Mapping[Any, Sequence[str]]:
    return remarks(request.enrollments.list_findings(enrollment), shown.name)


def _matching(enrollment: Enrollment, shown: ListPage, noted: Mapping[Any, Sequence[str]]) -> list[tuple[int, Any]]:
    """The entries that match what is searched for, each with its place in the list."""
    found = matching(enrollment, shown.name, shown.words)
    return [each for each in found if noted.get(each[1])] if shown.only else found


def can_change(request: Request, enrollment: Enrollment, shown: ListPage) -> bool:
    """Whether the person can change the list now."""
    live = enrollment.status is not Status.CANCELLED
    return live and may_change(enrollment, request.actor(), enrollment.procedure.step_with(shown.kind.name))


def build(request: Request, enrollment: Enrollment, shown: ListPage, said: str = "") -> dict[str, Any]:
    """The modal with a page; `said` tells on top what has just happened."""
    noted = _noted(request, enrollment, shown)
    found = _matching(enrollment, shown, noted)
    last = max(0, (len(found) - 1) // PER_PAGE)
    shown = replace(shown, page=min(shown.page, last))
    rows = found[shown.page * PER_PAGE : (shown.page + 1) * PER_PAGE]
    changes = can_change(request, enrollment, shown)
    marks = told_lines(enrollment, shown.name) if tickets_of(enrollment, shown.name) else None
    created = customer_users.with_users(enrollment) if shown.name == customer_users.LIST else frozenset()
    top = [SectionBlock(block_id="said", text=said)] if said else []
    blocks: list[Block] = [
        *top,
        _which(enrollment, shown, changes),
        _search(shown),
        SectionBlock(block_id="summary", text=_summary(enrollment, shown, len(found), noted)),
        *(_row(place, entry, shown.kind.fields, _said(entry, noted, marks, created), changes) for place, entry in rows),
    ]
    if changes and rows:
        blocks.append(_checkboxes(shown, rows))
    if buttons := _buttons(shown, len(found), last, changes):
        blocks.append(ActionsBlock(block_id="lists.buttons", elements=buttons))
    title = ENROLLMENT_LABELS["lists"]
    return forms.modal(VIEW, title, blocks, submit="Search", close="Close", metadata=shown.metadata(enrollment))


def words_field(shown: ListPage) -> str:
    """The name of the search field: each list has its own, because Slack keeps what was typed under the same name."""
    return f"words.{shown.name}"


def chosen_keys(request: Request) -> list[str]:
    """The keys of the entries that are chosen on the page."""
    return [key for name, chosen in request.values.items() if name.startswith("chosen.") for key in chosen or ()]


def _which(enrollment: Enrollment, shown: ListPage, changes: bool) -> ActionsBlock:
    """The menu of the lists, and the buttons that concern the whole list."""
    options = [
        Option(value=kind.name, text=f"{gettext(kind.title)} ({number_words(len(entries_of(enrollment, kind.name)))})")
        for kind in KINDS.values()
    ]
    initial = next(option for option in options if option.value == shown.name)
    check = gettext(ENROLLMENT_LABELS["check_data"])
    elements: list[InteractiveElement] = [
        StaticSelectElement(action_id=WHICH, placeholder=gettext("List"), options=options, initial_option=initial),
        ButtonElement(text=check, action_id=CHECK, value=str(enrollment.id)),
    ]
    if changes and shown.kind.has_names:
        elements.append(ButtonElement(text=gettext(f"Add {shown.kind.noun}s"), action_id=ADD, value=shown.name))
    elif changes:
        elements.append(_step_button(enrollment, shown, actions.ADD[shown.name]))
    if (
        (carried_by := enrollment.procedure.ticket_lists.get(shown.name)) is not None
        and enrollment.status is not Status.CANCELLED
        and is_follow_up(enrollment, carried_by)
    ):
        elements.append(_step_button(enrollment, shown, Action.FOLLOW_UP))
    return ActionsBlock(block_id=f"lists.which:{shown.name}", elements=elements)


def _step_button(enrollment: Enrollment, shown: ListPage, action: Action) -> ButtonElement:
    value = format_value(enrollment.id, enrollment.procedure.step_with(shown.kind.name))
    return ButtonElement(text=gettext(action.label), action_id=f"{STEP_PREFIX}{action.value}", value=value)


def _search(shown: ListPage) -> InputBlock:
    element = PlainTextInputElement(
        action_id=SEARCH,
        initial_value=shown.words or None,
        max_length=MAX_SEARCH,
        placeholder=gettext("A part of the line, then Enter"),
        dispatch_action_config=DispatchActionConfig(trigger_actions_on=["on_enter_pressed"]),
    )
    label = gettext("Search")
    return InputBlock(block_id=words_field(shown), label=label, element=element, optional=True, dispatch_action=True)


def _summary(enrollment: Enrollment, shown: ListPage, count: int, noted: Mapping[Any, Sequence[str]]) -> str:
    every = entries_of(enrollment, shown.name)
    noun = shown.kind.noun
    if not every and not unsent(enrollment, shown.name if shown.name in enrollment.procedure.ticket_lists else None):
        words = gettext("*{account}*: this list has no {nouns} yet.")
        return words.format(account=escape(enrollment.account_name), nouns=ngettext(noun, f"{noun}s", 2))
    said = [f"*{escape(enrollment.account_name)}*: {plural(len(every), noun)}."]
    if shown.name == "workflows":
        validated = sum(each.validated for each in enrollment.workflows)
        said.append(gettext("{count} validated.").format(count=validated))
    if shown.name in enrollment.procedure.ticket_lists:
        said.append(list_marks.progress(enrollment, shown.name))
        said += _to_be_removed(enrollment, shown.name)
    if to_check := sum(bool(noted.get(entry)) for entry in every):
        said.append(gettext("{count} to check.").format(count=to_check))
    if shown.words:
        said.append(gettext("{count} with “{words}”.").format(count=count, words=escape(shown.words)))
    elif shown.only:
        said.append(gettext("Here are the {count} to check.").format(count=count))
    return " ".join(each for each in said if each)


def _to_be_removed(enrollment: Enrollment, list_name: str) -> list[str]:
    """The first lines that Spot was told of and that have left the list since."""
    gone = unsent(enrollment, list_name).removed
    if not gone:
        return []
    named = ", ".join(f"“{escape(shorten(entry_line(entry), _NAMED))}”" for entry in gone[:3])
    if len(gone) > 3:
        named += " " + gettext("and {count} more").format(count=number_words(len(gone) - 3))
    return [gettext("To be removed: {entries}.").format(entries=named)]


def _said(
    entry: Any, noted: Mapping[Any, Sequence[str]], marks: Mapping[Any, Told] | None, created: Container[Any]
) -> list[str]:
    """What is to be said about an entry: what Spot knows of it, and what is to be checked."""
    known = [list_marks.of_line(marks.get(entry))] if marks is not None else []
    if entry in created:
        known.append(gettext(":busts_in_silhouette: users created"))
    return [*known, *(f":warning: {escape(told(remark))}" for remark in noted.get(entry, ()))]


def _row(place: int, entry: Any, fields: Iterable[str], said: Sequence[str], changes: bool) -> SectionBlock:
    """One entry, what is to be said about it, and the button to edit it."""
    values = [escape(shorten(shown_field(entry, field), _LONGEST)) for field in fields]
    lines = [f"{place + 1}. {' : '.join(values)}"]
    if isinstance(entry, BillingWorkflow):
        lines.append(
            gettext(":white_check_mark: validated" if entry.validated else ":hourglass_flowing_sand: not validated yet")
        )
    lines += said
    button = ButtonElement(
        text=gettext("Edit"),
        action_id=EDIT,
        value=f"{place}:{entry_key(entry)}",
        accessibility_label=shorten(f"{gettext('Edit')} {entry_line(entry)}", 75),
    )
    return SectionBlock(text="\n".join(lines), accessory=button if changes else None)


def _checkboxes(shown: ListPage, rows: Sequence[tuple[int, Any]]) -> InputBlock:
    options = [
        Option(value=entry_key(entry), text=shorten(f"{place + 1}. {entry_line(entry)}", 75)) for place, entry in rows
    ]
    # What was chosen on another page, or before a change, must not stay chosen here.
    block_id = f"chosen.{forms.key_of(''.join(option.value or '' for option in options))}"
    element = CheckboxesElement(action_id=forms.VALUE, options=options)
    label = gettext("Choose what to mark or remove" if shown.name == customer_users.LIST else "Choose what to remove")
    return InputBlock(block_id=block_id, label=label, element=element, optional=True)


def _buttons(shown: ListPage, count: int, last: int, changes: bool) -> list[InteractiveElement]:
    made: list[InteractiveElement] = []
    if changes and count:
        made.append(ButtonElement(text=gettext("Remove chosen…"), action_id=REMOVE_CHOSEN, value=shown.name))
        if shown.words or shown.only:
            found = gettext("Remove all {count} found…").format(count=number_words(count))
            made.append(ButtonElement(text=found, action_id=REMOVE_FOUND, value=shown.name))
    if changes and count and shown.name == customer_users.LIST:
        made.append(ButtonElement(text=gettext("Users created"), action_id=USERS, value=shown.name))
        made.append(ButtonElement(text=gettext("Users not created"), action_id=NO_USERS, value=shown.name))
    if shown.only:
        made.append(ButtonElement(text=gettext("Show all"), action_id=ONLY, value="all"))
    if shown.page:
        made.append(ButtonElement(text=gettext("Back"), action_id=BACK, value=str(shown.page - 1)))
    if shown.page < last:
        words = gettext("Next ({page} of {pages})").format(page=shown.page + 2, pages=last + 1)
        made.append(ButtonElement(text=words, action_id=NEXT, value=str(shown.page + 1)))
    return made
