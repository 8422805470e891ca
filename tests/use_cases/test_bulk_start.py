"""Bulk starts in the background: rights before each row, Stop, several processes, and rows that cannot be started."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.domain.access import Actor
from bot.domain.bulk_progress import LOST_RIGHT, BulkStart, BulkState, Outcome
from bot.domain.errors import StepConflict
from bot.domain.start_form import StartForm, from_json
from bot.repository import bulk_rows
from bot.repository import tables as t
from bot.use_cases.bulk_start import BulkStarts, Candidate
from tests.domain.building import ORG, OWNER, POLICY
from tests.repository.keeping import at_once, rows
from tests.use_cases.asking import WORKSPACE, Desk, caller, form


@dataclass
class Rights:
    """What Slack would say; after `lost` rows the person has no right any more, or Slack does not answer."""

    lost: int = 1000
    after: bool | None = False
    closed: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    def starter(self, user: str) -> bool | None:
        """Whether somebody may start."""
        self.asked.append(user)
        return True if len(self.asked) <= self.lost else self.after

    def actor(self, user: str) -> Actor:
        """Somebody."""
        return Actor(user)

    def join_for(self, user: str, channel_id: str) -> str | None:
        """Why a channel cannot be joined."""
        return "This channel is archived. Choose another one." if channel_id in self.closed else None


@pytest.fixture
def bulk(desk: Desk) -> BulkStarts:
    """The use cases of bulk starts on that database."""
    return BulkStarts(desk.database, desk.bot, POLICY, desk.clock)


def file(count: int = 5, **fields: str) -> list[Candidate]:
    """The rows of a file, from line 2 on."""
    numbers = range(2, count + 2)
    return [
        Candidate(n, f"line {n}", form(account_id=f"{n:012}", account_name=f"Payer {n}", **fields)) for n in numbers
    ]


def begun(bulk: BulkStarts, candidates: list[Candidate]) -> int:
    """A bulk start that somebody has pressed Start for."""
    number = shown(bulk, candidates)
    bulk.begin(caller(), number)
    return number


def shown(bulk: BulkStarts, candidates: list[Candidate], key: str | None = None) -> int:
    """A preview that somebody was shown."""
    number = bulk.show(caller(idempotency_key=key), "payers.csv", bulk.check(caller(), candidates))
    assert number is not None
    return number


def state(desk: Desk, number: int) -> BulkStart:
    """The bulk start as it is now."""
    with desk.database.read() as connection:
        found = bulk_rows.load(connection, WORKSPACE, number)
    assert found is not None
    return found


def accounts(desk: Desk) -> list[str]:
    """The accounts of all enrollments."""
    return [row["account_id"] for row in rows(desk.database, t.enrollments)]


def test_nothing_starts_before_start_was_pressed_and_each_row_starts_once(desk: Desk, bulk: BulkStarts) -> None:
    """Also with four processes at once and Start pressed twice; by hand the person can start as before."""
    number = shown(bulk, file(30), key="view:V1:hash")
    assert bulk.show(caller(idempotency_key="view:V1:hash"), "", bulk.check(caller(), file(30))) is None
    bulk.work(WORKSPACE, Rights())
    assert [] == accounts(desk)

    bulk.begin(caller(), number)
    bulk.begin(caller(), number)
    found = at_once(*[lambda: bulk.work(WORKSPACE, Rights()) for _ in range(4)])
    bulk.work(WORKSPACE, Rights())

    assert [None] * 4 == found
    assert (BulkState.DONE, 30) == (state(desk, number).state, state(desk, number).count(Outcome.STARTED))
    assert sorted({each.form.account_id for each in file(30)}) == sorted(accounts(desk))
    desk.bot.start(caller(), form(account_id="9" * 12), an_hour=1)


def test_a_row_whose_account_is_enrolled_is_no_fault(desk: Desk, bulk: BulkStarts) -> None:
    """Before the preview it is left out; after it the row says so."""
    desk.bot.start(caller(), form(account_id=f"{2:012}"))
    checked = bulk.check(caller(), file(3))
    assert ((2,), [3, 4], ()) == (checked.already, [each.number for each in checked.good], checked.faults)

    number = begun(bulk, file(3))
    desk.bot.start(caller(), form(account_id=f"{3:012}"))
    bulk.work(WORKSPACE, Rights())

    assert {Outcome.ALREADY: 1, Outcome.STARTED: 1} == state(desk, number).counts


def test_who_lost_the_right_starts_no_more(desk: Desk, bulk: BulkStarts) -> None:
    """The rest is left and the message says why; where Slack does not tell, the rest waits."""
    number = begun(bulk, file(5))

    bulk.work(WORKSPACE, Rights(lost=2, after=None))
    assert (BulkState.RUNNING, 3) == (state(desk, number).state, state(desk, number).count(Outcome.READY))
    bulk.work(WORKSPACE, Rights(lost=1))

    ended = state(desk, number)
    assert (BulkState.STOPPED, LOST_RIGHT) == (ended.state, ended.why)
    assert {Outcome.STARTED: 3, Outcome.LEFT: 2} == ended.counts


def test_stop_leaves_out_what_has_not_begun(desk: Desk, bulk: BulkStarts) -> None:
    """Whoever else presses is refused; a cancelled preview cannot be started."""
    number = begun(bulk, file(5))
    bulk.work(WORKSPACE, Rights(lost=2, after=None))
    with pytest.raises(StepConflict):
        bulk.stop(caller("U0SOMEBODY"), number)

    bulk.stop(caller(), number)
    bulk.work(WORKSPACE, Rights())

    assert {Outcome.STARTED: 2, Outcome.LEFT: 3} == state(desk, number).counts
    assert BulkState.STOPPED is state(desk, number).state
    preview = shown(bulk, file(9))
    bulk.cancel(caller(), preview)
    with pytest.raises(StepConflict, match="cancelled"):
        bulk.begin(caller(), preview)
    assert 2 == len(accounts(desk))


def test_an_organization_that_nobody_was_warned_of_is_not_started(desk: Desk, bulk: BulkStarts) -> None:
    """It came to another enrollment after the preview; what the preview warned of is started."""
    warned = [replace(each, form=replace(each.form, values={"spot_org_id": ORG})) for each in file(2)]
    checked = bulk.check(caller(), warned)
    assert {3: (f"{ORG} is the organization on line 2, too.",)} == checked.warnings
    number = bulk.show(caller(), "payers.csv", checked) or 0
    desk.bot.start(caller(), form(account_id="9" * 12, spot_org_id=ORG))
    bulk.begin(caller(), number)
    bulk.work(WORKSPACE, Rights())

    ended = state(desk, number)
    assert {Outcome.REFUSED: 1, Outcome.STARTED: 1} == ended.counts
    [(line, _, why)] = ended.refused
    assert (2, True) == (line, "Start it by hand to confirm." in why)


def test_a_closed_channel_refuses_its_rows_alone(desk: Desk, bulk: BulkStarts) -> None:
    """The others are started; a new owner hears of all of them in one message."""
    candidates = [*file(3, owner="U0MATE", channel_id="C0OPEN"), *file(4, owner="U0MATE", channel_id="C0CLOSED")[3:]]
    number = begun(bulk, candidates)

    bulk.work(WORKSPACE, Rights(closed=frozenset({"C0CLOSED"})))

    assert {Outcome.STARTED: 3, Outcome.REFUSED: 1} == state(desk, number).counts
    assert "archived" in state(desk, number).refused[0][2]
    told = [row for row in rows(desk.database) if row["channel"] == "U0MATE" and row["kind"] == "direct"]
    assert [3] == [len(row["payload"]["items"]) for row in told]


def test_progress_is_told_at_most_every_three_seconds(desk: Desk, bulk: BulkStarts) -> None:
    """And at the end."""
    number = begun(bulk, file(5))
    bulk.work(WORKSPACE, Rights(lost=2, after=None))
    desk.clock.turn(timedelta(seconds=3))
    bulk.work(WORKSPACE, Rights(lost=2, after=None))
    bulk.work(WORKSPACE, Rights())

    keys = [row["key"] for row in rows(desk.database) if row["key"].startswith(("bulk:", "progress:"))]
    assert [f"bulk:{number}", f"progress:{number}:running", f"progress:{number}:4", f"progress:{number}:done"] == keys


def test_old_bulk_starts_are_forgotten(desk: Desk, bulk: BulkStarts) -> None:
    """A preview after two days, one that has ended after a month, a running one never."""
    ended, preview = begun(bulk, file(1)), shown(bulk, file(2))
    bulk.work(WORKSPACE, Rights())
    running = begun(bulk, file(3))

    left = []
    for days in (3, 31):
        with desk.database.write() as connection:
            bulk_rows.delete_expired(connection, desk.clock.now() + timedelta(days=days))
        left.append([row["id"] for row in rows(desk.database, t.bulk_starts)])

    assert [[ended, running], [running]] == left
    assert preview not in left[0]
    assert {running} == {row["bulk_start_id"] for row in rows(desk.database, t.bulk_start_rows)}


def test_a_form_is_stored_with_everything_in_it() -> None:
    """Position, day and lists come back as they were."""
    from tests.domain.test_start_rows import FULL

    assert FULL == from_json(FULL.as_json())
    plain = StartForm("1" * 12, "Acme", "C1", OWNER)
    assert plain == from_json(plain.as_json())


def test_numbers_are_not_given_again(desk: Desk, bulk: BulkStarts) -> None:
    """What is kept of a bulk start goes after a month; its message is known by its number, so that stays its own."""
    first = begun(bulk, file(1))
    bulk.work(WORKSPACE, Rights())
    desk.clock.turn(timedelta(days=31))
    with desk.database.write() as connection:
        assert 1 == bulk_rows.delete_expired(connection, desk.clock.now())

    second = shown(bulk, file(2))

    assert first != second
    assert [f"bulk:{first}", f"bulk:{second}"] == [
        row["key"] for row in rows(desk.database, t.outbox, t.outbox.c.kind == "bulk")
    ]


def test_a_row_that_cannot_be_started_says_why(desk: Desk, bulk: BulkStarts) -> None:
    """The command `import` starts rows one by one; a row whose account is enrolled by now is passed over."""
    first, second, *_ = file(2, spot_org_id=ORG)
    assert bulk.start_row(caller(), first, "file") is not None
    assert bulk.start_row(caller(), first, "file") is None

    with pytest.raises(StepConflict, match=r"Start it by hand to confirm\.$"):
        bulk.start_row(caller(), second, "file")

    assert bulk.start_row(caller(), second, "file", warned=True) is not None
    assert 2 == len(accounts(desk))
