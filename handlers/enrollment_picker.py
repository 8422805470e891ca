"""A field for choosing among a person's enrollments, page by page: a menu of Slack's takes a hundred entries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement

from bot.domain.inputs import format_account_id, shorten
from bot.handlers import forms
from bot.handlers.request import Request
from bot.language.spoken import gettext
from bot.use_cases import Listed

#: Action IDs of the buttons that turn the page; the value is the page.
BACK, NEXT = "picker.page.back", "picker.page.next"
#: Entries on a page: with letters that take six characters each, they still fit into an answer of Socket Mode.
_PER_PAGE = 50
#: Chosen entries of other pages that a form remembers; its metadata has 3,000 characters.
_MOST = 300
_FIELD = "which"


@dataclass(frozen=True, slots=True)
class Picked:
    """What is chosen in a form so far, on all of its pages, and the page that it shows.

    Attributes:
        of: whose enrollments they are, if not those of whoever fills in the form.
    """

    chosen: frozenset[int]
    page: int = 0
    of: str = ""


def read(request: Request) -> Picked:
    """What was chosen in a form, on the page that it shows and before on the others, and the page to show now."""
    metadata = request.metadata
    page, of = int(metadata["at"]), str(metadata.get("of", ""))
    here = [int(value) for value in request.values.get(_field(page, of)) or ()]
    turned = request.action.get("action_id") in (BACK, NEXT)
    chosen = frozenset((*metadata["chosen"], *here))
    return Picked(chosen, int(request.action["value"]) if turned else page, of)


def blocks(label: str, listed: Sequence[Listed], picked: Picked, hint: str) -> list[Block]:
    """The field with one page of enrollments, and buttons for the others."""
    last = max(0, (len(listed) - 1) // _PER_PAGE)
    page = min(picked.page, last)
    options = [
        (str(each.id), f"{shorten(each.account_name, 50)} ({format_account_id(each.account_id)})")
        for each in _on(listed, page)
    ]
    field = _field(page, picked.of)
    typed = {field: [str(number) for number in picked.chosen]}
    made: list[Block] = [forms.choices(field, label, options, typed, optional=True, hint=hint)]
    if last:
        buttons = []
        if page:
            buttons.append(ButtonElement(text=gettext("Back"), action_id=BACK, value=str(page - 1)))
        if page < last:
            words = gettext("Next ({page} of {pages}; {count} in all)")
            words = words.format(page=page + 2, pages=last + 1, count=len(listed))
            buttons.append(ButtonElement(text=words, action_id=NEXT, value=str(page + 1)))
        made.append(ActionsBlock(block_id="pages", elements=buttons))
    return made


def metadata_for(listed: Sequence[Listed], picked: Picked) -> dict[str, Any]:
    """What a form remembers: its page, and what is chosen on the others."""
    page = min(picked.page, max(0, (len(listed) - 1) // _PER_PAGE))
    here = {each.id for each in _on(listed, page)}
    whose = {"of": picked.of} if picked.of else {}
    return {"at": page, "chosen": sorted(picked.chosen - here)[:_MOST], **whose}


def field_of(request: Request) -> str:
    """The name of the field that the form shows, for a fault."""
    return _field(int(request.metadata["at"]), str(request.metadata.get("of", "")))


def kept(listed: Sequence[Listed], chosen: Collection[int]) -> list[Listed]:
    """The chosen ones of those that are still there, in their order."""
    return [each for each in listed if each.id in chosen]


def _on(listed: Sequence[Listed], page: int) -> Sequence[Listed]:
    return listed[page * _PER_PAGE : (page + 1) * _PER_PAGE]


def _field(page: int, of: str) -> str:
    # Slack keeps what was chosen in a field of the same name, so each page of each owner has its own.
    return ".".join([_FIELD, str(page), *([of] if of else [])])
