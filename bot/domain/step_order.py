"""Which steps of a procedure come before and after others."""

from __future__ import annotations

from functools import cache

from bot.domain.step_spec import Procedure, StepKey


@cache
def dependents(procedure: Procedure, key: StepKey) -> tuple[StepKey, ...]:
    """Every step that needs `key`, directly or through others, in the procedure's order."""
    found: set[StepKey] = {key}
    for spec in procedure.steps:  # a step stands after those that it requires: one pass is enough
        if found.intersection(spec.requires):
            found.add(spec.key)
    return tuple(spec.key for spec in procedure.steps if spec.key in found and spec.key != key)


@cache
def prerequisites(procedure: Procedure, key: StepKey) -> tuple[StepKey, ...]:
    """Every step that `key` needs, directly or through others, in the procedure's order."""
    return tuple(spec.key for spec in procedure.steps if key in dependents(procedure, spec.key))


def completed_before(procedure: Procedure, key: StepKey) -> tuple[StepKey, ...]:
    """The steps that count as done for a team that starts at `key`.

    They are those that `key` needs, and every step before it that is not optional: an optional one may have been
    left out, so it stays open for the team to mark or skip.
    """
    needed = prerequisites(procedure, key)
    index = [spec.key for spec in procedure.steps].index(key)
    return tuple(spec.key for spec in procedure.steps[:index] if spec.key in needed or not spec.optional)
