"""Random walks of a list, its tickets and a Spot support that does exactly what they say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.domain import corrections, customer_users, lifecycle, transitions
from bot.domain.enrollment import Change, Customer, State
from bot.domain.errors import DomainError
from bot.domain.sent_lines import counts, is_settled, lines_to_send, pending, told_lines, unsent
from tests.domain.building import HOUR, MATE, NOW, POLICY, opened
from tests.support.steps import StepKey

LINES = st.sets(st.builds(Customer, st.sampled_from("AB"), st.sampled_from(["a@b.example", "c@d.example"]),
                          st.sampled_from(["111111", "222222", "333333"])))  # fmt: skip
CUSTOMERS = StepKey.ASSOCIATE_CUSTOMERS


class Following(RuleBasedStateMachine):
    """A list that changes at any time, and a Spot support that does exactly what its tickets say."""

    @initialize()
    def start(self) -> None:
        """A step that waits for its first ticket."""
        self.now, self.enrollment = NOW, opened(CUSTOMERS)
        self.spot: list[frozenset[Customer]] = [frozenset()]

    def attempt(self, transition: Any, *given: Any, **more: Any) -> bool:
        """Try a transition."""
        try:
            change: Change = transition(self.enrollment, *given, MATE, self.now, POLICY, **more)
        except DomainError:
            return False
        self.enrollment = change.enrollment
        return True

    @rule(wanted=LINES, hours=st.integers(1, 90))
    def change_the_list(self, wanted: set[Customer], hours: int) -> None:
        """Somebody replaces what is on it."""
        self.now += hours * HOUR
        listed = frozenset(self.enrollment.customers)
        self.attempt(lifecycle.change_customers, tuple(wanted - listed), listed - wanted)

    @rule()
    def send(self) -> None:
        """Somebody sends the ticket as it stands, and support follows it."""
        self.now += timedelta(minutes=1)
        lines = lines_to_send(self.enrollment, "customers")
        if self.attempt(transitions.complete_act, CUSTOMERS, values={"ticket_number": "4711"}):
            known = self.spot[-1]
            gone = {*lines.removed, *(was for was, _ in lines.changed)}
            assert not lines.follow_up or gone <= known
            come = {*lines.added, *(new for _, new in lines.changed)}
            self.spot.append(frozenset((known - gone) | come))
            assert frozenset(self.enrollment.customers) == self.spot[-1]

    @rule(first=st.booleans(), users=st.sampled_from([None, True, False]))
    def confirm(self, first: bool, users: bool | None) -> None:
        """Somebody confirms all tickets, or the first one, and says whether the users are created."""
        waits = pending(self.enrollment, "customers")
        chosen = (waits[0].number,) if first and waits else None
        self.attempt(transitions.confirm, CUSTOMERS, tickets=chosen, users=users)

    @rule(count=st.integers(1, 3), value=st.booleans())
    def mark_users(self, count: int, value: bool) -> None:
        """Somebody marks the users of some; with the last one, a step that waits for nothing else is done."""
        self.attempt(customer_users.mark, self.enrollment.customers[:count], value)

    @rule()
    def take_back(self) -> None:
        """The last ticket was not sent after all; a confirmed one cannot be taken back."""
        tickets = self.enrollment.list_tickets
        if self.attempt(corrections.take_back, CUSTOMERS) and self.enrollment.list_tickets == tickets[:-1]:
            self.spot.pop()
        else:  # an earlier one: what support knows is what the others say
            self.spot[-1] = self._known()

    @rule()
    def reopen(self) -> None:
        """Somebody reopens the step."""
        self.attempt(transitions.reopen, CUSTOMERS)

    def _known(self) -> frozenset[Customer]:
        told = told_lines(self.enrollment, "customers")
        return frozenset(line for line, each in told.items() if not each.removed)

    @invariant()
    def the_next_ticket_is_the_difference(self) -> None:
        """To what support knows."""
        if not self.enrollment.list_tickets:
            return
        listed, known = frozenset(self.enrollment.customers), self._known()
        assert self.spot[-1] == known
        changes = unsent(self.enrollment, "customers")
        assert listed - known == {*changes.new, *(new for _, new in changes.changed)}
        assert known - listed == {*changes.removed, *(was for was, _ in changes.changed)}

    @invariant()
    def the_step_is_done_when_all_is_confirmed(self) -> None:
        """And only then; it waits for the last ticket that nobody has confirmed."""
        step, waits = self.enrollment.step(CUSTOMERS), pending(self.enrollment, "customers")
        if step.state is State.DONE:
            assert is_settled(self.enrollment, "customers")
        if step.state is State.WAITING and waits:
            assert (waits[-1].at, waits[-1].ticket) == (step.acted_at, step.values["ticket_number"])
        found = counts(self.enrollment, "customers")
        assert found.listed == found.confirmed + found.sent + (
            found.unsent if self.enrollment.list_tickets else found.listed
        )


class TestFollowing(Following.TestCase):
    """Many walks."""

    settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
