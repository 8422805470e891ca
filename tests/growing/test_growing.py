"""A tenth step is one entry of the procedure and its templates, and enrollments of before keep what they are."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.lifecycle import Position
from bot.repository.database import Database
from tests.domain.building import KEYS, with_lists
from tests.support.postgres import Cluster
from tests.support.steps import StepKey
from tests.use_cases.asking import Desk, caller

ROOT = Path(__file__).parents[2]
EXISTING = (
    "test_use_cases_on_existing_enrollments_keep_what_they_do",
    "test_a_resumed_enrollment_gets_the_step",
)
STARTING = (
    "test_existing_enrollments_get_the_step",
    "test_an_enrollment_that_cannot_be_read_keeps_no_other_from_the_step",
    "test_a_completed_enrollment_can_take_the_step_up",
)


@dataclass(frozen=True)
class Ran:
    """What the tests in ten_steps.py printed, and how each of them ended."""

    printed: str

    def passed(self, *tests: str) -> None:
        """Fail unless each of these has passed."""
        passed = set(re.findall(r"^PASSED .*::(\S+)$", self.printed, re.M))
        assert [] == [test for test in tests if test not in passed], self.printed


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Path:
    """A SQLite file with enrollments at several stages, made while the procedure has nine steps."""
    file = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("filled")))
    fill(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="module")
def filled_postgres(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Test -> the URL of its PostgreSQL database with such enrollments; none where the machine has no PostgreSQL."""
    try:
        cluster: Cluster = request.getfixturevalue("postgres_cluster")
    except pytest.skip.Exception:
        yield {}
        return
    template = cluster.create_database(request.getfixturevalue("postgres_template"))
    fill(cluster.url(template))
    names = {test: cluster.create_database(template) for test in (*EXISTING, *STARTING)}
    yield {test: cluster.url(name) for test, name in names.items()}
    for name in (template, *names.values()):
        cluster.drop_database(name)


@pytest.fixture(scope="module")
def ran(filled: Path, filled_postgres: dict[str, str]) -> Ran:
    """All tests of ten_steps.py, in one process whose procedure has ten steps: it takes seconds to start."""
    copies = {test: f"sqlite:///{shutil.copy(filled, filled.with_name(test))}" for test in (*EXISTING, *STARTING)}
    databases = {"sqlite": copies} | ({"postgresql": filled_postgres} if filled_postgres else {})
    file = Path(__file__).with_name("ten_steps.py")
    command = [sys.executable, "-m", "pytest", "-q", "-rp", "-p", "no:cacheprovider", "-p", "tests.growing.tenth_step"]
    environment = {**os.environ, "GROWN_DATABASES": json.dumps(databases)}
    done = subprocess.run(
        [*command, file], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    return Ran(done.stdout + done.stderr)


def fill(url: str) -> None:
    """Make enrollments at several stages."""
    database = Database(url)
    desk = Desk(database)
    names = iter(range(100000000001, 100000000099))

    def at(name: str, key: str) -> int:
        account = str(next(names))
        fields = {"account_id": account, "account_name": name, "spot_org_id": account}
        return desk.start(position=Position(key), **fields).id

    at("early", StepKey.ENABLE_SUBSETS)
    at("late", StepKey.CREATE_WORKFLOWS)
    at("acting", StepKey.CREATE_WORKFLOWS)
    desk.bot.cancel(caller(), at("cancelled", StepKey.CREATE_WORKFLOWS), "later")
    done = at("done", StepKey.ASSOCIATE_WORKFLOWS)
    lists = with_lists(desk.bot.get("T0ECO", done))
    desk.bot.change_pairs(caller(), done, lists.pairs, frozenset())
    desk.bot.change_customers(caller(), done, lists.customers, frozenset())
    for key in KEYS:
        if desk.bot.get("T0ECO", done).step(key).state == "open":
            desk.bot.complete_act(caller(), done, key, {"ticket_number": "1"})
            if desk.bot.get("T0ECO", done).step(key).state == "waiting":
                desk.bot.confirm(caller(), done, key)
    assert "completed" == desk.bot.get("T0ECO", done).status
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of database; the test is skipped where the machine has none of it."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres_cluster")
    return str(request.param)


def test_enrollments_of_before_the_step_keep_what_they_are(kind: str, ran: Ran) -> None:
    """On both databases: what use cases give is what is read back; counts, states and reminders agree."""
    ran.passed(*(f"{test}[{kind}]" for test in EXISTING))


def test_the_bot_adds_the_step_when_it_starts(kind: str, ran: Ran) -> None:
    """On both databases: enrollments under way get it, completed ones stay completed."""
    ran.passed(*(f"{test}[{kind}]" for test in STARTING))


def test_a_tenth_step_is_one_entry(ran: Ran) -> None:
    """It is walked through Slack with nothing else changed."""
    ran.passed("test_the_step_is_walked_in_slack[sqlite]", "test_an_email_cannot_finish_what_asks_for_more")
    assert not re.search(r"^(FAILED|ERROR) tests", ran.printed, re.M), ran.printed
