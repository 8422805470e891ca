"""**Which of these is true for you?** in forms, and the form that changes the procedure while that is early."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block, InputBlock, Option, RadioButtonsElement, SectionBlock, StaticSelectElement

from bot.domain.access import require_change
from bot.domain.enrollment import Enrollment
from bot.domain.errors import StepConflict
from bot.domain.inputs import shorten
from bot.domain.procedure import offered
from bot.domain.procedure_change import Move
from bot.domain.step_spec import Procedure
from bot.handlers import forms
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation import texts

#: The name of the field.
FIELD = "procedure"
MOVE = "procedure.move"
_CHOSEN = "procedure.chosen"
#: The most radio buttons that Slack shows together.
_BUTTONS = 10


def register(router: Router) -> None:
    """Listen to the form that changes the procedure."""
    router.submission(MOVE, move)


def question(procedures: Sequence[Procedure], chosen: Procedure, action: str | None = None) -> list[Block]:
    """What fits, in the words of those who choose; nothing where there is no choice.

    Args:
        action: the ID of the action by which the form hears of a choice at once.
    """
    if len(procedures) < 2:
        return []
    options = {each.key: Option(value=each.key, text=each.told.fits) for each in procedures}
    given: dict[str, Any] = {"options": list(options.values()), "initial_option": options[chosen.key]}
    kind = RadioButtonsElement if len(options) <= _BUTTONS else StaticSelectElement
    element = kind(action_id=action or _CHOSEN, **given)
    label = gettext("Which of these is true for you?")
    return [InputBlock(block_id=FIELD, label=label, element=element, dispatch_action=action is not None)]


def ask(request: Request, enrollment: Enrollment, key: str) -> Response:
    """Replace a form by the one that says what another procedure changes."""
    changed = request.enrollments.preview_move(request.caller(), enrollment.id, _named(key))
    return replace_view(build(enrollment, key, changed))


def build(enrollment: Enrollment, key: str, changed: Move) -> dict[str, Any]:
    """The form that says what changes."""
    said = texts.say("procedure_change", enrollment=enrollment, move=changed, target=changed.aligned.procedure)
    blocks, metadata = [SectionBlock(text=shorten(said, 3000))], {"enrollment": enrollment.id, FIELD: key}
    return forms.modal(MOVE, "Change procedure", blocks, submit="Change", metadata=metadata)


def move(request: Request) -> Response:
    """Move the enrollment to the procedure that was chosen."""
    enrollment, _ = request.load_target()
    require_change(enrollment, request.actor())
    target = _named(request.metadata.get(FIELD, ""))
    request.enrollments.move(request.caller(), enrollment.id, target, early=True)
    return Response()


def _named(key: str) -> Procedure:
    found = next((each for each in offered() if each.key == key), None)
    if found is None:
        raise StepConflict(gettext("This choice isn't offered any more. Open Edit again."))
    return found
