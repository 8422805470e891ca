"""**Check data** and `/eco check`: what is wrong or may be a mistake in the lists, with the way to the entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block, ButtonElement, SectionBlock

from bot.domain.access import may_change
from bot.domain.enrollment import Enrollment
from bot.domain.inputs import shorten
from bot.domain.list_checks import MOST_NAMED, ListFinding
from bot.domain.list_entries import KINDS, entries_of
from bot.domain.sentences import told
from bot.domain.subset_coverage import ACCOUNTS
from bot.handlers import forms, list_page
from bot.handlers.list_fields import SEE_LIST, SEND_ACCOUNTS, send_button
from bot.handlers.request import Request
from bot.handlers.response import Response, show_text
from bot.handlers.router import Router
from bot.language.spoken import gettext, number_words
from bot.presentation.buttons import ENROLLMENT_LABELS
from bot.presentation.texts import escape, plural

VIEW = "lists.check"
#: Characters of a name: ten of them, all escaped, fit into a section.
_LONGEST = 50


def register(router: Router) -> None:
    """Register the listener of the button."""
    router.action(list_page.CHECK, open_check)
    router.action(SEND_ACCOUNTS, send_accounts)


def open_check(request: Request) -> Response:
    """Show what is found; in place of a list, if it was pressed there."""
    enrollment, _ = request.load_target()
    view = build(request, enrollment)
    return Response(in_place=view) if request.view.get("callback_id") == list_page.VIEW else Response(view=view)


def open_for(request: Request, enrollment: Enrollment) -> Response:
    """Show what is found in the lists of an enrollment, to anyone who may see it."""
    return Response(view=build(request, enrollment))


def send_accounts(request: Request) -> Response:
    """Send the accounts of the organization with their subsets to the person."""
    enrollment, _ = request.load_target()
    name = request.enrollments.send_accounts(request.caller(), enrollment.id, str(request.id))
    words = gettext("I'm sending you the accounts as the file {file} in a direct message.")
    return show_text(words.format(file=escape(name)))


def build(request: Request, enrollment: Enrollment) -> dict[str, Any]:
    """The modal: errors first, each finding with its first entries and a button to the list."""
    findings = request.enrollments.list_findings(enrollment)
    wrong = [finding for finding in findings if finding.is_error]
    doubtful = [finding for finding in findings if not finding.is_error]
    blocks: list[Block] = [
        SectionBlock(block_id="summary", text=_summary(enrollment, wrong, doubtful)),
        *_accounts(request, enrollment),
    ]
    for title, part in (
        (gettext(":no_entry: *Correct these before you send the ticket*"), wrong),
        (gettext(":warning: *Look at these: they may be right*"), doubtful),
    ):
        if part:
            blocks.append(SectionBlock(text=title))
            blocks += [_section(enrollment, finding) for finding in part]
    if not findings:
        button = ButtonElement(text=gettext("See the list"), action_id=SEE_LIST, value=str(enrollment.id))
        blocks.append(SectionBlock(text=gettext("Nothing to correct."), accessory=button))
    label = ENROLLMENT_LABELS["check_data"]
    return forms.modal(VIEW, label, blocks, submit=None, metadata={"enrollment": enrollment.id})


def _accounts(request: Request, enrollment: Enrollment) -> list[Block]:
    """How the organization's accounts are spread over the subsets, where somebody keeps that."""
    if not enrollment.subset_accounts or not enrollment.procedure.reads_accounts:
        return []
    covered = request.enrollments.account_coverage(enrollment)
    if covered is None:
        words = gettext("Run *Check AWS*, and I'll compare your AWS accounts with those of your organization.")
        return [SectionBlock(block_id="accounts", text=words)]
    may = may_change(enrollment, request.actor(), enrollment.procedure.step_with(ACCOUNTS))
    return [SectionBlock(block_id="accounts", text=covered.words, accessory=send_button(enrollment) if may else None)]


def _summary(enrollment: Enrollment, wrong: Sequence[ListFinding], doubtful: Sequence[ListFinding]) -> str:
    counted = [
        plural(len(entries_of(enrollment, kind.name)), kind.noun)
        for kind in KINDS.values()
        if entries_of(enrollment, kind.name)
    ]
    checked = gettext("I checked {lists}." if counted else "There are no lists to check yet.")
    checked = checked.format(lists=", ".join(counted))
    found = f" {plural(len(wrong), 'error')}, {plural(len(doubtful), 'warning')}." if counted else ""
    return f"*{escape(enrollment.account_name)}*: {checked}{found}"


def _section(enrollment: Enrollment, finding: ListFinding) -> SectionBlock:
    named = [f"• {escape(shorten(name, _LONGEST))}" for name in finding.named[:MOST_NAMED]]
    if len(finding.named) > MOST_NAMED:
        named.append(gettext("and {count} more").format(count=number_words(len(finding.named) - MOST_NAMED)))
    value = f"{enrollment.id}:{finding.list_name}:check"
    button = ButtonElement(text=gettext("See the list"), action_id=SEE_LIST, value=value)
    return SectionBlock(text="\n".join([f"{escape(told(finding.words))}:", *named]), accessory=button)
