"""**Start an enrollment**: the form, its validation, and its submission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain import party_people
from bot.domain.errors import NeedsConfirmation
from bot.domain.procedure import USUAL, offered
from bot.domain.sentences import sentence
from bot.domain.start_form import (
    MAX_ACCOUNT_NAME,
    STARTS_AN_HOUR,
    WAITING,
    StartForm,
    asked_fields,
    chosen_procedure,
    parse_values,
)
from bot.domain.step_spec import Procedure
from bot.handlers import forms, party_fields
from bot.handlers.procedure_choice import question
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.language.spoken import gettext

SUBMIT = "enroll.start"
BUTTON = "enroll.open"
SHORTCUT = "eco_enroll"
PROCEDURE = "enroll.procedure"

_SINCE = "When you got to that step; for a wait, when it began. Empty means today."


def register(router: Router) -> None:
    """Listen to the ways into the form and to its submission."""
    router.shortcut(SHORTCUT, open_form)
    router.action(BUTTON, open_form)
    router.action(PROCEDURE, choose)
    router.submission(SUBMIT, submitted)


def open_form(request: Request) -> Response:
    """Open the start form; the channel in which it was asked for is proposed."""
    request.require_starter(sentence("start an enrollment"))
    channel = request.channel if request.channel.startswith(("C", "G")) else None  # else a direct conversation
    return Response(view=build({"owner": request.user, "channel_id": channel}))


def choose(request: Request) -> Response:
    """Draw the form anew for the procedure that was chosen in it; what was typed stays."""
    request.require_starter(sentence("start an enrollment"))
    return Response(in_place=build({**request.values, "procedure": request.action["selected_option"]["value"]}))


def build(typed: Mapping[str, Any], warnings: Sequence[str] = ()) -> dict[str, Any]:
    """The start form with what was typed so far."""
    procedure = chosen_procedure(typed.get("procedure"))
    return forms.modal(
        SUBMIT,
        "Start an enrollment",
        [
            *question(offered(), procedure, PROCEDURE),
            forms.text(
                "account_id",
                gettext("{account} ID").format(account=procedure.told.account),
                typed,
                placeholder="1234-5678-9012",
            ),
            forms.text("account_name", "Account name", typed, placeholder="Production payer", longest=MAX_ACCOUNT_NAME),
            *(
                forms.text(field.key, field.label, typed, optional=True, placeholder=asked.placeholder, hint=asked.hint)
                for field, asked in asked_fields(procedure.told)
            ),
            forms.channel("channel_id", "Progress channel", typed, "I post the card and the reminders there."),
            forms.person("owner", "Owner", typed),
            forms.people("collaborators", "Collaborators", typed, "They can do everything the owner can."),
            *party_fields.inputs(procedure, typed),
            forms.choice(
                position_field(procedure),
                "Already under way? We are at",
                _positions(procedure),
                typed,
                hint="Earlier steps count as done. Optional ones stay open for you to mark or skip.",
            ),
            forms.date("since", "Since", typed, hint=_SINCE),
        ],
        submit="Start",
        warnings=warnings,
    )


def position_field(procedure: Procedure) -> str:
    """The name of the field: each procedure has its own, because Slack keeps what was chosen under the same name."""
    return "position" if procedure.key == USUAL.key else f"position.{procedure.key}"


def _positions(procedure: Procedure) -> list[tuple[str, str]]:
    """The options (value, words) of the position: at a step, or in the wait after its act."""
    found = []
    for spec in procedure.steps[1:]:
        title = party_people.step_name(procedure, spec.key)
        found.append((spec.key, title))
        if spec.wait is not None:
            found.append((f"{spec.key}{WAITING}", gettext("Waiting: {step}").format(step=title)))
    return found


def submitted(request: Request) -> Response:
    """Join the channel and start the enrollment."""
    request.require_starter(sentence("start an enrollment"))
    typed = request.values
    form = parse(request, typed)
    request.join_channel(form.channel_id)
    try:
        warnings = request.workspace.rights.channel_warnings(form.channel_id)
        request.enrollments.start(request.caller(warnings), form, an_hour=STARTS_AN_HOUR)
    except NeedsConfirmation as question:
        return replace_view(build(typed, question.warnings))
    return Response()


def parse(request: Request, typed: Mapping[str, Any]) -> StartForm:
    """The values of the start form; raises `InvalidForm` with every fault."""
    fields = forms.Fields(typed)
    procedure = chosen_procedure(typed.get("procedure"))
    position = position_field(procedure)
    read = parse_values({**typed, "position": typed.get(position)}, fields.faults)
    if "position" in fields.faults:
        fields.faults[position] = fields.faults.pop("position")
    owner = fields.take("owner", str)
    channel = fields.take("channel_id", str)
    of_parties = party_fields.chosen(procedure, typed)
    people = {"owner": [str(owner)], "collaborators": typed.get("collaborators") or ()}
    request.check_people(fields, people | of_parties)
    fields.check()
    return read.form(
        channel_id=str(channel),
        owner=str(owner),
        owner_zone=request.workspace.directory.person(str(owner)).zone,
        collaborators=tuple(typed.get("collaborators") or ()),
        party_people=party_people.of_fields(procedure, of_parties),
    )
