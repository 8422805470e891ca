"""Steps that a workflow waits for: which one somebody means, and whether it is done or will not be done any more."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.enrollment import Enrollment, State, Status
from bot.domain.errors import InvalidInput
from bot.domain.inputs import shorten
from bot.domain.party_people import step_name
from bot.domain.step_spec import StepKey, specs
from bot.domain.steps import FINISHED

#: In place of the reason where the enrollment itself is gone.
DELETED = "The enrollment was deleted, so none of its steps will be done."


def step_named(enrollment: Enrollment, words: str, shown: Collection[StepKey]) -> StepKey:
    """The step with that key or title among those that may be shown; raises `InvalidInput` if there is none."""
    procedure, wanted = enrollment.procedure, " ".join(words.split()).casefold()
    offered = [spec.key for spec in procedure.steps if spec.key in shown]
    for key in offered:
        if wanted in (key.casefold(), enrollment.spec(key).title.casefold(), step_name(procedure, key).casefold()):
            return key
    said = f"There is no step “{shorten(words)}” here." if wanted else "Say which step to wait for."
    names = ", ".join(f"{step_name(procedure, key)} ({key})" for key in offered)
    raise InvalidInput(f"{said} The steps are: {names}.", "step")


def is_over(enrollment: Enrollment, key: StepKey) -> bool:
    """Whether nobody has to wait for a step any more: it is done, or `why_never` says why it will not be."""
    return enrollment.step(key).state is State.DONE or why_never(enrollment, key) is not None


def why_never(enrollment: Enrollment, key: StepKey) -> str | None:
    """Why a step will not be done any more, in a sentence; None while it still may be, and once it is done."""
    name, step = enrollment.account_name, enrollment.step(key)
    title = enrollment.spec(key).title
    if key not in specs(enrollment.procedure):
        return f"{name} was moved to another procedure, which has no step “{title}”."
    if step.state is State.DONE:
        return None
    if step.state is State.SKIPPED:
        return f"“{title}” of {name} was skipped." + (f" The reason: {step.reason}" if step.reason else "")
    if enrollment.status is Status.CANCELLED:
        return f"{name} was cancelled, so “{title}” won't be done."
    return None


def may_end_waits(before: Enrollment, after: Enrollment) -> bool:
    """Whether a change may end a wait for a step: a step or the enrollment ended, or its steps are others now."""
    if after.status is Status.CANCELLED or before.procedure_reference != after.procedure_reference:
        return True
    return any(step.state in FINISHED and before.step(step.key).state not in FINISHED for step in after.steps)
