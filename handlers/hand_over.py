"""**Hand over**: all or chosen enrollments of a person to another owner, in one form; admins choose whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import Block, ButtonElement, Option, SectionBlock, StaticSelectElement

from bot.domain.errors import StepConflict
from bot.domain.inputs import shorten
from bot.handlers import enrollment_picker, forms
from bot.handlers.enrollment_picker import Picked
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view, show_text
from bot.handlers.router import Router
from bot.language.spoken import gettext, ngettext
from bot.presentation.home_menu import HAND_OVER
from bot.presentation.texts import mention, plural
from bot.use_cases import MOST_HANDED_OVER, HandOver, Listed

SAVE, OTHERS, FROM = "handover.save", "handover.others", "handover.from"
#: The most owners that the form offers: a menu of Slack holds 100.
_OWNERS = 100
_ALL, _CHOSEN = "all", "chosen"
_STAYS, _LEAVES = "stays", "leaves"
_NONE = "You own no active enrollment, so there's nothing to hand over."


def register(router: Router) -> None:
    """Register the listeners of the button, of the choice among owners, and of the form."""
    router.action(HAND_OVER, open_form)
    router.action(OTHERS, choose_owner)
    router.action(FROM, choose_owner)
    router.submission(SAVE, save)


def open_form(request: Request) -> Response:
    """Open the form with the enrollments that the person owns; admins may choose another owner in it."""
    listed, is_admin = _owned(request), request.actor().is_admin
    if not listed and not is_admin:
        return show_text(gettext(_NONE))
    return Response(view=build(listed, {"after": _STAYS}, Picked(frozenset()), is_admin=is_admin))


def choose_owner(request: Request) -> Response:
    """Show the owners, or the enrollments of the one who was chosen, in the same window."""
    if not request.actor().is_admin:
        raise StepConflict(gettext("Only admins can hand over somebody else's enrollments."))
    return Response(refresh_card=request.view["id"])


def render_page(request: Request) -> dict[str, Any]:
    """The form at another page or for another owner, with what was typed so far; or the choice among owners."""
    is_admin, pressed = request.actor().is_admin, request.action.get("action_id")
    if is_admin and pressed == OTHERS:
        return _choice_of_owner(request)
    picked, typed = enrollment_picker.read(request), request.values
    if pressed == FROM:
        owner = str(request.action["selected_option"]["value"])
        picked, typed = Picked(frozenset(), of="" if owner == request.user else owner), {"after": _STAYS}
    if picked.of and not is_admin:  # not any more
        picked = Picked(frozenset())
    return build(_owned(request, picked.of), typed, picked, is_admin=is_admin)


def _choice_of_owner(request: Request) -> dict[str, Any]:
    owners = request.enrollments.owners(request.workspace_id, _OWNERS + 1)
    names = {user: request.workspace.directory.person(user).name for user, _ in owners[:_OWNERS]}
    options = [
        Option(value=user, text=f"{shorten(names[user], 60)} ({count})")
        for user, count in sorted(owners[:_OWNERS], key=lambda owner: names[owner[0]].casefold())
    ]
    text = gettext("Whose enrollments do you want to hand over? The number says how many active ones they own.")
    if len(owners) > _OWNERS:
        text += " " + gettext("These are the {count} people who own the most.").format(count=_OWNERS)
    prompt = gettext("Choose the owner")
    menu = StaticSelectElement(action_id=FROM, placeholder=prompt, options=options) if options else None
    section = SectionBlock(text=text if options else gettext("Nobody owns an active enrollment."), accessory=menu)
    return forms.modal(SAVE, _TITLE, [section], submit=None, metadata={"at": 0, "chosen": []})


def build(
    listed: Sequence[Listed], typed: Mapping[str, Any], picked: Picked, *, is_admin: bool = False
) -> dict[str, Any]:
    """The form; for an admin it says whose enrollments it lists, and leads to those of others."""
    whose: list[Block] = []
    if is_admin:
        others = ButtonElement(text=gettext("Somebody else's"), action_id=OTHERS, value="others")
        if picked.of and listed:
            words = gettext("You're handing over the enrollments of {owner}.").format(owner=mention(picked.of))
        elif picked.of:
            words = gettext("{owner} owns no active enrollment any more.").format(owner=mention(picked.of))
        else:
            words = gettext("These are your own enrollments." if listed else "You own no active enrollment.")
        whose.append(SectionBlock(text=words, accessory=others))
    metadata = enrollment_picker.metadata_for(listed, picked)
    if not listed:
        return forms.modal(SAVE, _TITLE, whose or [SectionBlock(text=gettext(_NONE))], submit=None, metadata=metadata)
    count = len(listed)
    words = gettext("All ({count})" if count > 1 else "The only one ({count})")
    if count > MOST_HANDED_OVER:
        words = gettext("All {count}, {most} at a time")
    every = (_ALL, words.format(count=count, most=MOST_HANDED_OVER))
    them, scope, after, hint = OF_ANOTHER if picked.of else OWN
    blocks = [
        *whose,
        SectionBlock(
            text=gettext("The new owner gets one direct message, and can decline. The thread of each card tells of it.")
        ),
        forms.person("to", "New owner", typed),
        forms.choice("scope", "Hand over", [every, *forms.translated([ONLY_CHOSEN])], typed, scope, optional=False),
        *enrollment_picker.blocks("Enrollments", listed, picked, "Active enrollments, by name."),
        forms.choice("after", them, forms.translated(after), typed, hint, optional=False),
    ]
    return forms.modal(SAVE, _TITLE, blocks, submit="Hand over", metadata=metadata)


ONLY_CHOSEN = (_CHOSEN, "Only those chosen below")
_TITLE = "Hand over"
#: The question what becomes of the former owner, the hint about the scope, the answers, and the hint about them.
OWN = (
    "And you?",
    "Cancelled and completed ones stay yours.",
    [(_STAYS, "I stay as a collaborator"), (_LEAVES, "I leave")],
    "As a collaborator you can still change them.",
)
OF_ANOTHER = (
    "And the former owner?",
    "Cancelled and completed ones stay with them.",
    [(_STAYS, "Stays as a collaborator"), (_LEAVES, "Leaves")],
    "A collaborator can still change them. Somebody who has left Slack can't.",
)


def save(request: Request) -> Response:
    """Hand over each of them, and say how many."""
    picked, typed = enrollment_picker.read(request), request.values
    of, listed, fields = picked.of, _owned(request, picked.of), forms.Fields(typed)
    to = str(typed.get("to") or "")
    if to == (of or request.user):
        fields.faults["to"] = gettext(
            "They own them already. Choose somebody else." if of else "You own them already. Choose somebody else."
        )
    elif not to:
        fields.faults["to"] = gettext("Choose the new owner.")
    elif (reason := request.workspace.rights.why_not_full_member(to)) is not None:
        fields.faults["to"] = reason
    chosen = picked.chosen
    for field in ("scope", "after"):
        if not typed.get(field):
            fields.faults[field] = gettext("Choose one of the two.")
    if typed.get("scope") == _CHOSEN and not chosen:
        fields.faults[enrollment_picker.field_of(request)] = gettext("Choose at least one, or all of them above.")
    fields.check()
    every = typed["scope"] == _ALL
    ids = [each.id for each in listed] if every else sorted(chosen)
    zone = request.workspace.directory.person(to).zone
    wanted = HandOver(to, zone, stays=typed["after"] == _STAYS, of=of)
    given = request.enrollments.hand_over(request.caller(), ids, wanted)
    left = len(_owned(request, of)) if every else max(0, len(ids) - MOST_HANDED_OVER)
    among = "" if every else f" {gettext('of those you chose')}"
    words = _told(len(given), min(len(ids), MOST_HANDED_OVER), among, left, to, of)
    return Response(ack=replace_view(forms.notice(_TITLE, words)).ack, refresh_home=True)


def _told(given: int, asked: int, among: str, left: int, to: str, of: str) -> str:
    words = gettext("You handed over {enrollments} to {new_owner}.")
    if of:
        words = gettext("You handed over {enrollments} of {owner} to {new_owner}.")
    words = words.format(enrollments=plural(given, "enrollment"), owner=mention(of), new_owner=mention(to))
    if given < asked:
        words += " " + ngettext(
            "{count} had changed meanwhile and stayed as it was.",
            "{count} had changed meanwhile and stayed as they were.",
            asked - given,
        ).format(count=asked - given)
    if left:
        more = ngettext(
            "{count}{among} is left: open *Hand over* again.", "{count}{among} are left: open *Hand over* again.", left
        )
        words += " " + more.format(count=left, among=among)
    return words


def _owned(request: Request, of: str = "") -> list[Listed]:
    return request.enrollments.active_of(request.workspace_id, of or request.user, owned=True)
