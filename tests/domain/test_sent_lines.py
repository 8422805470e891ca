"""What Spot support was told of a list: every ticket tells the difference, and steps follow what is confirmed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.domain import corrections, lifecycle, transitions
from bot.domain.access import Actor
from bot.domain.enrollment import Enrollment, EventKind, Pair, State
from bot.domain.errors import StepConflict
from bot.domain.lifecycle import Position
from bot.domain.sent_lines import (
    Counts,
    TicketLines,
    counts,
    lines_to_send,
    pending,
    sent_lines,
    told_lines,
    unsent,
)
from bot.domain.tickets import missing_for_ticket
from bot.domain.undo import LastChange, require_undoable
from tests.domain.building import DAY, NOW, ORG, OWNER, POLICY, act, acted, opened, started
from tests.support.steps import StepKey

STEP = StepKey.ASSOCIATE_WORKFLOWS
A, B, C = (Pair(name, "Standard") for name in "ABC")
NEW_B = Pair("B", "Reseller")


def listing(enrollment: Enrollment, *pairs: Pair, now: datetime = NOW) -> Enrollment:
    """The enrollment with exactly these pairs, changed as a person changes them."""
    gone = frozenset(enrollment.pairs) - set(pairs)
    new = [pair for pair in pairs if pair not in enrollment.pairs]
    if not gone and not new:
        return enrollment
    return lifecycle.change_pairs(enrollment, new, gone, OWNER, now, POLICY).enrollment


def sent(*pairs: Pair, number: str = "4711") -> Enrollment:
    """An enrollment whose ticket with these pairs went out."""
    return acted(listing(opened(STEP), *pairs), STEP, ticket_number=number)


def confirmed(enrollment: Enrollment, *tickets: int, now: datetime = NOW) -> Enrollment:
    """The enrollment after somebody has confirmed these tickets; all of them for none."""
    return transitions.confirm(enrollment, STEP, OWNER, now, POLICY, tickets=tickets or None).enrollment


def state(enrollment: Enrollment) -> State:
    """The state of the step."""
    return enrollment.step(STEP).state


def test_the_first_ticket_carries_the_whole_list() -> None:
    """Before it nothing is known; after it every line is sent."""
    before = listing(opened(STEP), A, B)

    assert (TicketLines((A, B)), False) == (lines_to_send(before, "pairs"), bool(unsent(before, "pairs")))
    after = sent(A, B)
    assert Counts(2, sent=2) == counts(after, "pairs")
    assert ["4711", "4711"] == [told.ticket.ticket for told in told_lines(after, "pairs").values()]
    assert Counts(2, confirmed=2) == counts(confirmed(after), "pairs")


def test_a_follow_up_carries_only_what_has_changed() -> None:
    """Added, changed with its old line, and to be removed; the step waits on meanwhile."""
    after = listing(sent(A, B), NEW_B, C)

    lines = lines_to_send(after, "pairs")

    assert TicketLines((C,), ((B, NEW_B),), (A,), follow_up=True) == lines
    assert (Counts(2, unsent=2, to_remove=1), 3) == (counts(after, "pairs"), counts(after, "pairs").changes)
    assert State.WAITING is state(after)


def test_the_card_can_say_298_of_300() -> None:
    """What was sent is confirmed; two lines wait for a follow-up, then in it, and with it the step is done."""
    many = [Pair(f"S{n:03}", "Standard") for n in range(298)]
    waiting = listing(sent(*many), *many, A, B)

    partly = confirmed(waiting)
    followed = acted(partly, STEP, NOW + DAY, ticket_number="4712")

    assert (State.OPEN, Counts(300, confirmed=298, unsent=2)) == (state(partly), counts(partly, "pairs"))
    assert (State.WAITING, Counts(300, 298, sent=2, follow_up=2)) == (state(followed), counts(followed, "pairs"))
    assert "4712" == followed.step(STEP).values["ticket_number"]
    assert State.DONE is state(confirmed(followed, now=NOW + DAY))


def test_a_done_step_opens_again_when_its_list_changes() -> None:
    """Without reopening it; the event says so, and the follow-up can be sent at once."""
    done = confirmed(sent(A))

    change = lifecycle.change_pairs(done, [B], frozenset(), OWNER, NOW, POLICY)

    assert [{"step": STEP, "lines": 1, "becomes": "open"}] == change.events[0].details["unsent"]
    assert State.OPEN is state(change.enrollment)
    after = acted(change.enrollment, STEP, NOW + DAY)
    assert {"added": 1, "changed": 0, "removed": 0} == _details(change.enrollment)["follow_up"]
    assert (State.WAITING, (2,)) == (state(after), tuple(ticket.number for ticket in pending(after, "pairs")))


def _details(enrollment: Enrollment) -> Any:
    change = transitions.complete_act(enrollment, STEP, OWNER, NOW, POLICY, {"ticket_number": "4712"})
    assert EventKind.WAIT_STARTED is change.events[0].kind
    return change.events[0].details


def test_a_follow_up_of_removals_alone_can_be_sent() -> None:
    """The list is empty, and the ticket is not."""
    emptied = listing(confirmed(sent(A, B)))

    assert None is missing_for_ticket(emptied, STEP)
    after = acted(emptied, STEP)
    assert TicketLines(removed=(A, B), follow_up=True) == sent_lines(after, "pairs")
    assert State.DONE is state(confirmed(after))
    assert not told_lines(confirmed(after), "pairs")[A].ticket.added


def test_one_of_two_tickets_is_confirmed() -> None:
    """The step waits for the other one, from the day on which that was sent."""
    both = acted(listing(sent(A), A, B), STEP, NOW + DAY, ticket_number="4712")

    first = confirmed(both, 1, now=NOW + DAY)
    second = confirmed(both, 2, now=NOW + DAY)

    assert [(State.WAITING, NOW + DAY, "4712"), (State.WAITING, NOW, "4711")] == [
        (each.step(STEP).state, each.step(STEP).acted_at, each.step(STEP).values["ticket_number"])
        for each in (first, second)
    ]
    assert Counts(2, confirmed=1, sent=1, follow_up=1) == counts(first, "pairs")
    with pytest.raises(StepConflict, match="has confirmed this ticket"):
        confirmed(first, 1, now=NOW + DAY)
    assert State.DONE is state(confirmed(second, 1, now=NOW + DAY))


def test_a_ticket_is_taken_back() -> None:
    """A follow-up first: the step waits for the one before it; then that one, and nothing was sent."""
    both = acted(listing(sent(A), B), STEP, NOW + DAY, ticket_number="4712")

    one = corrections.take_back(both, STEP, OWNER, NOW + DAY, POLICY).enrollment
    none = corrections.take_back(one, STEP, OWNER, NOW + DAY, POLICY).enrollment

    step = one.step(STEP)
    assert (State.WAITING, NOW, OWNER, "4711") == (
        step.state,
        step.acted_at,
        step.acted_by,
        step.values["ticket_number"],
    )
    assert TicketLines((B,), (), (A,), follow_up=True) == lines_to_send(one, "pairs")
    assert (State.OPEN, (), TicketLines((B,))) == (state(none), none.list_tickets, lines_to_send(none, "pairs"))


def test_a_correction_reaches_the_ticket() -> None:
    """Day and number stand with its lines, too."""
    waiting = sent(A)

    change = corrections.correct(waiting, STEP, OWNER, NOW, POLICY, {"ticket_number": "4799"}, NOW.date() - DAY)

    (ticket,) = change.enrollment.list_tickets
    assert ("4799", NOW.date() - DAY) == (ticket.ticket, ticket.on)


def test_reopening_takes_the_confirmation_back() -> None:
    """What was sent stays sent; the whole list can go out again, and stands for the tickets before it."""
    reopened = transitions.reopen(confirmed(sent(A, B)), STEP, OWNER, NOW, POLICY).enrollment

    assert (Counts(2, sent=2), TicketLines((A, B))) == (counts(reopened, "pairs"), lines_to_send(reopened, "pairs"))
    again = acted(reopened, STEP)
    assert [2] == [ticket.number for ticket in pending(again, "pairs")]
    assert State.DONE is state(confirmed(again))
    changed = listing(reopened, A)
    assert (State.OPEN, TicketLines(removed=(B,), follow_up=True)) == (state(changed), lines_to_send(changed, "pairs"))


@pytest.mark.parametrize("listed", [True, False])
def test_a_team_that_waits_already_has_sent_its_list(listed: bool) -> None:
    """Without a list nothing is known, so nothing is claimed until the end of the wait is confirmed."""
    waiting = started(Position(STEP, waiting=True), spot_org_id=ORG, pairs=(A,) if listed else ())

    assert listed == bool(waiting.list_tickets)
    longer = listing(waiting, A, B)
    assert (1 if listed else 0) == counts(longer, "pairs").unsent
    done = confirmed(longer)
    assert (State.OPEN if listed else State.DONE) is state(done)
    assert Counts(2, confirmed=1, unsent=1) if listed else Counts(2, confirmed=2) == counts(done, "pairs")


def test_cancelling_and_resuming_keep_the_marks() -> None:
    """The lines are as they were."""
    before = listing(confirmed(sent(A)), A, B)
    cancelled = lifecycle.cancel(before, "later", OWNER, NOW, POLICY).enrollment
    after = lifecycle.resume(cancelled, OWNER, NOW, POLICY).enrollment

    assert (before.list_tickets, counts(before, "pairs")) == (after.list_tickets, counts(after, "pairs"))


def test_parts_have_all_lines_once() -> None:
    """In their order, each part a follow-up if the whole is one."""
    lines = TicketLines((A, B), ((C, NEW_B),), (C,), follow_up=True)

    parts = lines.parts(3)

    assert [TicketLines((A, B), ((C, NEW_B),), follow_up=True), TicketLines(removed=(C,), follow_up=True)] == list(
        parts
    )
    assert [(lines,), (lines,)] == [lines.parts(4), lines.parts(None)]


def test_a_follow_up_that_was_sent_is_not_undone() -> None:
    """It is taken back with **Correct**; a confirmation, also of an unknown ticket, can be undone."""
    before = listing(sent(A), A, B)
    unknown = started(Position(STEP, waiting=True), spot_org_id=ORG)
    unknown = lifecycle.change_pairs(unknown, [A], frozenset(), OWNER, NOW, POLICY).enrollment
    for was, change in (
        (before, act(before, STEP, NOW + DAY)),
        (before, transitions.confirm(before, STEP, OWNER, NOW + DAY, POLICY)),
        (unknown, transitions.confirm(unknown, STEP, OWNER, NOW + DAY, POLICY)),
    ):
        last = LastChange(1, change.events[0], OWNER, NOW + DAY, 0, was)
        if change.events[0].kind is EventKind.WAIT_STARTED:
            with pytest.raises(StepConflict, match="is marked as sent"):
                require_undoable(change.enrollment, last, (), Actor(OWNER), NOW + DAY)
        else:
            assert last is require_undoable(change.enrollment, last, (), Actor(OWNER), NOW + DAY)


def test_a_step_that_opens_again_has_no_target_of_the_past() -> None:
    """Nobody is asked about a day that has gone by; one to come stays."""
    for target, left in ((NOW.date(), None), ((NOW + 9 * DAY).date(), (NOW + 9 * DAY).date())):
        done = confirmed(sent(A)).with_step(STEP, target=target)

        after = lifecycle.change_pairs(done, [B], frozenset(), OWNER, NOW + 2 * DAY, POLICY).enrollment

        assert (State.OPEN, left) == (state(after), after.step(STEP).target)
