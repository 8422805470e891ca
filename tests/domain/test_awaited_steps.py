"""Which step somebody means, and whether it is done or will not be done any more."""

import pytest

from bot.domain import lifecycle, procedure_change, transitions
from bot.domain.awaited_steps import is_over, may_end_waits, step_named, why_never
from bot.domain.enrollment import State
from bot.domain.errors import InvalidInput
from bot.domain.procedure import BUILT_IN
from tests.domain.building import NOW, OWNER, POLICY, started
from tests.support.steps import StepKey

ALL = frozenset(StepKey)


def test_a_step_is_meant_by_key_or_title() -> None:
    """In any case, and with any spaces."""
    made = started()
    for words in ("create_subsets", "Create subsets", " CREATE   SUBSETS "):
        assert StepKey.CREATE_SUBSETS == step_named(made, words, ALL)


def test_a_step_that_may_not_be_shown_is_unknown() -> None:
    """Nor is it named."""
    with pytest.raises(InvalidInput) as refused:
        step_named(started(), "create_subsets", {StepKey.SIGN_UP})
    assert "There is no step “create_subsets” here. The steps are: Sign up with Spot (sign_up)." == str(refused.value)


def test_a_step_may_still_be_done_until_it_is_skipped_or_its_enrollment_ends() -> None:
    """A done one stays done, also in a cancelled enrollment."""
    made = started()
    assert (None, False) == (why_never(made, StepKey.FULL_ECO), is_over(made, StepKey.FULL_ECO))
    skipped = made.with_step(StepKey.FULL_ECO, state=State.SKIPPED, reason="")
    assert "“Full Eco: strategy call and ramp-up” of Acme was skipped." == why_never(skipped, StepKey.FULL_ECO)
    done = made.with_step(StepKey.SIGN_UP, state=State.DONE)
    cancelled = lifecycle.cancel(done, "no", OWNER, NOW, POLICY).enrollment
    assert "Acme was cancelled, so “Create subsets” won't be done." == why_never(cancelled, StepKey.CREATE_SUBSETS)
    assert (None, True) == (why_never(cancelled, StepKey.SIGN_UP), is_over(cancelled, StepKey.SIGN_UP))
    assert may_end_waits(done, cancelled)


def test_most_changes_end_no_wait() -> None:
    """So nobody is looked for who waits."""
    made = started()
    acted = transitions.complete_act(made, StepKey.SIGN_UP, OWNER, NOW, POLICY, {"spot_org_id": "606079874885"})

    assert may_end_waits(made, acted.enrollment)
    assert not may_end_waits(acted.enrollment, lifecycle.set_zone(acted.enrollment, "UTC", NOW, POLICY).enrollment)


def test_a_step_of_another_procedure_will_not_be_done() -> None:
    """The enrollment was moved."""
    made = started()
    moved = procedure_change.move(made, BUILT_IN[1], by=OWNER, now=NOW, policy=POLICY).change.enrollment

    assert may_end_waits(made, moved)
    assert "no step “Create subsets”" in (why_never(moved, StepKey.CREATE_SUBSETS) or "")
