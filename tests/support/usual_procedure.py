"""The procedure that most tests go through, and its parts."""

from collections.abc import Mapping

from bot.domain.procedure import USUAL
from bot.domain.step_spec import Field, StepKey, StepSpec, WaitKey, Window, specs

PROCEDURE: tuple[StepSpec, ...] = USUAL.steps
SPECS: Mapping[StepKey, StepSpec] = specs(USUAL)
WAITS: Mapping[WaitKey, Window] = USUAL.waits
SHARED: Mapping[str, tuple[StepKey, Field]] = USUAL.shared
#: The step whose AWS side is checked and watched.
CONNECT: StepKey = USUAL.watched_step or ""
