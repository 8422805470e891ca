"""Parts of forms about lists: known names to copy from, and a field that removes recorded entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, InputBlock, SectionBlock

from bot.domain.aws.preflight import CheckReport
from bot.domain.enrollment import Enrollment
from bot.domain.inputs import shorten
from bot.domain.lists import format_name, refuse
from bot.handlers import forms
from bot.handlers.forms import Typed
from bot.language.spoken import gettext
from bot.presentation.texts import escape

T = TypeVar("T")

#: The name of the field that removes entries.
REMOVE = "remove"
#: The button that opens a list in pages; its value is `42:pairs`.
SEE_LIST = "lists.open"
#: The button that sends the accounts of the organization with their subsets.
SEND_ACCOUNTS = "lists.accounts"
#: Characters of a list of names in a section.
_ROOM = 1300


def known_names(enrollment: Enrollment, *, workflows: bool) -> list[Block]:
    """A section with the recorded subsets and, if asked for, billing workflows; empty where none are recorded."""
    listed = {gettext("Subsets"): enrollment.subsets}
    if workflows:
        listed[gettext("Billing workflows")] = enrollment.names_in("workflows")
    words = "\n".join(_listed(title, names, len(names)) for title, names in listed.items() if names)
    return [SectionBlock(block_id="known", text=words)] if words else []


def see_list(enrollment: Enrollment, list_name: str) -> ActionsBlock:
    """The button below a form that opens its list in pages."""
    button = ButtonElement(text=gettext("See the list"), action_id=SEE_LIST, value=f"{enrollment.id}:{list_name}")
    return ActionsBlock(block_id="see_list", elements=[button])


def send_button(enrollment: Enrollment) -> ButtonElement:
    """The button that sends the accounts of the organization, with their subsets, as a file."""
    return ButtonElement(text=gettext("Send me the accounts"), action_id=SEND_ACCOUNTS, value=str(enrollment.id))


def known_accounts(report: CheckReport | None) -> list[Block]:
    """A section with the names of the organization's accounts, as far as they were read, and how many there are."""
    if report is None or not report.accounts:
        return []
    count = max(report.account_count or 0, len(report.accounts))
    title = gettext("Accounts of the AWS organization ({count})").format(count=count)
    words = _listed(title, report.accounts, count)
    return [SectionBlock(block_id="accounts", text=words)]


def _listed(title: str, names: Sequence[str], count: int) -> str:
    shown: list[str] = []
    room = _ROOM
    for name in names:
        written = escape(format_name(name))
        room -= len(written) + len(", ")
        if room < 0:
            break
        shown.append(written)
    more = " " + gettext("and {count} more").format(count=count - len(shown)) if len(shown) < count else ""
    return f"*{title}:* {', '.join(shown)}{more}"


def removal_input(lines: Sequence[str], typed: Typed | None) -> InputBlock:
    """The field: a menu of the recorded lines, or a text field where the menu would be too long for Slack."""
    label = gettext("Remove ({count} on the list)").format(count=len(lines))
    options = [(forms.key_of(line), line) for line in lines]
    given = (typed or {}).get(REMOVE)
    if isinstance(given, str) or (given is None and not forms.fits(options)):
        hint = "One entry a line, written as in the field above."
        return forms.text(REMOVE, label, typed, optional=True, lines=True, hint=hint)
    return forms.choices(REMOVE, label, options, typed, optional=True)


def removed(
    fields: forms.Fields, given: str | list[str] | None, entries: Mapping[str, T], parse: Callable[[str], Sequence[T]]
) -> frozenset[T]:
    """The entries to remove; a typed line that is not recorded is a fault at the field.

    Args:
        given: what the field holds. entries: the recorded ones by their lines.
        parse: reads typed lines.
    """
    if isinstance(given, list):
        # By what it says and not by its place: somebody else may have changed the list meanwhile.
        by_key = {forms.key_of(line): entry for line, entry in entries.items()}
        return frozenset(by_key[key] for key in given if key in by_key)

    def read(raw: str) -> frozenset[T]:
        recorded = frozenset(entries.values())
        found = parse(raw)
        refuse(
            [
                gettext("Line {number}: “{line}” is not on the list.").format(number=number, line=shorten(line.strip()))
                for number, line in enumerate(raw.splitlines(), 1)
                if line.strip() and not recorded.issuperset(parse(line))
            ]
        )
        return frozenset(found)

    return fields.optional(REMOVE, read) or frozenset()
