"""Lists of enrollments: what a row says, what somebody sees, odd searches, pages that shrank, and the figures."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.access import Actor
from bot.domain.enrollment import Change, Enrollment, State, Status
from bot.domain.portfolio import PortfolioQuery, Segment, Sort
from bot.repository import tables as t
from bot.use_cases import Portfolios
from bot.use_cases.read_model import ReadModel
from tests.domain.building import COLLECTED, MATE, NOW, ORG, OWNER, POLICY, STRANGER, edited
from tests.repository.keeping import at_once, keep
from tests.support.steps import StepKey
from tests.use_cases.asking import ADMIN, Desk, caller

ALL = Actor(ADMIN, is_admin=True)
WORKSPACE = "T0ECO"


def lists(desk: Desk) -> Portfolios:
    """The lists of that database."""
    return Portfolios(desk.database, desk.clock)


def with_step(desk: Desk, enrollment: Enrollment, key: str, **values: Any) -> Enrollment:
    """The enrollment with other values of a step."""
    return keep(desk.database, enrollment, Change(enrollment.with_step(key, **values), (), OWNER, desk.clock.now()))


def names(desk: Desk, viewer: Actor = ALL, **asked: Any) -> list[str]:
    """The account names of a list."""
    return [row.account_name for row in lists(desk).page(WORKSPACE, PortfolioQuery(**asked), viewer).rows]


def test_a_row_says_what_is_next_whose_turn_it_is_and_since_when(desk: Desk) -> None:
    """From the start on; the card once it is posted."""
    enrollment = desk.opened(StepKey.CREATE_SUBSETS)
    with desk.database.write() as connection:
        posted = sa.update(t.outbox).where(t.outbox.c.kind == "card").values(ts="1.1", posted_channel="C0PROGRESS")
        connection.execute(posted)

    [row] = lists(desk).page(WORKSPACE, PortfolioQuery(), ALL).rows

    assert (enrollment.id, "Acme", OWNER, Status.ACTIVE) == (row.id, row.account_name, row.owner, row.status)
    assert (StepKey.CREATE_SUBSETS, State.OPEN, "us", NOW) == (row.step, row.state, row.party, row.since)
    assert (3, 9, ("C0PROGRESS", "1.1")) == (row.finished, row.total, row.card)
    assert row.finish_first is not None
    assert row.finish_last is not None


def test_a_wait_turns_late_by_itself(desk: Desk) -> None:
    """Nothing is written: the list compares the end of the wait with the time of asking."""
    desk.opened(StepKey.CONNECT_ACCOUNT, waiting=True)
    counts = lists(desk).counts(WORKSPACE, ALL)
    assert (1, 0, 0) == (counts[Segment.WAITING], counts[Segment.LATE], counts[Segment.NEEDS_US])

    desk.clock.turn(timedelta(days=3))

    page = lists(desk).page(WORKSPACE, PortfolioQuery(Segment.LATE), ALL)
    [row] = page.rows
    assert (State.DUE, "us", row.latest) == (row.state, row.party, row.late)
    assert (0, 1, 1) == (page.counts[Segment.WAITING], page.counts[Segment.LATE], page.counts[Segment.NEEDS_US])


def test_a_target_day_is_over_where_the_owner_lives(desk: Desk) -> None:
    """And moves along with the owner's time zone."""
    before = desk.start(owner_zone="Pacific/Auckland")
    with_step(desk, before, StepKey.SIGN_UP, target=NOW.date())
    desk.clock.turn(timedelta(hours=3))
    assert ["Acme"] == names(desk, segment=Segment.LATE)

    desk.bot.set_zone(WORKSPACE, OWNER, "America/Los_Angeles")

    assert [] == names(desk, segment=Segment.LATE)


def test_the_most_urgent_comes_first(desk: Desk) -> None:
    """Late, then open, then blocked, then waiting; what is over at the end."""
    made = {}
    for number, name in enumerate(("Over", "Waiting", "Blocked", "Open", "Late")):
        made[name] = desk.start(account_id=f"{number:012}", account_name=name)
        desk.clock.turn(timedelta(minutes=1))
    desk.bot.complete_act(caller(), made["Waiting"].id, StepKey.SIGN_UP, COLLECTED[StepKey.SIGN_UP])
    desk.bot.complete_act(caller(), made["Waiting"].id, StepKey.CONNECT_ACCOUNT)
    with_step(desk, made["Blocked"], StepKey.SIGN_UP, blocked_by="Spot", blocked_why="no", blocked_at=NOW)
    with_step(desk, made["Late"], StepKey.SIGN_UP, target=NOW.date() - timedelta(days=1))
    over = made["Over"]
    keep(desk.database, over, Change(replace(over, status=Status.COMPLETED, ended_at=NOW), (), OWNER, NOW))

    assert ["Late", "Open", "Blocked", "Waiting", "Over"] == names(desk)
    assert ["Over", "Waiting", "Blocked", "Open", "Late"] == names(desk, sort=Sort.AGE)
    assert ["Blocked"] == names(desk, segment=Segment.BLOCKED)
    assert ["Over"] == names(desk, segment=Segment.DONE)


def test_an_optional_step_hides_no_required_one(desk: Desk) -> None:
    """Both are open; the row speaks of the required one, and an assignee finds their own."""
    enrollment = desk.opened(StepKey.ENABLE_SUBSETS)
    assert State.OPEN is enrollment.step(StepKey.FULL_ECO).state

    with_step(desk, enrollment, StepKey.FULL_ECO, assignee=STRANGER)

    [row] = lists(desk).page(WORKSPACE, PortfolioQuery(Segment.NEEDS_ME), Actor(OWNER)).rows
    [theirs] = lists(desk).page(WORKSPACE, PortfolioQuery(Segment.NEEDS_ME), Actor(STRANGER)).rows
    assert (StepKey.ENABLE_SUBSETS, StepKey.FULL_ECO) == (row.step, theirs.step)


def test_nobody_finds_what_they_may_not_see(desk: Desk) -> None:
    """Its people and admins do, others by its channel; each channel is asked for once, whatever is in it."""
    asked: list[str] = []

    def sees(channel: str) -> bool:
        asked.append(channel)
        return channel == "C0OPEN"

    for number, channel in enumerate(("C0OPEN", "C0OPEN", "C0CLOSED", "C0CLOSED")):
        desk.start(account_id=f"{number:012}", account_name=f"A{number}", channel_id=channel, collaborators=())
    stranger = Actor(STRANGER, sees_channel=sees)

    assert ["A0", "A1"] == names(desk, stranger)
    assert ["C0CLOSED", "C0OPEN"] == asked
    assert (2, 4) == (lists(desk).counts(WORKSPACE, stranger)[Segment.ALL], lists(desk).hub(WORKSPACE, ALL)[1])
    assert ([], 4) == (names(desk, Actor(MATE)), len(names(desk, Actor(OWNER))))
    assert () == lists(desk).page("T0OTHER", PortfolioQuery(), ALL).rows


# words -> the names that they find
SEARCHED = {
    "": ["ÄCME 100%", "Under_Score", "Zebra"],
    "  äcme ": ["ÄCME 100%"],
    "a\u0308cme": ["ÄCME 100%"],
    "%": ["ÄCME 100%"],
    "_": ["Under_Score"],
    "/": [],
    "\\": [],
    "'": [],
    "\u0000zebra": ["Zebra"],
    "9000-0000": ["ÄCME 100%", "Zebra"],
    "9000 0000 0002": ["Zebra"],
    ORG: ["Zebra"],
    "nobody": [],
    "x" * 300: [],
}


def test_each_organization_of_an_msp_finds_its_enrollment(desk: Desk) -> None:
    """By its beginning, not by digits inside."""
    both = "606079874885, 717079874886"
    desk.start(procedure="aws-msp-extract", account_id="900000000002", account_name="Zebra", spot_org_id=both)

    found = {words: names(desk, words=words) for words in ("606079874885", "717079874886", "7170", "874886")}

    assert {"606079874885": ["Zebra"], "717079874886": ["Zebra"], "7170": ["Zebra"], "874886": []} == found


def test_words_are_text_and_find_names_accounts_and_organizations(desk: Desk) -> None:
    """Nothing that somebody types is a wildcard, or more than an empty list."""
    for number, name in (("900000000001", "ÄCME 100%"), ("800000000001", "Under_Score")):
        desk.start(account_id=number, account_name=name)
        desk.clock.turn(timedelta(minutes=1))
    desk.start(account_id="900000000002", account_name="Zebra", spot_org_id=ORG)

    found = {words: names(desk, words=words, sort=Sort.AGE) for words in SEARCHED}

    assert SEARCHED == found


def test_a_page_that_shrank_is_the_last_one(desk: Desk) -> None:
    """Instead of nothing; the counts say so."""
    for number in range(5):
        desk.start(account_id=f"{number:012}", account_name=f"A{number}")

    page = lists(desk).page(WORKSPACE, PortfolioQuery(page=9), ALL, size=2)
    empty = lists(desk).page(WORKSPACE, PortfolioQuery(Segment.DONE, page=9), ALL, size=2)

    assert (3, 3, 5, 1) == (page.page, page.pages, page.found, len(page.rows))
    assert (1, 1, 0, ()) == (empty.page, empty.pages, empty.found, empty.rows)


def test_a_renamed_and_handed_over_one_is_found_anew(desk: Desk) -> None:
    """Each change writes what lists read."""
    before = desk.start()
    desk.bot.edit(caller(), before.id, edited(before, account_name="Größe", owner=MATE, channel_id="C2"))

    assert ["Größe"] == names(desk, words="GRÖSSE", owner=MATE, channel="C2")
    assert [] == names(desk, words="acme")


def test_a_forecast_of_yesterday_is_calculated_again(desk: Desk) -> None:
    """Once a day, without a new version; what changed meanwhile has its own."""
    before = desk.start()
    model = ReadModel(desk.database, desk.clock, POLICY)
    assert 0 == model.refresh(WORKSPACE)

    desk.clock.turn(timedelta(days=2))

    assert (1, 0) == (model.refresh(WORKSPACE), model.refresh(WORKSPACE))
    [row] = lists(desk).page(WORKSPACE, PortfolioQuery(), ALL).rows
    assert row.finish_first is not None
    assert row.finish_first >= desk.clock.now().date()
    assert before == desk.bot.get(WORKSPACE, before.id)


def test_columns_that_went_wrong_are_found_and_written_again(desk: Desk) -> None:
    """As after a process of an older version, which does not know them."""
    desk.opened(StepKey.CONNECT_ACCOUNT, waiting=True)
    model = ReadModel(desk.database, desk.clock, POLICY)
    assert (1, []) == model.check()
    broken = {"name": sa.update(t.enrollments).values(name_key=None), "end": sa.update(t.steps).values(late_from=None)}

    for change in broken.values():
        with desk.database.write() as connection:
            connection.execute(change)
        assert ["Acme"] == [each.account_name for each in model.check()[1]]
        assert 1 == model.rebuild()
        assert [] == model.check()[1]


def test_the_figures_say_where_enrollments_stand(desk: Desk) -> None:
    """By next step and state, late, blocked, the oldest, and the days by whose turn it is."""
    desk.opened(StepKey.CONNECT_ACCOUNT, waiting=True)
    blocked = desk.start(account_id="000000000001")
    with_step(desk, blocked, StepKey.SIGN_UP, blocked_by="end customer", blocked_why="no answer", blocked_at=NOW)
    desk.bot.cancel(caller(), desk.start(account_id="000000000002").id, "no need")
    desk.clock.turn(timedelta(days=1))

    found = lists(desk).figures(WORKSPACE)

    assert {("connect_account", "waiting"): 1, ("sign_up", "blocked"): 1, ("", "cancelled"): 1} == found.by_step
    assert (0, 1, 1.0) == (found.late, found.blocked, found.oldest_days)
    assert {"AWS and Spot": pytest.approx(1.0), "end customer": pytest.approx(1.0)} == found.party_days


def test_upkeep_beside_changes_loses_none(desk: Desk) -> None:
    """Columns are written for what is stored, whoever changes it at the same moment; nobody is refused for it."""
    made = [desk.start(account_id=f"{number:012}", account_name=f"A{number}") for number in range(4)]
    desk.clock.turn(timedelta(days=2))
    model = ReadModel(desk.database, desk.clock, POLICY)

    def rename(enrollment: Enrollment) -> Enrollment:
        return desk.bot.edit(caller(), enrollment.id, edited(enrollment, account_name=f"New {enrollment.id}"))

    found = at_once(model.rebuild, lambda: model.refresh(WORKSPACE), *[lambda e=e: rename(e) for e in made])

    assert [] == [one for one in found if isinstance(one, Exception)]
    assert [] == model.check()[1]
    assert 4 == len(names(desk, words="new"))
