"""A tenth step is one entry of the procedure and its templates, and enrollments of before keep what they are."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.domain.lifecycle import Position
from bot.repository.database import Database
from tests.domain.building import KEYS, with_lists
from tests.support.steps import StepKey
from tests.use_cases.asking import Desk, caller

ROOT = Path(__file__).parents[2]


def with_ten_steps(*tests: str, env: Mapping[str, str] | None = None) -> None:
    """Run tests of ten_steps.py in a process whose procedure has ten steps."""
    file = Path(__file__).with_name("ten_steps.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.growing.tenth_step"]
    chosen = [f"{file}::{test}" for test in tests]
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(
        [*command, *chosen], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert 0 == done.returncode, done.stdout + done.stderr


def fill(database: Database) -> None:
    """Enrollments at several stages, made while the procedure has nine steps."""
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


def test_enrollments_of_before_the_step_keep_what_they_are(database_url: str) -> None:
    """On both databases: what use cases give is what is read back; counts, states and reminders agree."""
    database = Database(database_url)
    database.migrate()
    fill(database)
    database.close()

    with_ten_steps(
        "test_use_cases_on_existing_enrollments_keep_what_they_do",
        "test_a_resumed_enrollment_gets_the_step",
        env={"GROWN_DATABASE": database_url},
    )


def test_the_bot_adds_the_step_when_it_starts(database_url: str) -> None:
    """On both databases: enrollments under way get it, completed ones stay completed."""
    database = Database(database_url)
    database.migrate()
    fill(database)
    database.close()

    with_ten_steps(
        "test_existing_enrollments_get_the_step",
        "test_a_completed_enrollment_can_take_the_step_up",
        env={"GROWN_DATABASE": database_url},
    )


def test_a_tenth_step_is_one_entry() -> None:
    """It is walked through Slack with nothing else changed."""
    with_ten_steps("test_the_step_is_walked_in_slack", "test_an_email_cannot_finish_what_asks_for_more")
