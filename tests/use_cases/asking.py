"""The people who ask, the bot that they ask, and a moment at which they do."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.domain.access import Actor
from bot.domain.enrollment import Enrollment, Pair
from bot.domain.lifecycle import Position
from bot.repository.database import Database
from bot.use_cases import Caller, StartForm
from bot.use_cases.bot_changes import BotChanges
from bot.use_cases.edited_lists import EditedLists
from bot.use_cases.step_details import DetailedEnrollments
from tests.domain.building import ACCOUNT, COLLECTED, MATE, NOW, ORG, OWNER, POLICY
from tests.support.steps import StepKey
from tests.support.usual_procedure import SHARED

ADMIN = "U0ADMIN"
WORKSPACE = "T0ECO"


@dataclass
class HandClock:
    """A clock that stands still until somebody turns it."""

    at: datetime = NOW

    def now(self) -> datetime:
        """This instant."""
        return self.at

    def turn(self, span: timedelta) -> None:
        """Let time go by."""
        self.at += span


class ChangedEnrollments(DetailedEnrollments, EditedLists, BotChanges):
    """The use cases that change an enrollment, its steps and its lists."""


@dataclass
class Desk:
    """The use cases on a database, with a clock in hand and a count of how often delivery was woken."""

    database: Database
    clock: HandClock = field(default_factory=HandClock)
    woken: int = 0

    def __post_init__(self) -> None:
        self.bot = ChangedEnrollments(self.database, self.clock, POLICY, self._wake)

    def _wake(self) -> None:
        self.woken += 1

    def start(self, **fields: Any) -> Enrollment:
        """Start an enrollment as its owner."""
        return self.bot.start(caller(), form(**fields))

    def opened(self, key: StepKey, *, waiting: bool = False) -> Enrollment:
        """An enrollment of a team that stands at that step, or in its wait."""
        return self.start(spot_org_id=ORG, position=Position(key, waiting))

    def recorded(self) -> Enrollment:
        """An enrollment with recorded subsets (Prod, Test), billing workflows (Standard, Reseller) and one pair."""
        number = self.opened(StepKey.CREATE_SUBSETS).id
        for key in (StepKey.CREATE_SUBSETS, StepKey.CREATE_WORKFLOWS):
            self.bot.complete_act(caller(), number, key, COLLECTED[key])
        return self.bot.change_pairs(caller(), number, [Pair("Prod", "Standard")], frozenset())


def caller(
    user: str = OWNER, idempotency_key: str | None = None, confirmed: tuple[str, ...] = (), **more: Any
) -> Caller:
    """Somebody who asks."""
    return Caller(WORKSPACE, Actor(user, is_admin=user == ADMIN), idempotency_key, frozenset(confirmed), **more)


def form(**fields: Any) -> StartForm:
    """The start form, filled in."""
    values: dict[str, Any] = {
        "account_id": ACCOUNT,
        "account_name": "Acme",
        "channel_id": "C0PROGRESS",
        "owner": OWNER,
        "collaborators": (MATE,),
    }
    shared = {key: fields.pop(key) for key in SHARED if key in fields}
    return StartForm(**values | fields, values=shared)
