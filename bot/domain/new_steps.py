"""Existing enrollments get the steps that a newer procedure adds.

The rule is part of the procedure: `StepSpec.for_existing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.domain.consequences import settle
from bot.domain.enrollment import FINISHED, Change, Enrollment, Policy, State, Step
from bot.domain.step_spec import Procedure, StepKey

#: The reason that a step shows which an enrollment never had to do.
ADDED_LATER = "added to the procedure later"


def complete_steps(procedure: Procedure, stored: Mapping[StepKey, Step]) -> tuple[Step, ...]:
    """All steps of the procedure in its order: those that are stored, and new ones.

    A new step is locked; `add_new_steps` opens it where what it requires is over. Where every stored step is over, or
    where the procedure says so, it is skipped, so that it holds nothing up and a completed enrollment stays completed.
    """
    over = all(step.state in FINISHED for step in stored.values())
    new = {
        spec.key: Step(spec.key, State.SKIPPED, reason=ADDED_LATER) if over or not spec.for_existing else Step(spec.key)
        for spec in procedure.steps
    }
    return tuple({**new, **stored}.values())


def add_new_steps(enrollment: Enrollment, by: str, now: datetime, policy: Policy) -> Change:
    """Open the new steps that have all their prerequisites over, and plan their reminders; no event tells of it."""
    return settle(enrollment, enrollment, (), by, now, policy)
