"""What people do while a crash run delivers and kills: hand over, assign, block, go away, come back, answer."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.domain.access import Actor
from bot.domain.enrollment import Enrollment, Policy, State
from bot.domain.schedule import parse_hours
from bot.localslack import TimeMachine
from bot.repository.database import TRANSIENT_ERRORS, Database
from bot.use_cases import Caller, HandOver, OwnedEnrollments
from tests.domain.building import edited
from tests.support.steps import StepKey
from tests.support.usual_procedure import WAITS

OWNER, OTHER = "U0ANA00001", "U0BEN00001"
#: The step that all enrollments wait at.
ASKED = StepKey.ENABLE_SUBSETS
ZONES = ("America/Sao_Paulo", "Asia/Tokyo", "Europe/London")
Given = TypeVar("Given")


@dataclass
class PeopleMeanwhile:
    """Two people at work on a database; the owner stays among the people of every enrollment."""

    database: Database
    workspace: str
    rng: random.Random

    def __post_init__(self) -> None:
        self.use = OwnedEnrollments(self.database, TimeMachine(), Policy(WAITS, parse_hours("always")))

    def change(self) -> int:
        """Change owners, details and absences while messages are under way; return how many messages tell of it."""
        acts = (self._edit_owner, self._change_details, self._hand_over, self._leave_or_come_back)
        return sum(map(self._patiently, acts))

    def answer(self) -> str:
        """Confirm what an enrollment waits for, be it reminded of already or not; return the account's name.

        While the owner is away, the stand-in does.
        """
        return self._patiently(self._answer)

    def _patiently(self, act: Callable[[], Given]) -> Given:
        """Act once more where a busy machine kept the database locked for too long, as a person would."""
        for _ in range(5):
            with contextlib.suppress(*TRANSIENT_ERRORS):
                return act()
        return act()

    def _edit_owner(self) -> int:
        """Give an enrollment another owner and another zone."""
        before = self.rng.choice(self.use.all(self.workspace))
        owner, other = (OTHER, OWNER) if before.owner == OWNER else (OWNER, OTHER)
        wanted = edited(before, owner=owner, collaborators=(other,), owner_zone=self.rng.choice(ZONES))
        self.use.edit(self._caller(OWNER), before.id, wanted)
        return 1

    def _hand_over(self) -> int:
        """Hand over three enrollments of one person at once: a line for each, and one direct message."""
        by = self.rng.choice((OWNER, OTHER))
        to = OTHER if by == OWNER else OWNER
        owned = [each.id for each in self.use.all(self.workspace) if each.owner == by]
        chosen = self.rng.sample(owned, min(3, len(owned)))
        given = self.use.hand_over(self._caller(by), chosen, HandOver(to, self.rng.choice(ZONES), stays=True))
        return len(given) + bool(given)

    def _leave_or_come_back(self) -> int:
        """Whoever is away comes back; else somebody leaves, and the stand-in is told."""
        for user in self.use.absences(self.workspace):
            self.use.come_back(self._caller(user))
            return 0
        user = self.rng.choice((OWNER, OTHER))
        until = datetime.now(UTC).date() + timedelta(days=9)
        self.use.leave(self._caller(user), OTHER if user == OWNER else OWNER, until, ZoneInfo(ZONES[0]))
        return 1

    def _change_details(self) -> int:
        """Assign, date and block a step that waits.

        The target date is far ahead: a run is over long before it is asked about.
        """
        before = self.rng.choice(self._waiting())
        far = datetime.now(UTC).date() + timedelta(days=self.rng.randint(30, 60))
        given = {"assignee": self.rng.choice((OTHER, None)), "target": far.isoformat(), "note": "careful"}
        given |= {"blocked_by": "support", "blocked_why": "they ask their manager"}
        lines = len(self.use.history(self.workspace, before.id))
        after = self.use.change_details(self._caller(OWNER), before.id, ASKED, given)
        told = after.step(ASKED).assignee not in (None, before.step(ASKED).assignee)
        return len(self.use.history(self.workspace, before.id)) - lines + told

    def _answer(self) -> str:
        chosen = self.rng.choice(self._waiting())
        by = OTHER if OWNER in self.use.absences(self.workspace) else OWNER
        self.use.confirm(self._caller(by), chosen.id, ASKED)
        return chosen.account_name

    def _waiting(self) -> list[Enrollment]:
        return [each for each in self.use.all(self.workspace) if each.step(ASKED).state is State.WAITING]

    def _caller(self, user: str) -> Caller:
        return Caller(self.workspace, Actor(user))
