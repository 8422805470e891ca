"""The columns of enrollments and steps that only lists and look-ups read, written with each change.

`name_key` is the account's name as it is searched. `finish_first` and `finish_last` are the forecast as of
`forecast_on`, which is NULL where it has to be calculated again. `late_from` is when a step becomes late, see
`domain/next_step.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.domain.enrollment import Enrollment, Policy, Step
from bot.domain.forecast import finish_days
from bot.domain.inputs import search_key
from bot.domain.next_step import late_from

OF_ENROLLMENT = ("name_key", "finish_first", "finish_last", "forecast_on")


def of_enrollment(enrollment: Enrollment, now: datetime, policy: Policy | None) -> dict[str, Any]:
    """The columns of an enrollment; without a policy the forecast stays as it is until it is calculated again."""
    named = {"name_key": search_key(enrollment.account_name)}
    if policy is None:
        return named | {"forecast_on": None}
    first, last = finish_days(enrollment, now, policy) or (None, None)
    return named | {"finish_first": first, "finish_last": last, "forecast_on": now.astimezone(UTC).date()}


def of_step(enrollment: Enrollment, step: Step) -> dict[str, Any]:
    """The columns of a step."""
    return {"late_from": late_from(step, enrollment.zone)}
