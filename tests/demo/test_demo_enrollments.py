"""The demo's second channel: nine enrollments at different stages, with a past, before anybody did anything."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.app import Application
from bot.demo import demo_enrollments
from bot.demo.demo_workspace import PORTFOLIO, start_slack
from bot.demo.running_bot import bot_in
from bot.demo.time_jumps import jumps_to, next_reminder, next_window_end
from bot.domain.enrollment import Enrollment, State, Status
from bot.domain.procedure import BUILT_IN
from bot.localslack import Channel, LocalSlack, PageState, TimeMachine
from tests.demo.test_sandbox_command import end, started
from tests.support.steps import TOTAL

#: 9:30 in São Paulo, on a Monday in winter and on one in London's summer time.
MONDAYS = (datetime(2026, 11, 23, 12, 30, tzinfo=UTC), datetime(2027, 7, 5, 12, 30, tzinfo=UTC))


@pytest.fixture(scope="module", params=MONDAYS, ids=("winter", "summer"))
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> Iterator[Filled]:
    """The demo right after its start."""
    clock = TimeMachine()
    clock.jump_to(request.param)
    database = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("demo") / "demo.db"))
    with start_slack(clock, page=PageState(clock)) as slack:
        demo_enrollments.fill(slack, clock, database)
        with bot_in(slack, clock, database) as app:
            yield Filled(slack, clock, app, request.param)


class Filled:
    """What runs, and since when."""

    def __init__(self, slack: LocalSlack, clock: TimeMachine, app: Application, monday: datetime) -> None:
        self.slack, self.clock, self.app, self.monday = slack, clock, app, monday

    @property
    def channel(self) -> Channel:
        """The channel that was filled."""
        return self.slack.channel(PORTFOLIO)

    def enrollment(self, name: str) -> Enrollment:
        """One of the nine."""
        return next(one for one in self.app.enrollments.all(self.app.workspace.id) if one.account_name == name)

    def states(self, name: str) -> dict[str, State]:
        """The states of its steps as people see them now."""
        return {step.key: step.state_at(self.monday) for step in self.enrollment(name).steps}


def test_nine_enrollments_stand_at_different_stages(filled: Filled) -> None:
    """Just started, waiting for AWS, overdue, in the ramp-up, at the tickets, completed, cancelled."""
    everything = filled.app.enrollments.all(filled.app.workspace.id)
    assert 9 == len(everything)
    assert 9 == len({one.account_id for one in everything})
    assert {"U0ANA00001", "U0BEN00001", "U0CHI00001", "U0EVE00001"} == {one.owner for one in everything}

    assert State.OPEN is filled.states("Northwind Retail")["sign_up"]
    assert State.WAITING is filled.states("Bluebird Travel")["connect_account"]
    assert State.DUE is filled.states("Kestrel Insurance")["connect_account"]
    assert State.WAITING is filled.states("Lumen Health")["full_eco"]
    tickets = filled.states("Juniper Foods")
    assert (State.OPEN, State.OPEN) == (tickets["associate_workflows"], tickets["associate_customers"])
    juniper = filled.enrollment("Juniper Foods")
    assert (2, 1) == (len(juniper.pairs), len(juniper.customers))
    assert State.WAITING is filled.states("Harbor Logistics")["associate_customers"]
    assert State.WAITING is filled.states("Osprey Robotics")["request_onboarding"]
    assert Status.COMPLETED is filled.enrollment("Mosaic Media").status
    assert Status.CANCELLED is filled.enrollment("Tidewater Energy").status


def test_every_card_is_there_with_its_past(filled: Filled) -> None:
    """Cards and thread lines carry the dates of the changes, and nothing is due that was not sent."""
    cards = [m for m in filled.channel.messages if m.text.startswith("Eco enrollment of") and not m.broadcast]
    assert 9 == len(cards)
    assert filled.monday - timedelta(days=35) < datetime.fromtimestamp(float(cards[0].ts), UTC)
    assert datetime.fromtimestamp(float(cards[0].ts), UTC) < filled.monday - timedelta(days=28)
    assert f"{TOTAL} of {TOTAL} steps, completed" in next(m.text for m in cards if "Mosaic" in m.text)
    started_at = [datetime.fromtimestamp(float(filled.channel.thread(m.ts)[0].ts), UTC) for m in cards]
    assert sorted(started_at) == started_at
    assert all(at < filled.monday for at in started_at)
    due = filled.app.next_due()
    assert due is not None
    assert due > filled.clock.now()
    assert timedelta() <= filled.clock.now() - filled.monday < timedelta(minutes=2)


def test_the_channel_had_its_digest_every_week(filled: Filled) -> None:
    """The last one this morning: with what needs somebody, what waits, what was done, and what may be finished."""
    digests = [m for m in filled.channel.messages if m.text.startswith("Eco enrollments this week")]
    posted = [datetime.fromtimestamp(float(m.ts), UTC) for m in digests]

    assert {7} == {(later.date() - sooner.date()).days for sooner, later in pairwise(posted)}
    assert filled.monday.date() == posted[-1].date()
    for heading in ("Needs you", "Waiting", "Done in the last 7 days", "Forecast"):
        assert f"\n*{heading}*\n" in digests[-1].text


def test_nothing_happened_at_night_or_on_a_weekend(filled: Filled) -> None:
    """People work on weekdays, between eight and six where they live."""
    slack, zones = filled.slack, {}
    for one in filled.app.enrollments.all(filled.app.workspace.id):
        for event, who, at in filled.app.enrollments.history(filled.app.workspace.id, one.id):
            zone = zones.setdefault(who, demo_enrollments.zone_of(slack.person(who).name))
            local = at.astimezone(zone)
            assert local.weekday() < 5, (one.account_name, event, local)
            assert 8 <= local.hour < 18, (one.account_name, event, local)


def test_a_manager_sees_the_state_at_a_glance(filled: Filled) -> None:
    """`/eco list` names every enrollment that is not cancelled."""
    answer = filled.slack.person("chi").command("/eco", "list", channel=PORTFOLIO).ephemerals

    shown = filled.slack.wait_for(lambda: [*answer, *filled.slack.person("chi").ephemerals()], 20, "the list")[-1].text
    names = [company.name for company in demo_enrollments.COMPANIES if company.name != "Tidewater Energy"]
    assert [] == [name for name in names if name not in shown]


def test_one_goes_through_another_procedure(filled: Filled) -> None:
    """A reseller delivers its data, and Dev acts for them; the start form offers all procedures."""
    osprey = filled.enrollment("Osprey Robotics")

    assert ("aws-msp-delivered", ("U0DEV00001",)) == (osprey.procedure.key, osprey.people_of("msp"))
    assert "U0DEV00001" == osprey.step("deliver_report").finished_by
    dev = filled.slack.person("dev")
    dev.command("/eco", "enroll", channel=PORTFOLIO)
    form = dev.wait_view("Start an enrollment")
    assert [each.fits for each in BUILT_IN] == [each["text"]["text"] for each in form.blocks[0]["element"]["options"]]


def test_nothing_is_unread_at_the_start(filled: Filled) -> None:
    """What is marked later has come later."""
    page = filled.slack.page
    assert page is not None
    newest = max(float(m.ts) for m in filled.channel.messages)

    assert newest <= float(page.read["U0DEV00001"][filled.channel.id])


def test_the_first_reminder_and_the_first_end_of_a_wait_are_near(filled: Filled) -> None:
    """A reminder comes on the first day, inside the owner's working hours, and a wait ends on the next."""
    page = PageState(filled.clock)
    with jumps_to(page, filled.app):
        (coming, _) = page.look_ahead()
    assert ["Next reminder", "Next window ends"] == list(coming)
    reminder, window_end = coming.values()
    assert reminder == next_reminder(filled.app)
    assert window_end == next_window_end(filled.app)
    assert reminder is not None
    assert timedelta() < reminder - filled.monday < timedelta(hours=8)
    assert window_end is not None
    assert timedelta() < window_end - filled.monday < timedelta(hours=36)
    assert [None, None] == list(page.look_ahead()[0].values())


def test_a_kept_state_is_not_filled_again(tmp_path: Path) -> None:
    """The second run has the messages of the first one, no more, and its clock goes on."""
    file = tmp_path / "demo.db"
    seen = []
    for _ in range(2):
        with started(tmp_path, "--no-browser", "--port", "0", "--keep", str(file)) as (process, _lines):
            assert 0 == end(process)
        state = json.loads(Path(f"{file}.slack.json").read_text("utf-8"))
        filled = [m["ts"] for m in state["messages"] if m["channel"] == "C0PORTFOL1"]
        seen.append((filled, round(state["ahead_seconds"], -1)))

    assert len(seen[0][0]) > 8
    assert seen[0] == seen[1]
