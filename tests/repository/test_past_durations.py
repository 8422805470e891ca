"""What completed enrollments took: one query over the newest, by the opening, the act and the end of each step."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.domain import lifecycle, transitions
from bot.domain.enrollment import Change, Enrollment, State
from bot.domain.lifecycle import Position
from bot.domain.procedure import USUAL
from bot.repository import enrollment_writer, past_durations
from bot.repository.database import Database
from bot.repository.past_durations import MAX_AGE, PastDurations
from tests.domain.building import COLLECTED, DAY, KEYS, NOW, ORG, OWNER, POLICY, blank, with_lists
from tests.repository.keeping import keep
from tests.repository.statements import recorded
from tests.repository.test_plans import is_scan, plan
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE
from tests.use_cases.asking import HandClock

SIGN_UP, CONNECT, ENABLE, VALIDATE = (
    StepKey.SIGN_UP,
    StepKey.CONNECT_ACCOUNT,
    StepKey.ENABLE_SUBSETS,
    StepKey.VALIDATE_WORKFLOWS,
)


class Team:
    """A team that goes through the procedure on a database; each call takes as many days as it says."""

    def __init__(self, database: Database, number: int, position: Position | None = None) -> None:
        self.database, self.now = database, NOW
        new = with_lists(blank(account_id=f"{number:012}", **({"spot_org_id": ORG} if position else {})))
        change = lifecycle.start(new, position, POLICY)
        with database.write() as connection:
            new = replace(new, id=enrollment_writer.insert(connection, new))
        self.enrollment = keep(database, new, replace(change, enrollment=replace(change.enrollment, id=new.id)))

    def later(self, days: float) -> datetime:
        """The time after so many days."""
        self.now += timedelta(days=days)
        return self.now

    def _keep(self, change: Change) -> Enrollment:
        self.enrollment = keep(self.database, self.enrollment, change)
        return self.enrollment

    def finish(self, key: str, act: float, wait: float) -> None:
        """Do the act of a step after so many days, and confirm it after so many."""
        values = COLLECTED.get(key, {})
        if key == VALIDATE:
            values = {"validated": frozenset(workflow.name for workflow in self.enrollment.workflows)}
        self._keep(transitions.complete_act(self.enrollment, key, OWNER, self.later(act), POLICY, values))
        if self.enrollment.step(key).state is State.WAITING:
            self._keep(transitions.confirm(self.enrollment, key, OWNER, self.later(wait), POLICY))

    def reopen(self, key: str, after: float) -> None:
        """Reopen a step after so many days."""
        self._keep(transitions.reopen(self.enrollment, key, OWNER, self.later(after), POLICY))

    def complete(self, act: float, wait: float) -> None:
        """Finish all that is left."""
        for spec in PROCEDURE:
            if self.enrollment.step(spec.key).state is State.OPEN:
                self.finish(spec.key, act, wait)


def read(database: Database) -> past_durations.Durations:
    """What is known by now."""
    with database.read() as connection:
        return past_durations.read(connection, "T0ECO")


def test_five_completed_enrollments_say_how_long_steps_take(database: Database) -> None:
    """The act from the end of what the step requires, the wait from the act; four say nothing."""
    for number in range(1, 5):
        Team(database, number).complete(number, 2 * number)
    Team(database, 9).finish(SIGN_UP, 30, 30)  # not completed
    assert {} == {key: taken for key, taken in read(database).items() if taken.act or taken.wait}

    Team(database, 5).complete(5, 10)

    enable = read(database)[USUAL.key, ENABLE]
    assert enable.wait is not None
    assert (6 * DAY, 10 * DAY, 5) == (enable.wait.median, enable.wait.most, enable.wait.count)
    assert {(USUAL.key, key) for key in KEYS} == set(read(database))


def test_a_reopened_step_counts_from_its_last_opening(database: Database) -> None:
    """What passed before it was reopened is no part of what it took."""
    for number in range(1, 6):
        team = Team(database, number)
        team.finish(SIGN_UP, 1, 0)
        team.finish(CONNECT, 1, 2)
        team.reopen(CONNECT, 50)
        team.complete(1, 2)

    connect = read(database)[USUAL.key, CONNECT]

    assert connect.act is not None
    assert (DAY, DAY) == (connect.act.median, connect.act.most)


def test_what_happened_before_the_bot_says_nothing(database: Database) -> None:
    """A team that began in the middle knows no durations of what was over."""
    for number in range(1, 6):
        Team(database, number, Position(ENABLE)).complete(1, 2)

    found = read(database)

    assert (USUAL.key, CONNECT) not in found
    assert found[USUAL.key, ENABLE].act is not None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_it_is_one_query_of_the_index_and_kept_for_minutes(database: Database) -> None:
    """A card asks for it with every edit."""
    clock = HandClock()
    past = PastDurations(database, clock)
    for number in range(1, 6):
        Team(database, number).complete(1, 2)
    with database.write() as connection:
        connection.execute(sa.text("ANALYZE"))

    with recorded(database, "SELECT") as sent:
        first = past.of("T0ECO")
        clock.turn(MAX_AGE - timedelta(seconds=1))
        assert first is past.of("T0ECO")
    [(statement, parameters)] = sent
    found = plan(database, statement, parameters)
    assert not is_scan(found), found

    clock.turn(timedelta(seconds=1))
    assert first == past.of("T0ECO")
    assert first is not past.of("T0ECO")
