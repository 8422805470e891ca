"""**Decline**, **Agree**, **Take over** and **Delete**: who owns an enrollment, and what only admins do with one."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, SectionBlock

from bot.domain.enrollment import Enrollment
from bot.domain.errors import NotAllowed, StepConflict
from bot.domain.inputs import shorten
from bot.domain.sentences import sentence
from bot.handlers import forms
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation.direct_messages import AGREE, DECLINE, DECLINE_SOME
from bot.presentation.texts import escape, mention, plural

TAKE_OVER = "owner.take_over"
OPEN_DELETE = "owner.open_delete"
DELETE = "owner.delete"
DECLINE_CHOSEN = "owner.decline_chosen"


def register(router: Router) -> None:
    """Register the listeners of the buttons and of the form."""
    router.action(DECLINE, decline)
    router.action(DECLINE_SOME, choose_declined)
    router.submission(DECLINE_CHOSEN, decline_chosen)
    router.action(AGREE, agree)
    router.action(TAKE_OVER, take_over)
    router.action(OPEN_DELETE, open_delete)
    router.submission(DELETE, delete)


def admin_tools(request: Request, enrollment: Enrollment) -> list[Block]:
    """The buttons that only admins get, in **Edit** and in **History**; nothing for anybody else."""
    if not request.actor().is_admin:
        return []
    value = str(enrollment.id)
    buttons = [ButtonElement(text=gettext("Delete…"), action_id=OPEN_DELETE, value=value, style="danger")]
    if enrollment.owner != request.user:
        buttons.insert(0, ButtonElement(text=gettext("Take over"), action_id=TAKE_OVER, value=value))
    return [ActionsBlock(block_id="admin_tools", elements=buttons)]


def decline(request: Request) -> Response:
    """Give the ownership back to whoever gave it."""
    number = int(request.action["value"])
    enrollment = request.enrollments.decline(request.caller(), number, _giver_zone(request, number))
    words = gettext("You declined to own *{account}*. {owner} owns it again.")
    return _answered(words.format(account=escape(enrollment.account_name), owner=mention(enrollment.owner)))


def choose_declined(request: Request) -> Response:
    """Open the form with the enrollments that were handed over and are still the person's."""
    row_id = int(request.action["value"])
    found = request.enrollments.handed_over(request.workspace_id, row_id, request.user)
    if not found:
        raise StepConflict(gettext("You own none of these enrollments any more."))
    options = [(str(each.id), each.account_name) for each in found]
    blocks = [forms.choices("which", "Decline", options, hint="They go back to the person who handed them over.")]
    return Response(view=forms.modal(DECLINE_CHOSEN, "Decline", blocks, submit="Decline", metadata={"row": row_id}))


def decline_chosen(request: Request) -> Response:
    """Give back each of the chosen enrollments that is still the person's."""
    chosen = {int(number) for number in request.values.get("which") or ()}
    found = request.enrollments.handed_over(request.workspace_id, int(request.metadata["row"]), request.user)
    mine = [each for each in found if each.id in chosen]
    if not mine:
        raise StepConflict(gettext("You own none of these enrollments any more."))
    zones = {each.id: _giver_zone(request, each.id, each.account_name) for each in mine}
    caller = request.caller()
    for number, zone in zones.items():
        request.enrollments.decline(caller.for_one_of_many(number), number, zone)
    words = gettext("You declined {enrollments}. Their former owners own them again.")
    words = words.format(enrollments=plural(len(mine), "enrollment"))
    return replace_view(forms.notice("Decline", words))


def _giver_zone(request: Request, number: int, name: str = "") -> str:
    """The time zone of whoever gave an enrollment; raises `StepConflict` where they cannot own it any more.

    Args:
        name: that of the account, where there are several.
    """
    giver = request.enrollments.gave(request.workspace_id, number, request.user)
    if reason := request.workspace.rights.who_cannot_answer([giver]):
        words = "I can't give it back: {reason} Choose a new owner with Hand over."
        if name:
            words = "I can't give “{name}” back: {reason} Choose a new owner with Hand over."
        raise StepConflict(sentence(words, name=shorten(name), reason=reason))
    return request.workspace.directory.person(giver).zone


def agree(request: Request) -> Response:
    """Let the tickets of the other enrollment go by email."""
    enrollment = request.enrollments.agree_to_emails(request.caller(), int(request.action["value"]))
    words = gettext("You agreed: tickets of *{account}* may go by email.")
    return _answered(words.format(account=escape(enrollment.account_name)))


def _answered(words: str) -> Response:
    block = SectionBlock(text=words).to_dict()
    return Response(message={"text": words, "blocks": [block]}, replace_original=True)


def take_over(request: Request) -> Response:
    """Make the admin the owner."""
    number, zone = int(request.action["value"]), request.workspace.directory.person(request.user).zone
    enrollment = request.enrollments.take_over(request.caller(), number, zone)
    words = gettext("You own *{account}* now. Close the other windows to see it.")
    words = words.format(account=escape(enrollment.account_name))
    return Response(view=forms.notice("Take over", words))


def open_delete(request: Request) -> Response:
    """Open the form that says what is lost and asks for the account name."""
    enrollment, _ = request.load_target()
    _require_admin(request, enrollment)
    words = gettext(
        "Delete *{account}* for good? Its steps, lists and history are gone, and nothing more is sent for it. "
        "If it only ends early, use *Cancel enrollment* instead."
    ).format(account=escape(enrollment.account_name))
    blocks = [SectionBlock(text=words), forms.text("name", "Account name", hint="Type it to confirm.")]
    metadata: dict[str, Any] = {"enrollment": enrollment.id}
    return Response(view=forms.modal(DELETE, "Delete", blocks, submit="Delete", metadata=metadata))


def delete(request: Request) -> Response:
    """Delete the enrollment and close every window that shows it."""
    enrollment, _ = request.load_target()
    _require_admin(request, enrollment)
    request.enrollments.delete(request.caller(), enrollment.id, str(request.values.get("name") or ""))
    return Response(ack={"response_action": "clear"})


def _require_admin(request: Request, enrollment: Enrollment) -> None:
    if not request.actor().is_admin:
        raise NotAllowed(enrollment.people)
