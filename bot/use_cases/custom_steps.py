"""Custom steps of workflows: a run waits until a step of an enrollment is done, or is answered with a sentence."""

from __future__ import annotations

import re

from bot.delivery import completions
from bot.domain.awaited_steps import step_named
from bot.domain.errors import InvalidInput
from bot.domain.inputs import shorten
from bot.domain.step_spec import StepKey
from bot.repository import enrollment_reader
from bot.use_cases.caller import Caller
from bot.use_cases.enrollments import Enrollments

#: The number of an enrollment; an account ID is longer.
_NUMBER = re.compile(r"#?([0-9]{1,9})")


class CustomSteps(Enrollments):
    """The use cases of custom steps; one that starts an enrollment is `start`, with the run in its caller."""

    def awaited(self, workspace: str, enrollment: str, step: str) -> tuple[int, StepKey]:
        """The enrollment and its step that somebody means, among those that the viewer may see.

        Args:
            enrollment: its number, account ID or account name. step: its key or title.

        Raises:
            InvalidInput: there is none, or there are several. UnknownEnrollment, NotVisible: as `get`.
        """
        if numbered := _NUMBER.fullmatch(enrollment.strip()):
            number = int(numbered[1])
        else:
            found = self.matching(workspace, enrollment, "", in_part=True) if enrollment.strip() else None
            if found is None or not found.total:
                raise InvalidInput(
                    f"There is no enrollment “{shorten(enrollment)}” that you can see."
                    if found
                    else "Say which enrollment: its number or its account ID.",
                    "enrollment",
                )
            if found.total > 1:
                raise InvalidInput(
                    f"“{shorten(enrollment)}” means {found.total} enrollments. Use the account ID.", "enrollment"
                )
            number = found.options[0].id
        there, shown = self.get_in_part(workspace, number)
        return there.id, step_named(there, step, shown)

    def wait_for(self, caller: Caller, enrollment_id: int, step: StepKey) -> None:
        """Let the caller's run wait until a step is done; at once, where it is, or will not be any more."""
        assert caller.execution is not None, "somebody who runs no workflow waits for a step"
        with self._database.write(urgent=True) as connection:
            enrollment = enrollment_reader.load(connection, caller.workspace, enrollment_id, lock=True)
            run, user = caller.execution, caller.actor.user_id
            completions.wait(connection, enrollment, step, run, user, self._clock.now())
        self.wake()

    def refuse_run(self, workspace: str, execution: str, why: str) -> None:
        """Let a run fail with a sentence for whoever runs the workflow; one that was answered before stays so."""
        with self._database.write(urgent=True) as connection:
            completions.owe_failure(connection, workspace, execution, why, self._clock.now())
        self.wake()
