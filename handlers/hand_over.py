"""**Hand over**: all or chosen enrollments of a person to another owner, in one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import SectionBlock

from bot.presentation.home_menu import HAND_OVER
from bot.presentation.texts import mention, plural
from bot.use_cases import MOST_HANDED_OVER, HandOver, Listed
from handlers import enrollment_picker, forms
from handlers.enrollment_picker import Picked
from handlers.request import Request
from handlers.response import Response, replace_view, show_text
from handlers.router import Router

SAVE = "handover.save"
_ALL, _CHOSEN = "all", "chosen"
_STAYS, _LEAVES = "stays", "leaves"
_NONE = "You own no active enrollment, so there's nothing to hand over."


def register(router: Router) -> None:
    """Register the listeners of the button and of the form."""
    router.action(HAND_OVER, open_form)
    router.submission(SAVE, save)


def open_form(request: Request) -> Response:
    """Open the form with the enrollments that the person owns."""
    listed = _owned(request)
    if not listed:
        return show_text(_NONE)
    return Response(view=build(listed, {"after": _STAYS}, Picked(frozenset())))


def render_page(request: Request) -> dict[str, Any]:
    """The form at another page, with what was typed so far."""
    return build(_owned(request), request.values, enrollment_picker.read(request))


def build(listed: Sequence[Listed], typed: Mapping[str, Any], picked: Picked) -> dict[str, Any]:
    """The form."""
    count = len(listed)
    every = "All" if count > 1 else "The only one"
    words = f"{every} ({count})" if count <= MOST_HANDED_OVER else f"All {count}, {MOST_HANDED_OVER} at a time"
    blocks = [
        SectionBlock(text="The new owner gets one direct message, and can decline. Each card's thread says it."),
        forms.person("to", "New owner", typed),
        forms.choice("scope", "Hand over", [(_ALL, words), _ONLY_CHOSEN], typed, _SCOPE, optional=False),
        *enrollment_picker.blocks("Enrollments", listed, picked, "Your active enrollments, by name."),
        forms.choice("after", "And you?", _AFTER, typed, _AFTER_HINT, optional=False),
    ]
    metadata = enrollment_picker.metadata_for(listed, picked)
    return forms.modal(SAVE, "Hand over", blocks, submit="Hand over", metadata=metadata)


_ONLY_CHOSEN = (_CHOSEN, "Only those chosen below")
_AFTER_HINT = "As a collaborator you can still change them."
_SCOPE = "Cancelled and completed ones stay yours."
_AFTER = [(_STAYS, "I stay as a collaborator"), (_LEAVES, "I leave")]


def save(request: Request) -> Response:
    """Hand over each of them, and say how many."""
    typed, listed = request.values, _owned(request)
    fields = forms.Fields(typed)
    to = str(typed.get("to") or "")
    if to == request.user:
        fields.faults["to"] = "You own them already. Choose somebody else."
    elif not to:
        fields.faults["to"] = "Choose the new owner."
    elif (reason := request.workspace.rights.why_not_full_member(to)) is not None:
        fields.faults["to"] = reason
    chosen = enrollment_picker.read(request).chosen
    for field in ("scope", "after"):
        if not typed.get(field):
            fields.faults[field] = "Choose one of the two."
    if typed.get("scope") == _CHOSEN and not chosen:
        fields.faults[enrollment_picker.field_of(request)] = "Choose at least one, or all of them above."
    fields.check()
    every = typed["scope"] == _ALL
    ids = [each.id for each in listed] if every else sorted(chosen)
    zone = request.workspace.directory.person(to).zone
    wanted = HandOver(to, zone, stays=typed["after"] == _STAYS)
    given = request.enrollments.hand_over(request.caller(), ids, wanted)
    words = _told(len(given), min(len(ids), MOST_HANDED_OVER), len(_owned(request)) if every else 0, to)
    return Response(ack=replace_view(forms.notice("Hand over", words)).ack, refresh_home=True)


def _told(given: int, asked: int, left: int, to: str) -> str:
    words = f"You handed over {plural(given, 'enrollment')} to {mention(to)}."
    if given < asked:
        words += f" {asked - given} had changed meanwhile and stayed as they were."
    if left:
        words += f" {left} are left: open *Hand over* again."
    return words


def _owned(request: Request) -> list[Listed]:
    return request.enrollments.active_of(request.workspace_id, request.user, owned=True)
