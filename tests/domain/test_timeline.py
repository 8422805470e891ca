"""The timeline of an enrollment as a value: what each step took, and what is expected of it."""

from datetime import timedelta

from bot.domain import transitions
from bot.domain.enrollment import Enrollment, State
from bot.domain.forecast import forecast
from bot.domain.lifecycle import Position
from bot.domain.timeline import BarKind, Row, timeline
from tests.domain.building import DAY, NOW, ORG, OWNER, POLICY, WEEK, acted, opened, started
from tests.support.steps import StepKey

CONNECT, FULL, ENABLE = StepKey.CONNECT_ACCOUNT, StepKey.FULL_ECO, StepKey.ENABLE_SUBSETS


def rows_of(enrollment: Enrollment, after: timedelta) -> dict[str, Row]:
    """The rows of an enrollment's timeline, some time after its start."""
    now = NOW + after
    return {row.step.key: row for row in timeline(enrollment, now, forecast(enrollment, now, POLICY))}


def bars(row: Row) -> list[tuple[BarKind, timedelta, timedelta]]:
    """The bars of a row, counted from the start of the enrollment."""
    return [(bar.kind, bar.begins - NOW, bar.ends - NOW) for bar in row.bars]


def test_a_step_that_is_done_shows_its_act_its_wait_and_what_came_after_the_window() -> None:
    """48 hours were due; it was confirmed after three days."""
    waiting = acted(opened(CONNECT), CONNECT, NOW + DAY)
    done = transitions.confirm(waiting, CONNECT, OWNER, NOW + 4 * DAY, POLICY).enrollment

    row = rows_of(done, WEEK)[CONNECT]

    assert State.DONE is row.state
    assert [
        (BarKind.ACT, 0 * DAY, DAY),
        (BarKind.WAIT, DAY, 3 * DAY),
        (BarKind.LATE, 3 * DAY, 4 * DAY),
    ] == bars(row)


def test_a_running_wait_shows_its_window_ahead() -> None:
    """Until its earliest end for sure, until its latest end maybe."""
    row = rows_of(acted(opened(FULL), FULL, NOW), WEEK)[FULL]

    assert [
        (BarKind.WAIT, 0 * DAY, WEEK),
        (BarKind.SURE, WEEK, 4 * WEEK),
        (BarKind.MAYBE, 4 * WEEK, 6 * WEEK),
    ] == bars(row)


def test_an_open_step_counts_from_its_last_opening() -> None:
    """After a reopening, what was done before is not drawn any more."""
    done = transitions.confirm(acted(opened(ENABLE), ENABLE), ENABLE, OWNER, NOW + DAY, POLICY).enrollment
    reopened = transitions.reopen(done, ENABLE, OWNER, NOW + 3 * DAY, POLICY).enrollment

    assert (BarKind.ACT, 3 * DAY, 5 * DAY) == bars(rows_of(reopened, 5 * DAY)[ENABLE])[0]


def test_what_was_done_before_the_bot_has_no_bars() -> None:
    """Nobody knows how long it took. Optional steps that nobody has touched have none, either."""
    rows = rows_of(started(Position(ENABLE), spot_org_id=ORG), DAY)

    assert ([], []) == (bars(rows[CONNECT]), bars(rows[StepKey.ASSOCIATE_CUSTOMERS]))
    assert rows[CONNECT].forecast is None
