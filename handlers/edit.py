"""**Edit**, **Cancel enrollment** and **Resume**: the enrollment as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain import party_people
from bot.domain.access import require_change
from bot.domain.edit_form import Edit, edit_values, edited_fields, merged, recorded
from bot.domain.enrollment import Enrollment
from bot.domain.errors import NeedsConfirmation, NothingToDo, StepConflict
from bot.domain.inputs import parse_name
from bot.domain.shown_values import shown
from bot.domain.start_form import MAX_ACCOUNT_NAME
from bot.domain.step_spec import Procedure
from bot.handlers import forms, party_fields
from bot.handlers.card_copies import refresh_copies
from bot.handlers.owners import admin_tools
from bot.handlers.procedure_choice import FIELD, ask, question
from bot.handlers.request import SHOWN, Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.handlers.value_inputs import inputs, read_text
from bot.language.spoken import gettext
from bot.presentation import texts
from bot.presentation.buttons import ENROLLMENT_PREFIX

EDIT = "edit.save"
CANCEL = "edit.cancel"


def register(router: Router) -> None:
    """Listen to the buttons and to their forms."""
    router.action(f"{ENROLLMENT_PREFIX}edit", open_edit)
    router.action(f"{ENROLLMENT_PREFIX}cancel", open_cancel)
    router.action(f"{ENROLLMENT_PREFIX}resume", resume)
    router.submission(EDIT, save)
    router.submission(CANCEL, cancel)


def open_edit(request: Request) -> Response:
    """Open the edit form."""
    enrollment, _ = request.load_target()
    require_change(enrollment, request.actor())
    choices = request.enrollments.alternatives(enrollment, request.caller())
    return Response(view=build(enrollment, tools=admin_tools(request, enrollment), choices=choices))


def build(
    enrollment: Enrollment,
    typed: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
    tools: Sequence[Block] = (),
    choices: Sequence[Procedure] = (),
) -> dict[str, Any]:
    """The edit form with what was typed so far; without it, with the recorded values.

    Args:
        tools: for admins. choices: the procedures among which people can still choose, the enrollment's own first.
    """
    known = typed if typed is not None else {name: recorded(enrollment, name) for name in edited_fields(enrollment)}
    own = enrollment.procedure
    return forms.modal(
        EDIT,
        "Edit",
        [
            forms.text("account_name", "Account name", known, longest=MAX_ACCOUNT_NAME),
            *question(choices, next((each for each in choices if each.key == known.get(FIELD)), own)),
            *_shared_inputs(enrollment, known, at_start=True),
            forms.channel("channel_id", "Progress channel", known, "A new channel gets its own card."),
            forms.person("owner", "Owner", known),
            forms.people("collaborators", "Collaborators", known),
            *party_fields.inputs(enrollment.procedure, known),
            *_shared_inputs(enrollment, known, at_start=False),
            *tools,
        ],
        metadata={
            "enrollment": enrollment.id,
            FIELD: enrollment.procedure_reference,
            SHOWN: asdict(shown(enrollment, edit_values(enrollment))),
        },
        warnings=warnings,
    )


def _shared_inputs(enrollment: Enrollment, known: Mapping[str, Any], *, at_start: bool) -> list[Block]:
    fields = [
        replace(field, hint=None, placeholder=None, optional=field.optional or enrollment.value(field.key) is None)
        for _, field in enrollment.procedure.told.shared.values()
        if bool(field.at_start) is at_start
    ]
    return inputs(enrollment, fields, known, None)


def save(request: Request) -> Response:
    """Store the edit form."""
    enrollment, _ = request.load_target()
    require_change(enrollment, request.actor())
    if request.metadata.get(FIELD, enrollment.procedure_reference) != enrollment.procedure_reference:
        raise StepConflict(gettext("Somebody moved this enrollment to another procedure meanwhile. Open Edit again."))
    typed = request.values
    wanted = parse(request, enrollment, typed)
    warnings: list[str] = []
    channel = merged(enrollment, wanted, request.shown).channel_id
    if channel != enrollment.channel_id:
        request.join_channel(channel)
        warnings = request.workspace.rights.channel_warnings(channel)
    chosen = typed.get(FIELD) or enrollment.procedure.key
    try:
        enrollment = request.enrollments.edit(request.caller(warnings), enrollment.id, wanted)
    except NothingToDo:
        if chosen == enrollment.procedure.key:
            raise
    except NeedsConfirmation as unsure:
        choices = request.enrollments.alternatives(enrollment, request.caller())
        return replace_view(build(enrollment, typed, unsure.warnings, choices=choices))
    return ask(request, enrollment, chosen) if chosen != enrollment.procedure.key else Response()


def parse(request: Request, enrollment: Enrollment, typed: Mapping[str, Any]) -> Edit:
    """The values of the edit form; raises `InvalidForm` with every fault."""
    fields = forms.Fields(typed)
    name = fields.take("account_name", lambda raw: parse_name(raw, "the account name", MAX_ACCOUNT_NAME))
    shared = enrollment.procedure.shared
    values = {key: read_text(fields, field, enrollment.account_id, optional=True) for key, (_, field) in shared.items()}
    of_parties = party_fields.chosen(enrollment.procedure, typed)
    people = {"owner": [typed["owner"]], "collaborators": typed.get("collaborators") or (), **of_parties}
    known = {*enrollment.people, *(each.user_id for each in enrollment.party_people)}
    new = {name: [user for user in users if user not in known] for name, users in people.items()}
    request.check_people(fields, new)
    fields.check()
    owner, same = str(typed["owner"]), typed["owner"] == enrollment.owner
    return Edit(
        account_name=str(name),
        owner=owner,
        owner_zone=enrollment.owner_zone if same else request.workspace.directory.person(owner).zone,
        collaborators=tuple(typed.get("collaborators") or ()),
        channel_id=str(typed["channel_id"]),
        values=values,
        party_people=party_people.of_fields(enrollment.procedure, of_parties),
    )


def open_cancel(request: Request) -> Response:
    """Open the form that asks for the reason and says what ends."""
    enrollment, _ = request.load_target()
    require_change(enrollment, request.actor())
    words = gettext("Cancel *{account}*? Reminders stop. You can resume it later.")
    words = words.format(account=texts.escape(enrollment.account_name))
    blocks = [SectionBlock(text=words), forms.reason()]
    metadata = {"enrollment": enrollment.id}
    title, keep = "Cancel enrollment", "Keep it"  # with a second “Cancel” beside it people would have to guess
    return Response(view=forms.modal(CANCEL, title, blocks, submit=title, close=keep, metadata=metadata))


def cancel(request: Request) -> Response:
    """Cancel the enrollment."""
    number, _ = request.target_ids()
    request.enrollments.cancel(request.caller(), number, forms.read_reason(request.values))
    return Response()


def resume(request: Request) -> Response:
    """Resume the enrollment."""
    number, _ = request.target_ids()
    request.enrollments.resume(request.caller(), number)
    return refresh_copies(request)
