"""What people do in the weeks of a soak: start enrollments in forms, act on their steps, press buttons, read lists."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.access import Actor
from bot.domain.enrollment import Customer, Enrollment, Pair, Policy, State, Status
from bot.localslack import LocalSlack, NotPossible, Person
from bot.repository.database import Database
from bot.use_cases import Caller, OwnedEnrollments
from tests.delivery.shared_clock import SharedClock
from tests.support.confirming import Everything
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS
from tests.support.walkthrough import COLLECTED

CHANNELS = ("eco-rollout", "eco-private", "finops")
#: Both are members of all three.
PEOPLE = ("ana", "ben")


@dataclass
class PeopleOfWeeks:
    """The people of one workspace, who come to an enrollment every third working day."""

    slack: LocalSlack
    database: Database
    clock: SharedClock
    policy: Policy
    rng: random.Random
    started: int = 0
    pressed: int = 0
    use: OwnedEnrollments = field(init=False)

    def __post_init__(self) -> None:
        self.use = OwnedEnrollments(self.database, self.clock, self.policy)

    def start(self) -> None:
        """Start an enrollment in the form."""
        self.started += 1
        who = self._somebody()
        who.command("/eco", "enroll", channel=CHANNELS[self.started % len(CHANNELS)])
        who.wait_view("Start an enrollment")
        number = f"{100000000000 + self.started}"
        who.fill({"account_id": number, "account_name": f"Account {self.started}", "spot_org_id": number[-7:]})
        delivery = who.submit()
        assert delivery.response in (None, "", {}), f"the form was not accepted: {delivery.response}"

    def read(self) -> None:
        """Look at lists, a card and the home tab."""
        who = self._somebody()
        who.command("/eco", "list", channel=CHANNELS[0])
        who.command("/eco", f"status Account {self.rng.randint(1, max(1, self.started))}", channel=CHANNELS[0])
        who.open_home()
        who.close_all()

    def act(self) -> int:
        """Act on what is open, and answer for waits that are over; return on how many steps."""
        found = self.use.all(self.slack.team_id)
        acts = 0
        for enrollment in found:
            if enrollment.status is Status.ACTIVE and self.rng.random() < 1 / 3:
                acts += sum(self._act_on(enrollment, step.key) for step in enrollment.steps)
        return acts

    def _act_on(self, enrollment: Enrollment, key: str) -> bool:
        step = self.use.get(self.slack.team_id, enrollment.id).step(key)
        if step.state is State.OPEN:
            self._finish_act(enrollment, key)
        elif step.state is State.WAITING and step.latest is not None and step.latest <= self.clock.now():
            self._answer(enrollment, key)
        else:
            return False
        return True

    def _finish_act(self, enrollment: Enrollment, key: str) -> None:
        caller, number = self._owner(enrollment), enrollment.id
        if SPECS[key].optional and self.rng.random() < 1 / 3:
            self.use.skip(caller, number, key, "not for us")
            return
        values = COLLECTED.get(key, {})
        if key == StepKey.VALIDATE_WORKFLOWS:
            names = (each.name for each in self.use.get(self.slack.team_id, number).workflows)
            values = {"validated": frozenset(names)}
        if key == StepKey.ASSOCIATE_WORKFLOWS:
            self.use.change_pairs(caller, number, [Pair("Production", "Standard")], frozenset())
        if key == StepKey.ASSOCIATE_CUSTOMERS:
            customer = Customer("Production", "ops@customer.example", f"{700000000000 + number}")
            self.use.change_customers(caller, number, [customer], frozenset())
        self.use.complete_act(caller, number, key, values)

    def _answer(self, enrollment: Enrollment, key: str) -> None:
        """Press **It's ready** on the card; where the card does not offer it just now, answer without it."""
        caller, number = self._owner(enrollment), enrollment.id
        if self.rng.random() < 1 / 4:
            self.use.still_waiting(caller, number, key, (self.clock.now() + timedelta(days=2)).date())
            return
        who, place = self.slack.person(enrollment.owner), self.use.card(self.slack.team_id, number)
        card = self.slack.channel(place[0]).message(place[1]) if place else None
        if card is not None and key != StepKey.ASSOCIATE_CUSTOMERS:  # that one asks about users first
            try:
                who.click(card, "It's ready", near=SPECS[key].title)
            except NotPossible:  # the card's edit has not come yet
                pass
            else:
                self.pressed += 1
                who.close_all()
        if self.use.get(self.slack.team_id, number).step(key).state is State.WAITING:
            self.use.confirm(caller, number, key)

    def _owner(self, enrollment: Enrollment) -> Caller:
        return Caller(self.slack.team_id, Actor(enrollment.owner), confirmed=Everything())

    def _somebody(self) -> Person:
        return self.slack.person(self.rng.choice(PEOPLE))
