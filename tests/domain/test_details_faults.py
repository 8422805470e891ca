"""What cannot be right in the form of a step's details is told at its field."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.errors import InvalidForm
from tests.domain.building import opened
from tests.domain.test_step_details import CONNECT, changed

FAULTS = {
    "no reason": ({"blocked_by": "us"}, {"blocked_why": "Say why the step is blocked."}),
    "no party": ({"blocked_why": "quota"}, {"blocked_by": "Choose who blocks the step."}),
    "yesterday": ({"target": "2026-03-03"}, {"target": "Tue, Mar 3 is in the past. Choose today or a later day."}),
    "in years": (
        {"target": "2028-03-05"},
        {"target": "Sun, Mar 5, 2028 is more than two years ahead. Choose an earlier day."},
    ),
}


@pytest.mark.parametrize(("given", "faults"), FAULTS.values(), ids=FAULTS)
def test_a_value_that_cannot_be_right_is_named_at_its_field(given: dict[str, str], faults: dict[str, str]) -> None:
    """And the owner's zone says which day is today."""
    with pytest.raises(InvalidForm) as refused:
        changed(opened(CONNECT), **given)

    assert faults == refused.value.faults


def test_a_target_two_years_ahead_is_the_last_one() -> None:
    """2028 is a leap year: 731 days."""
    assert date(2028, 3, 4) == changed(opened(CONNECT), target="2028-03-04").enrollment.step(CONNECT).target
