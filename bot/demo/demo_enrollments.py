"""Fills #eco-portfolio with nine enrollments at different stages, each with a past of its own.

The changes go through the use cases of a bot that sends nothing by itself, with the clock at the time of each change,
so cards, thread lines and reminders carry the dates at which they would have come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.app import Application
from bot.demo.demo_workspace import ECO_WORKSPACE, PORTFOLIO
from bot.demo.running_bot import settings_for
from bot.domain.access import Actor
from bot.domain.aws.costs import MonthlyCosts
from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Target
from bot.domain.enrollment import Customer, Pair
from bot.domain.party_people import PartyPerson
from bot.domain.procedure import USUAL, procedure_of
from bot.domain.start_form import StartForm
from bot.localslack import LocalSlack, TimeMachine
from bot.use_cases import Caller
from bot.use_cases.enrollments import Enrollments

#: A change: it gets the use cases, who makes it, and the enrollment's ID.
Change = Callable[[Enrollments, Caller, int], object]

#: Changes that follow each other this closely are sent together, which saves time.
TOGETHER = timedelta(hours=1)


@dataclass(frozen=True)
class Company:
    """One enrollment. `history` has its changes: days before the demo's first day, a local time, who, what.

    Attributes:
        procedure: the key of what it goes through; msp: who acts for the MSP there.
    """

    name: str
    account: str
    organization: str | None
    team: tuple[str, ...]
    started: tuple[int, str]
    history: tuple[tuple[int, str, str, Change], ...] = field(default_factory=tuple)
    procedure: str = USUAL.key
    msp: tuple[str, ...] = ()


def done(step: str, **values: object) -> Change:
    """**Mark done** or **Mark sent** with what the step asks for."""
    return lambda use, who, number: use.complete_act(who, number, step, values)


def ready(step: str) -> Change:
    """**It's ready**."""
    return lambda use, who, number: use.confirm(who, number, step)


def skipped(step: str, reason: str) -> Change:
    """**Skip**."""
    return lambda use, who, number: use.skip(who, number, step, reason)


def paired(**workflows: str) -> Change:
    """**Add pairs**: a billing workflow for each subset."""
    pairs = [Pair(subset, workflow) for subset, workflow in workflows.items()]
    return lambda use, who, number: use.change_pairs(who, number, pairs, frozenset())


def sold_to(*customers: tuple[str, str, str]) -> Change:
    """**Add customers**: subset, email and Spot organization ID of each."""
    added = [Customer(*customer) for customer in customers]
    return lambda use, who, number: use.change_customers(who, number, added, frozenset())


def cancelled(reason: str) -> Change:
    """**Cancel enrollment**."""
    return lambda use, who, number: use.cancel(who, number, reason)


COMPANIES = (
    Company(
        "Lumen Health", "481516234200", "604471220318", ("eve", "ana"), (-32, "09:40"),
        (
            (-32, "10:15", "eve", done("connect_account", bucket="lumen-billing-cur")),
            (-31, "16:30", "eve", ready("connect_account")),
            (-27, "11:00", "eve", done("full_eco")),
            (-27, "11:30", "eve", done("enable_subsets", ticket_number="4598")),
            (-26, "14:20", "ana", ready("enable_subsets")),
            (-24, "10:30", "eve", done("create_subsets", names=("Clinics", "Research"))),
            (-24, "10:45", "eve", done("create_workflows", names=("At cost", "Grant funded"))),
            (-24, "11:00", "eve", skipped("associate_customers", "No end customers, only our own teams")),
            (-20, "15:10", "eve", done("validate_workflows", validated=frozenset(("At cost", "Grant funded")))),
            (-20, "15:30", "eve", paired(Clinics="At cost", Research="Grant funded")),
            (-20, "15:45", "eve", done("associate_workflows", ticket_number="4631")),
            (-17, "10:10", "eve", ready("associate_workflows")),
        ),
    ),
    Company(
        "Mosaic Media", "390155820047", "603318745502", ("ben", "ana"), (-27, "09:20"),
        (
            (-27, "09:50", "ben", done("connect_account", bucket="mosaic-cur")),
            (-26, "16:30", "ben", ready("connect_account")),
            (-26, "16:40", "ben", skipped("full_eco", "We only need the reports")),
            (-26, "16:55", "ben", done("enable_subsets", ticket_number="4604")),
            (-25, "13:40", "ana", ready("enable_subsets")),
            (-21, "14:00", "ben", done("create_subsets", names=("Studios", "Streaming"))),
            (-21, "14:10", "ben", done("create_workflows", names=("Standard",))),
            (-21, "14:20", "ben", skipped("associate_customers", "We have no end customers")),
            (-20, "16:00", "ben", done("validate_workflows", validated=frozenset(("Standard",)))),
            (-20, "16:10", "ben", paired(Studios="Standard", Streaming="Standard")),
            (-20, "16:20", "ben", done("associate_workflows", ticket_number="4640")),
            (-17, "11:25", "ben", ready("associate_workflows")),
        ),
    ),
    Company(
        "Tidewater Energy", "720938115564", None, ("chi",), (-24, "13:30"),
        ((-19, "16:45", "chi", cancelled("They stay with their provider for another year")),),
    ),
    Company(
        "Harbor Logistics", "265530918872", "601907734416", ("ana", "eve"), (-20, "09:45"),
        (
            (-20, "10:20", "ana", done("connect_account", bucket="harbor-cur")),
            (-19, "15:00", "ana", ready("connect_account")),
            (-19, "15:10", "ana", skipped("full_eco", "Planned for next year")),
            (-19, "15:30", "ana", done("enable_subsets", ticket_number="4652")),
            (-18, "12:00", "ana", ready("enable_subsets")),
            (-12, "10:00", "ana", done("create_subsets", names=("Freight", "Cold chain"))),
            (-12, "10:20", "ana", done("create_workflows", names=("Standard", "Reseller 8%"))),
            (-7, "15:00", "ana", done("validate_workflows", validated=frozenset(("Standard", "Reseller 8%")))),
            (-7, "15:10", "ana", paired(**{"Freight": "Standard", "Cold chain": "Reseller 8%"})),
            (-7, "15:30", "ana", done("associate_workflows", ticket_number="4688")),
            (-6, "09:30", "ana", sold_to(
                ("Freight", "cloud@portside-shipping.example", "700218843316"),
                ("Cold chain", "it@polarfresh.example", "700218843990"),
            )),
            (-3, "10:50", "ana", done("associate_customers", ticket_number="4703")),
            (-4, "16:15", "ana", ready("associate_workflows")),
        ),
    ),
    Company(
        "Osprey Robotics", "733092641158", "606914470285", ("ana", "chi"), (-11, "11:20"),
        (
            (-10, "10:30", "ana", done(
                "agree_on_report",
                ri_sharing="no",
                bucket="osprey-delivered-cur",
                write_access="Bucket policy for their role eco-writer",
            )),
            (-7, "15:20", "ana", done("create_role", role_arn="arn:aws:iam::733092641158:role/SpotEcoReader")),
            (-5, "11:40", "dev", done("deliver_report")),
            (-4, "10:15", "ana", done("request_onboarding", ticket_number="4696")),
        ),
        procedure="aws-msp-delivered",
        msp=("dev",),
    ),
    Company(
        "Juniper Foods", "118842075593", "602255019937", ("ben", "chi"), (-13, "10:00"),
        (
            (-13, "10:25", "ben", done("connect_account", bucket="juniper-cost-reports")),
            (-12, "15:15", "ben", ready("connect_account")),
            (-12, "15:25", "ben", skipped("full_eco", "Finance decides in spring")),
            (-12, "15:40", "ben", done("enable_subsets", ticket_number="4671")),
            (-11, "12:10", "chi", ready("enable_subsets")),
            (-6, "14:00", "ben", done("create_subsets", names=("Bakeries", "Stores"))),
            (-6, "14:20", "ben", done("create_workflows", names=("Standard", "Franchise"))),
            (-4, "15:30", "ben", done("validate_workflows", validated=frozenset(("Standard", "Franchise")))),
            (-3, "10:10", "ben", paired(Bakeries="Standard", Stores="Franchise")),
            (-3, "10:30", "ben", sold_to(("Stores", "aws@greenmarket.example", "700330127754"))),
        ),
    ),
    Company(
        "Kestrel Insurance", "554017326680", "605580914423", ("chi", "ben"), (-6, "14:10"),
        ((-5, "10:30", "chi", done("connect_account", bucket="kestrel-cur")),),
    ),
    Company(
        "Bluebird Travel", "847720165539", "600762341188", ("ben", "ana"), (-4, "15:20"),
        ((0, "10:40", "ben", done("connect_account", bucket="bluebird-cur")),),
    ),
    Company("Northwind Retail", "906613457728", None, ("ana", "ben"), (-3, "16:40")),
)  # fmt: skip


def fill(slack: LocalSlack, clock: TimeMachine, database: Path) -> None:
    """Play the past of every company up to the clock's time, which is its time again afterwards."""
    first_day = clock.now()
    app = Application(settings_for(slack, database), clock, aws=_EmptyBuckets(), workers=0, pace=timedelta())
    app.start()
    try:
        _Past(slack, clock, app, first_day).play()
    finally:
        app.stop(1.0)
        clock.jump_to(first_day)
    slack.read_everything()


def zone_of(name: str) -> ZoneInfo:
    """The time zone of one of the people."""
    return ZoneInfo(next(person.tz for person in ECO_WORKSPACE.people if person.name == name))


class _EmptyBuckets:
    """An AWS in which no file has arrived yet."""

    def preflight(self, target: Target) -> CheckReport:
        """Not called: nobody presses **Check AWS** in the past."""
        raise AssertionError("the past of the demo has no Check AWS")

    def delivered_files(self, target: Target) -> DeliveredFiles:
        """No files."""
        return DeliveredFiles()

    def monthly_costs(self, target: Target, month: date) -> MonthlyCosts:
        """Not called: nobody asks for costs in the past."""
        raise AssertionError("the past of the demo has no costs")

    def watch(self, target: Target) -> CheckReport:
        """Nothing is wrong."""
        return CheckReport()


class _Past:
    """The companies' changes in the order of time, each sent before the next one is made."""

    def __init__(self, slack: LocalSlack, clock: TimeMachine, app: Application, first_day: datetime) -> None:
        self._slack, self._clock, self._app, self._first_day = slack, clock, app, first_day
        self._channel = slack.channel(PORTFOLIO).id
        self._numbers: dict[str, int] = {}

    def play(self) -> None:
        moments: list[tuple[datetime, Company, Change | None, str]] = []
        for company in COMPANIES:
            moments.append((self._at(*company.started, company.team[0]), company, None, company.team[0]))
            moments += [(self._at(day, at, who), company, change, who) for day, at, who, change in company.history]
        moments.sort(key=lambda moment: moment[0])
        for at, company, change, who in moments:
            self._pass_until(at)
            if change is None:
                self._numbers[company.name] = self._start(company)
            else:
                change(self._app.enrollments, self._caller(who), self._numbers[company.name])
        self._pass_until(self._first_day)
        while self._app.dispatcher.run_once():  # a new reminder takes the buttons of an older one
            pass
        # The next look for files is an hour away: the demo's first seconds are for the page.
        if self._app.file_watch is not None:
            self._app.file_watch.run_once(self._app.workspace.id)

    def _pass_until(self, at: datetime) -> None:
        """Let time pass: send messages, unless the next change follows soon, and each reminder when it falls due."""
        plan_digests = self._app.digest_planner.plan
        plan_digests(self._app.workspace.id)
        if at - self._clock.now() > TOGETHER:
            self._app.dispatcher.run_once()
        while (due := self._app.dispatcher.next_due()) is not None and due <= at:
            self._clock.jump_to(due)
            self._app.dispatcher.run_once()
            plan_digests(self._app.workspace.id)
        self._clock.jump_to(at)

    def _start(self, company: Company) -> int:
        owner, *others = (self._slack.person(name) for name in company.team)
        form = StartForm(
            company.account,
            company.name,
            self._channel,
            owner.id,
            owner_zone=str(zone_of(owner.name)),
            collaborators=tuple(person.id for person in others),
            values={"spot_org_id": company.organization},
            procedure=procedure_of(company.procedure).reference,
            party_people=tuple(PartyPerson("msp", self._slack.person(name).id) for name in company.msp),
        )
        return self._app.enrollments.start(self._caller(owner.name), form).id

    def _caller(self, who: str) -> Caller:
        return Caller(self._app.workspace.id, Actor(self._slack.person(who).id))

    def _at(self, days: int, at: str, who: str) -> datetime:
        zone = zone_of(who)
        day = self._first_day.astimezone(zone).date() + timedelta(days=days)
        return datetime.combine(day, time.fromisoformat(at), zone)
