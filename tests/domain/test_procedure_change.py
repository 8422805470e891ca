"""Moving an enrollment to another procedure or version: what stays, what is new, what is lost, what is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.access import Actor, may_see, seen_steps
from bot.domain.consequences import begin_wait
from bot.domain.enrollment import Enrollment, EventKind, State, Status
from bot.domain.errors import NothingToDo, StepConflict
from bot.domain.party_people import PartyPerson
from bot.domain.procedure import BUILT_IN, USUAL, make_known
from bot.domain.procedure_change import Move, is_early, move
from bot.domain.procedure_file import read_procedure, version_of
from bot.domain.step_spec import Procedure
from tests.domain.building import NOW, ORG, OWNER, POLICY, acted, blank, completed, opened, started, with_lists
from tests.support.own_procedures import OWN, ours_again
from tests.support.steps import StepKey

__all__ = ["ours_again"]
pytestmark = pytest.mark.usefixtures("ours_again")
LATER = NOW + timedelta(days=1)
MEMBER, DELIVERED, EXTRACT, SEVERAL = BUILT_IN[1:]


def version(text: str = OWN) -> Procedure:
    """The operator's procedure with that text."""
    made = read_procedure(text, "aws-subsidiary.toml", version_of(text), {USUAL.key: USUAL})
    make_known(made)
    return made


def moved(enrollment: Enrollment, target: Procedure) -> Move:
    """The move, one day later."""
    return move(enrollment, target, OWNER, LATER, POLICY)


def states(enrollment: Enrollment) -> dict[str, State]:
    """Key -> state, of the steps that are not locked."""
    return {step.key: step.state for step in enrollment.steps if step.state is not State.LOCKED}


def on(procedure: Procedure, **shared: str) -> Enrollment:
    """An enrollment that was started with these values on a procedure."""
    return started(procedure_reference=procedure.reference, **shared)


def test_what_both_have_is_carried_over() -> None:
    """Values, people, lists and the states of steps with the same key stay; new steps are open or locked."""
    before = with_lists(started(spot_org_id=ORG))

    found = moved(before, EXTRACT)
    after = found.change.enrollment

    assert EXTRACT is after.procedure
    assert {"sign_up": State.DONE, "create_report": State.OPEN} == states(after)
    assert (ORG, before.pairs, before.people) == (after.value("spot_org_id"), after.pairs, after.people)
    assert before.step("sign_up").finished_at == after.step("sign_up").finished_at
    assert ("Spot organization ID",) == found.kept
    assert after.step("create_report").reminder is not None
    assert {spec.title for spec in EXTRACT.steps} - {spec.title for spec in USUAL.steps} == set(found.added)
    assert set(found.removed) == {spec.title for spec in USUAL.steps if spec.key not in {s.key for s in EXTRACT.steps}}


def test_there_and_back_again_is_the_same() -> None:
    """Somebody who changes their mind twice has lost nothing that both procedures collect."""
    before = started(spot_org_id=ORG)
    there = moved(before, DELIVERED).change.enrollment

    back = moved(there, USUAL).change.enrollment

    assert states(before) == states(back)
    assert before.value("spot_org_id") == back.value("spot_org_id")


def test_a_value_of_another_type_is_read_again() -> None:
    """One organization is a list of one, but several need two; the step that has lost its value is open again."""
    one = started(spot_org_id=ORG)
    found = moved(one, SEVERAL)

    assert ORG == moved(one, EXTRACT).change.enrollment.value("spot_org_id")
    assert None is found.change.enrollment.value("spot_org_id")
    assert State.OPEN is found.change.enrollment.step("sign_up").state
    assert (("Spot organization ID",), (SEVERAL.steps[0].title,)) == (found.lost, found.reopened)


def test_the_event_tells_it() -> None:
    """Names of both, of new steps and of lost values, and no value."""
    (event, *_) = moved(started(spot_org_id=ORG), SEVERAL).change.events

    assert (EventKind.MOVED, None) == (event.kind, event.step)
    assert (USUAL.title, SEVERAL.title) == (event.details["from"], event.details["to"])
    assert [USUAL.reference, SEVERAL.reference] == event.details["references"]
    assert ["Spot organization ID"] == event.details["lost"]
    assert ORG not in str(event.details)


def test_another_version_renames_adds_and_removes() -> None:
    """What a file has changed is what the move says; values under a key that is gone are lost."""
    old = version()
    text = OWN.replace('title = "Agree with', 'title = "Settle with').replace('key = "cost_center"', 'key = "center"')
    text = text.replace('enrollment.value("cost_center")', 'enrollment.value("center")')
    new = version(text + '\n[[steps]]\nkey = "check"\ntitle = "Check"\ninstruction = "Check."\nrequires = ["agree"]\n')
    before = acted(on(old, spot_org_id=ORG), "agree", cost_center="4711")

    found = moved(before, new)

    assert (("Check",), (), (("Agree with the subsidiary", "Settle with the subsidiary"),)) == (
        found.added,
        found.removed,
        found.renamed,
    )
    assert ("cost center",) == found.lost
    assert {"sign_up": State.DONE, "agree": State.DONE, "grant": State.OPEN, "check": State.OPEN} == states(
        found.change.enrollment
    )
    assert before.step("grant").reminder == found.change.enrollment.step("grant").reminder


def test_a_shared_value_follows_its_key_into_another_step() -> None:
    """The step that collects it may be another one."""
    head, field = OWN.split("[[steps.collects]]")[0], "[[steps.collects]]" + OWN.split("[[steps.collects]]")[1]
    field, rest = field.split("[[steps]]", 1)
    between = '[[steps]]\nkey = "pay"\ntitle = "Pay"\ninstruction = "Pay."\nrequires = ["agree"]\n\n'
    before = acted(on(version(), spot_org_id=ORG), "agree", cost_center="4711")

    after = moved(before, version(f"{head}{between}{field}[[steps]]{rest}")).change.enrollment

    assert ({}, "4711") == (after.step("agree").values, after.value("cost_center"))
    assert {"cost_center": "4711"} == after.step("pay").values


def test_a_wait_goes_on_or_the_move_is_refused() -> None:
    """A step that waits keeps its window; where the other procedure lacks its wait, nothing is moved."""
    waiting = begin_wait(opened(StepKey.ENABLE_SUBSETS), StepKey.ENABLE_SUBSETS, NOW, None, OWNER, POLICY)
    after = moved(waiting, DELIVERED).change.enrollment

    assert waiting.step(StepKey.ENABLE_SUBSETS).latest == after.step(StepKey.ENABLE_SUBSETS).latest
    assert State.WAITING is after.step(StepKey.ENABLE_SUBSETS).state
    with pytest.raises(StepConflict, match=r"is waiting, and “AWS member account” has no such wait. Confirm the step"):
        moved(waiting, MEMBER)


def test_a_step_whose_requirement_is_new_is_locked_again() -> None:
    """It was open; now something has to be done before it, and nobody is reminded of it."""
    text = OWN.replace('requires = ["agree"]', 'requires = ["agree", "extra"]')
    extra = '[[steps]]\nkey = "extra"\ntitle = "Extra"\ninstruction = "Do it."\n\n'
    cut = text.index('[[steps]]\nkey = "grant"')
    before = acted(on(version(), spot_org_id=ORG), "agree")

    after = moved(before, version(text[:cut] + extra + text[cut:])).change.enrollment

    assert (State.OPEN, State.LOCKED) == (before.step("grant").state, after.step("grant").state)
    assert (None, State.OPEN) == (after.step("grant").reminder, after.step("extra").state)


def test_a_completed_enrollment_stays_completed() -> None:
    """What is new counts as skipped."""
    after = moved(completed(), DELIVERED).change.enrollment

    assert Status.COMPLETED is after.status
    assert {State.DONE, State.SKIPPED} == {step.state for step in after.steps}


def test_people_of_a_party_that_is_gone_see_nothing_until_it_is_back() -> None:
    """They stay with the enrollment, and a step that they did does not let them in."""
    before = replace(on(EXTRACT, spot_org_id=ORG), party_people=(PartyPerson("msp", "U0MSP"),))
    msp = Actor("U0MSP")

    gone = moved(before, USUAL).change.enrollment
    back = moved(gone, DELIVERED).change.enrollment

    assert seen_steps(before, msp)
    assert may_see(before, msp, "create_report")
    assert frozenset() == seen_steps(gone, msp)
    assert not may_see(gone, msp, "create_report")
    assert {"deliver_report"} == seen_steps(back, msp)


def test_what_the_watch_found_counts_for_the_step_that_it_watched() -> None:
    """It stays where the same step is watched, and is gone where another one is."""
    before = replace(started(spot_org_id=ORG), first_file_at=NOW, aws_broken_at=NOW, aws_broken="role.missing")

    same, other = (moved(before, target).change.enrollment for target in (MEMBER, DELIVERED))

    assert (NOW, NOW, "role.missing") == (same.first_file_at, same.aws_broken_at, same.aws_broken)
    assert (None, None, None) == (other.first_file_at, other.aws_broken_at, other.aws_broken)


def test_what_cannot_be_moved() -> None:
    """A cancelled enrollment, and one that has the procedure already."""
    with pytest.raises(NothingToDo):
        moved(started(), USUAL)
    with pytest.raises(StepConflict, match="cancelled"):
        moved(blank(status=Status.CANCELLED), DELIVERED)


def test_early_is_before_the_first_ticket() -> None:
    """From the first ticket on the procedure stays; a step without a ticket changes nothing about that."""
    fresh = opened(StepKey.ENABLE_SUBSETS)

    assert is_early(started(spot_org_id=ORG))
    assert is_early(fresh)
    assert not is_early(acted(fresh, StepKey.ENABLE_SUBSETS))
    assert not is_early(completed())
