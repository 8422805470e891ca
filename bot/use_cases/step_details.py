"""The use case of a step's details: assignee, target date, block and note, all in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.domain import access, details
from bot.domain.enrollment import Change, Enrollment
from bot.domain.step_spec import StepKey
from bot.use_cases.caller import Caller
from bot.use_cases.ticket_requests import TicketedEnrollments


class DetailedEnrollments(TicketedEnrollments):
    """The changes that people can make to enrollments and to the details of their steps."""

    def change_details(
        self, caller: Caller, enrollment_id: int, step: StepKey, given: Mapping[str, str | None]
    ) -> Enrollment:
        """Change assignee, target date and block of a step, and add a note; a new assignee is told directly.

        The assignee stays where none is given, and where the person may not choose one; see `access.may_assign`.
        `NeedsConfirmation` where somebody was faster with one of the values. Raises like `details.change_details`.
        """

        def change(before: Enrollment, key: StepKey, **context: Any) -> Change:
            chooses = details.ASSIGNEE in given and access.may_assign(before, caller.actor, key)
            kept = {} if chooses else {details.ASSIGNEE: before.step(key).assignee}
            return details.change_details(before, key, given={**given, **kept}, shown=caller.shown, **context)

        shows = partial(details.detail_values, key=step)
        return self._change(caller, enrollment_id, change, step, of_step=step, shows=shows)
