"""boto3 is imported by the first check of AWS, not at the start."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROCESS = """
import sys
from datetime import timedelta
from bot.app import Application, aws_inspector
from bot.clock import SystemClock
from bot.domain.access import Actor
from bot.domain.lifecycle import Position
from bot.use_cases import Caller, StartForm
from bot.settings import load
from tests.support.steps import StepKey

environ = {"DATABASE_URL": sys.argv[1], "SLACK_BOT_TOKEN": "xoxb-test", "SLACK_SIGNING_SECRET": "0" * 32}
settings = load(environ | dict(pair.split("=") for pair in sys.argv[2:]), env_file=None)
app = Application(settings, SystemClock(), aws=aws_inspector(settings, SystemClock()), workers=0)
app.database.migrate()
position = Position(StepKey.CONNECT_ACCOUNT, waiting=True)
form = StartForm("123456789012", "Acme", "C1", "U1", position=position, values={"spot_org_id": "606079874885"})
app.enrollments.start(Caller("", Actor("U1")), form)
print(app.file_watch.run_once(app.workspace.id), "boto3" in sys.modules)
app.stop(4.0)
"""


def ran(database_url: str, *settings: str) -> str:
    """The output of a process with an enrollment that waits for its files, after it has run what is due."""
    command = [sys.executable, "-W", "error", "-c", PROCESS, database_url, *settings]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return process.stdout.strip()


def test_a_bot_without_aws_never_imports_boto3(sqlite_url: str) -> None:
    """Neither at the start nor by the hourly check, although an enrollment waits for files."""
    assert "0 False" == ran(sqlite_url)


def test_a_bot_with_a_role_imports_it_with_the_first_look(sqlite_url: str) -> None:
    """The same process with a role, to show that the check is what imports it."""
    assert "1 True" == ran(sqlite_url, "ECO_AWS_ROLE=eco-bot")
