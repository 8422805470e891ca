"""**Notifications**: how a person wants to be reminded, and which enrollments do not mention them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import Block

from bot.domain.contacts import Availability, Preference, Reminding, whom_to_ask
from bot.domain.errors import InvalidForm, NeedsConfirmation
from bot.domain.warnings import nobody_else
from bot.handlers import enrollment_picker, forms
from bot.handlers.enrollment_picker import Picked
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation.home_menu import NOTIFICATIONS
from bot.use_cases import Listed

SAVE = "quiet.save"
#: How many enrollments one person can mute.
_MOST_MUTED = 200
WAYS = [
    (Reminding.CHANNEL.value, "Mention me in the channel"),
    (Reminding.DIRECT.value, "Direct message instead"),
    (Reminding.DAILY.value, "One direct message a day at most"),
]
_HINT = "Reminders are always posted in the channel, with your name."
_MUTE = "Their reminders don't mention you, and you get no direct message. Others are asked as before."


def register(router: Router) -> None:
    """Register the listeners of the button and of the form."""
    router.action(NOTIFICATIONS, open_form)
    router.submission(SAVE, save)


def open_form(request: Request) -> Response:
    """Open the form with what the person chose before."""
    known, listed = request.enrollments.preference(request.workspace_id, request.user), _mine(request)
    return Response(view=build(listed, {"reminding": known.reminding.value}, Picked(known.muted & _ids(listed))))


def render_page(request: Request) -> dict[str, Any]:
    """The form at another page, with what was typed so far."""
    return build(_mine(request), request.values, enrollment_picker.read(request))


def build(
    listed: Sequence[Listed], typed: Mapping[str, Any], picked: Picked, warnings: Sequence[str] = ()
) -> dict[str, Any]:
    """The form; somebody without enrollments has none to mute."""
    ways = forms.translated(WAYS)
    blocks: list[Block] = [forms.choice("reminding", "How should I remind you?", ways, typed, _HINT, optional=False)]
    if listed:
        blocks += enrollment_picker.blocks("Mute for me", listed, picked, _MUTE)
    metadata = enrollment_picker.metadata_for(listed, picked)
    return forms.modal(SAVE, "Notifications", blocks, metadata=metadata, warnings=warnings)


def save(request: Request) -> Response:
    """Store what was chosen; say first where nobody would be mentioned any more."""
    typed, listed, picked = request.values, _mine(request), enrollment_picker.read(request)
    if typed.get("reminding") not in {value for value, _ in WAYS}:
        raise InvalidForm({"reminding": gettext("Choose how I shall remind you.")})
    chosen = picked.chosen & _ids(listed)  # those that are over are not listed, and stay muted
    if len(chosen) > _MOST_MUTED:
        field = enrollment_picker.field_of(request)
        raise InvalidForm(
            {field: gettext("You can mute {count} enrollments at most. Take some out.").format(count=_MOST_MUTED)}
        )
    reminding = Reminding(typed["reminding"])
    before = request.enrollments.preference(request.workspace_id, request.user).muted
    muted = enrollment_picker.kept(listed, chosen - before)
    warnings = nobody_else(each.account_name for each in _unasked(request, muted, Preference(reminding, chosen)))
    unmuted = _ids(listed) & before - chosen
    try:
        request.enrollments.set_preference(
            request.caller(warnings), reminding, [each.id for each in muted], sorted(unmuted)
        )
    except NeedsConfirmation as question:
        return replace_view(build(listed, typed, picked, question.warnings))
    return Response()


def _unasked(request: Request, muted: Sequence[Listed], wanted: Preference) -> Iterable[Listed]:
    """The enrollments about which nobody is mentioned or told any more, if the person mutes them."""
    enrollments, directory, workspace = request.enrollments, request.workspace.directory, request.workspace_id
    around = Availability(
        enrollments.absences(workspace) if muted else {},
        lambda user: wanted if user == request.user else enrollments.preference(workspace, user),
        lambda user: not directory.person(user).deactivated,
        lambda: sorted(directory.admin_users()),
    )
    for each in muted:
        asked = whom_to_ask(enrollments.get(workspace, each.id), None, 0, around)
        if not asked.mentioned and not asked.direct:
            yield each


def _ids(listed: Sequence[Listed]) -> frozenset[int]:
    return frozenset(each.id for each in listed)


def _mine(request: Request) -> list[Listed]:
    return request.enrollments.active_of(request.workspace_id, request.user)
