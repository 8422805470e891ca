"""An AWS side that says what a test wants, records who asked, and can be held up; and people who check it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, datetime

from bot.domain.aws.costs import MonthlyCosts
from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Finding, Target, Verdict
from bot.domain.enrollment import EventKind
from bot.localslack import Person, View
from tests.support.bot_world import World
from tests.support.steps import StepKey

CONNECT = StepKey.CONNECT_ACCOUNT
#: A look that found one thing wrong and could not see two.
FOUND = CheckReport(
    findings=(
        Finding("cur.time_unit", Verdict.PASS, "Time granularity", "HOURLY", "HOURLY"),
        Finding(
            "cur.resources", Verdict.FAIL, "Resource IDs", "not included", "RESOURCES",
            "Billing console, Data Exports, the report, Edit: tick Include resource IDs.",
        ),
        Finding("role.policy", Verdict.UNKNOWN, "What the role may read", "access denied to iam:GetRole"),
        Finding("stack", Verdict.PASS, "CloudFormation stack", "eco-role"),
        Finding("bucket.region", Verdict.UNKNOWN, "Region of the bucket", "AWS did not answer"),
    ),
    delivered=DeliveredFiles(),
    role_arn="arn:aws:iam::123456789012:role/SpotByNetApp_Finops_ReadOnly",
    bucket="production-cur",
    accounts=("Payer", "Shop <EU>", "Data & ML"),
    account_count=37,
)  # fmt: skip
#: What it comes to.
SUMMARY = "2 pass, 1 fail, 2 cannot tell"


class PlayedAws:
    """Answers every look with what it was given; `hold` keeps looks waiting until `let_go`."""

    def __init__(self, report: CheckReport = FOUND) -> None:
        self.report = report
        self.seen = DeliveredFiles()
        self.fault: Exception | None = None
        self.costs = MonthlyCosts(date(2026, 10, 1))
        self.cost_looks: list[tuple[Target, date]] = []
        self.preflights: list[Target] = []
        self.file_looks: list[Target] = []
        self.watched = CheckReport()
        self.watches: list[Target] = []
        self._gate = threading.Event()
        self._gate.set()

    def hold(self) -> None:
        """Let the next looks wait."""
        self._gate.clear()

    def let_go(self) -> None:
        """Let them go on."""
        self._gate.set()

    def deliver(self, first_at: datetime, files: int = 3) -> None:
        """From now on there are files."""
        self.seen = DeliveredFiles(files, 4_200_000, first_at, first_at, ("20261101-20261201",))

    def preflight(self, target: Target) -> CheckReport:
        """Everything."""
        self.preflights.append(target)
        assert self._gate.wait(30), "nobody let the look go on"
        if self.fault is not None:
            raise self.fault
        return replace(self.report, checks=target.checks)

    def delivered_files(self, target: Target) -> DeliveredFiles:
        """The files."""
        self.file_looks.append(target)
        assert self._gate.wait(30), "nobody let the look go on"
        if self.fault is not None:
            raise self.fault
        return self.seen

    def monthly_costs(self, target: Target, month: date) -> MonthlyCosts:
        """The costs."""
        self.cost_looks.append((target, month))
        assert self._gate.wait(30), "nobody let the look go on"
        if self.fault is not None:
            raise self.fault
        return replace(self.costs, month=month)

    def watch(self, target: Target) -> CheckReport:
        """What is watched."""
        self.watches.append(target)
        if self.fault is not None:
            raise self.fault
        return self.watched


def shows(world: World, person: Person, words: str) -> View:
    """The modal, as soon as it says that."""

    def look() -> View | None:
        view = person.view
        return view if view is not None and words in view.shown else None

    return world.slack.wait_for(look, 10, f"a modal that says {words!r}")


def check(world: World, person: Person, words: str = SUMMARY) -> View:
    """Press the button and wait for what comes out."""
    world.click(person, "Check AWS", CONNECT)
    return shows(world, person, words)


def settled(world: World, times: int = 1) -> None:
    """Wait until so many results are kept, and send what they owe."""
    world.slack.wait_for(lambda: checks_told(world) == times, 10, "the result to be kept")
    world.deliver()


def checks_told(world: World) -> int:
    """How many checks the audit tells of."""
    history = world.app.enrollments.history(world.workspace, world.enrollment().id)
    return sum(event.kind is EventKind.CHECKED for event, _, _ in history)


def card_words(world: World) -> str:
    """The words of the card."""
    return world.card().shown
