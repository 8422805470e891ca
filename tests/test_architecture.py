"""Imports are held to the layout that docs/ARCHITECTURE.md draws: an allow-list for every room, no circles.

Every rule is a row with its reason and a breach that it must catch, so that a rule gone blind fails too.
"""

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.support.basic_rooms import BASIC_ROOMS
from tests.support.command_rooms import COMMAND_ROOMS
from tests.support.import_rules import ACROSS, room
from tests.support.imports import ANYTHING, STDLIB, Module, Rule, cycles, read_modules, room_of, speaks_for
from tests.support.installation_rooms import INSTALLATION_ROOMS

ROOT = Path(__file__).parents[1]
LONGEST_FILE = 300


ROOMS = {
    **BASIC_ROOMS,
    **COMMAND_ROOMS,
    **INSTALLATION_ROOMS,
    "bot.app": room(
        "bot.app",
        *("bot.checks", "bot.clock", "bot.delivery", "bot.domain", "bot.fair_threads", "bot.ownership"),
        *(
            "bot.api",
            "bot.drawing",
            "bot.housekeeping",
            "bot.installed",
            "bot.presentation",
            "bot.process_parts",
            "bot.repository",
            "bot.settings",
            "bot.slack",
            "bot.use_cases",
        ),
        *("bot.workspace", "bot.handlers", "slack_bolt", "sqlalchemy"),
        because="the composition root builds the bot and knows nothing of its demo or of serving",
        breach=("bot/app.py", "from bot.localslack import server"),
    ),
    "bot.__main__": room(
        "bot.__main__",
        *("bot.aws_command", "bot.backup", "bot.clock", "bot.delivery.export_command", "bot.demo"),
        *(
            "bot.command_arguments",
            "bot.command_settings",
            "bot.data_commands",
            "bot.delivery.put_aside",
            "bot.import_command",
            "bot.template_check",
        ),
        *("bot.portfolio_commands", "bot.procedure_commands", "bot.shipped_files", "bot.slack_commands"),
        *("bot.repository", "bot.settings", "bot.telemetry", "sqlalchemy"),
        because="the command line starts things and does none of their work",
        breach=("bot/__main__.py", "from bot.delivery import dispatcher"),
    ),
    "bot.housekeeping": room(
        "bot.housekeeping",
        *("bot.domain", "bot.repository", "bot.telemetry.log_context", "bot.use_cases", "bot.workspace"),
        because="it only says what is done every hour",
        breach=("bot/housekeeping.py", "from bot.delivery import dispatcher"),
    ),
    "bot.process_metrics": room(
        "bot.process_metrics",
        *("bot.backup", "bot.delivery", "bot.domain", "bot.repository", "bot.telemetry", "bot.use_cases", "sqlalchemy"),
        because="what is counted has nothing to do with who asks for it",
        breach=("bot/process_metrics.py", "from bot.serving import run"),
    ),
    "bot.ownership": room(
        "bot.ownership",
        *("bot.repository", "bot.settings", "bot.slack", "bot.telemetry", "bot.workspace", "sqlalchemy"),
        because="whose rows there are has nothing to do with what is said or changed",
        breach=("bot/ownership.py", "from bot.use_cases import Enrollments"),
    ),
    "bot.api": room(
        "bot.api",
        *("bot.domain", "bot.repository", "bot.serving.program_requests", "bot.telemetry.log_context"),
        *("bot.use_cases", "sqlalchemy"),
        because="other programs get what people get, and no message comes of it but by a use case",
        breach=("bot/api/requests.py", "from bot.delivery import outbox"),
    ),
    "bot.setup_check": room(
        "bot.setup_check",
        *("bot.domain", "bot.repository", "bot.settings", "bot.shipped_files", "bot.slack", "slack_sdk", "sqlalchemy"),
        because="a setup can be tried without the bot that it is for",
        breach=("bot/setup_check.py", "from bot.app import Application"),
    ),
    "bot.workspace": room(
        "bot.workspace",
        *("bot.domain.access", "bot.slack", "slack_bolt"),
        because="a workspace is a token with its clients, whatever is done through them",
        breach=("bot/workspace.py", "from bot.use_cases import Enrollments"),
    ),
    "bot.domain": room(
        "bot.domain",
        "bot.language",
        because="the procedure must be testable, and true, without any library",
        breach=("bot/domain/procedure.py", "from sqlalchemy import select"),
    ),
    "bot.use_cases": room(
        "bot.use_cases",
        *("bot.repository", "bot.domain", "bot.language", "bot.list_files"),
        *("bot.delivery.outbox", "bot.delivery.outbox_writer"),
        *(
            "bot.delivery.completions",
            "bot.delivery.outbox_removal",
            "bot.delivery.email_outbox",
            "bot.delivery.channel_leases.closed_channels",
            "bot.delivery.email_sender.EmailSettlement",
            "bot.telemetry.log_context",
        ),
        because="a use case writes to the outbox in its transaction, and never waits for Slack",
        breach=("bot/use_cases/enrollments.py", "from bot.delivery import dispatcher"),
    ),
    "bot.repository": room(
        "bot.repository",
        *("bot.domain", "bot.language", "bot.telemetry.log_context", "sqlalchemy", "alembic", "psycopg"),
        because="how rows are stored has nothing to do with who shows or changes them",
        breach=("bot/repository/audit.py", "from bot.delivery import outbox"),
    ),
    "bot.delivery": room(
        "bot.delivery",
        *("bot.repository", "bot.presentation", "bot.slack", "bot.domain", "bot.webhook_client", "sqlalchemy"),
        *("bot.language", "bot.telemetry.log_context"),
        because="delivery sends what is owed and decides nothing about an enrollment",
        breach=("bot/delivery/dispatcher.py", "from bot.use_cases import Enrollments"),
    ),
    "bot.presentation": room(
        "bot.presentation",
        *("bot.domain", "bot.language", "icalendar", "jinja2"),
        because="messages are values: they can be read and tested without a database and without Slack",
        breach=("bot/presentation/card.py", "from bot.repository import search"),
    ),
    "bot.drawing": room(
        "bot.drawing",
        "matplotlib",
        because="a picture is drawn in a process of its own, which knows nothing of the bot",
        breach=("bot/drawing/timeline_chart.py", "from bot.domain import timeline"),
    ),
    "bot.list_files": room(
        "bot.list_files",
        *("bot.domain", "bot.language", "openpyxl"),
        because="what a file says has nothing to do with where it came from and what is done with it",
        breach=("bot/list_files/table.py", "from bot.slack import gateway"),
    ),
    "bot.slack": room(
        "bot.slack",
        *("bot.domain", "slack_sdk"),
        because="calling Slack is the same whatever is said",
        breach=("bot/slack/gateway.py", "from bot.presentation import card"),
    ),
    "bot.checks": room(
        "bot.checks",
        *("bot.domain", "boto3", "botocore", "mypy_boto3_sesv2"),
        because="what AWS answers has nothing to do with who stores or shows it",
        breach=("bot/checks/aws_queries.py", "from bot.repository import search"),
    ),
    "bot.backup": room(
        "bot.backup",
        *("bot.settings", "bot.repository", "bot.domain", "bot.delivery.outbox.mark_possibly_sent"),
        *("boto3", "botocore", "mypy_boto3_s3", "sqlalchemy"),
        because="a copy of the database is the same whatever runs on it",
        breach=("bot/backup/restore.py", "from bot.app import Application"),
    ),
    "bot.serving": room(
        "bot.serving",
        *("bot.fair_threads", "bot.settings", "bot.telemetry", "aiohttp", "slack_bolt", "slack_sdk", "waitress"),
        because="requests are taken in alike, whatever they ask for",
        breach=("bot/serving/service.py", "from bot.use_cases import Enrollments"),
    ),
    "bot.settings": room(
        "bot.settings",
        *("bot.domain", "bot.language", "bot.repository.database_url", "bot.telemetry.masking", "dotenv", "pydantic"),
        because="settings are values that others are given",
        breach=("bot/settings/environment.py", "from bot.backup import backup_facts"),
    ),
    "bot.telemetry": room(
        "bot.telemetry",
        "prometheus_client",
        because="logs and metrics take values and depend on nothing that they report",
        breach=("bot/telemetry/logs.py", "from bot.settings import Settings"),
    ),
    "bot.localslack": Rule(
        modules=("bot.localslack",),
        never=(ANYTHING,),
        because="it is a package of its own, for any Bolt app, that knows nothing of this one",
        breach=("bot/localslack/server.py", "import bot"),
        but=(STDLIB, "bot.localslack", "aiohttp"),
    ),
    "bot.demo": room(
        "bot.demo",
        *("bot.localslack", "bot.app", "bot.serving", "bot.settings", "bot.use_cases", "bot.domain", "aiohttp", "yaml"),
        "bot.shipped_files",
        because="the demo runs the bot as an operator does, and changes enrollments as its handlers do",
        breach=("bot/demo/tour.py", "from bot.repository import search"),
    ),
    "bot.handlers": room(
        "bot.handlers",
        *("bot.use_cases", "bot.presentation", "bot.slack", "bot.workspace", "bot.domain", "bot.list_files"),
        *("bot.language", "bot.telemetry.log_context", "slack_bolt", "slack_sdk"),
        because="a handler parses, calls one use case and answers: no SQL, no template, no AWS call",
        breach=("handlers/ticket_lists.py", "from bot import repository"),
    ),
}

RULES = ROOMS | ACROSS


@pytest.fixture(scope="module")
def modules() -> dict[str, Module]:
    """Every module of the bot, as it is now."""
    return read_modules(ROOT, "bot", "handlers")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_imports_point_one_way(rule: Rule, modules: dict[str, Module]) -> None:
    """No module uses what its room must not know."""
    assert [] == rule.breaches(modules.values())


def test_every_room_has_exactly_one_allow_list(modules: dict[str, Module]) -> None:
    """Whatever is new in bot/ says what it may use, before it uses anything."""
    assert set(ROOMS) == {room_of(name) for name in modules} - {"bot"}


def test_no_rooms_use_each_other(modules: dict[str, Module]) -> None:
    """There is an order in which every room can be understood after those it uses."""
    assert [] == cycles(modules, room_of)


def test_file_names_are_unique() -> None:
    """An order to open delivery.py means one file of the bot."""
    names = Counter(file.name for file in (ROOT / "bot").rglob("*.py") if file.name != "__init__.py")

    assert {} == {name: count for name, count in names.items() if count > 1}


def test_no_modules_import_each_other(modules: dict[str, Module]) -> None:
    """There is an order in which every module can be understood after those it uses."""
    assert [] == cycles(modules)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_speaks_of_rooms_that_exist(rule: Rule, modules: dict[str, Module]) -> None:
    """A renamed package takes its rule along: one about nothing would hold for ever."""
    named = [
        *rule.modules,
        *rule.apart_from,
        *(name for name in rule.never if speaks_for(("bot",), name)),
    ]

    assert [] == [name for name in named if not any(speaks_for([name], module) for module in modules)]


def test_every_module_says_what_it_owns(modules: dict[str, Module]) -> None:
    """A file is a room with one owner, named in its docstring."""
    assert [] == [str(module.path) for module in modules.values() if not module.docstring]


def test_no_file_is_too_long() -> None:
    """A file of more than 300 lines has two owners."""
    files = (file for folder in ("bot", "handlers", "tests") for file in sorted((ROOT / folder).rglob("*.py")))
    lengths = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in files}

    assert {} == {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE}


def test_every_test_states_a_behavior() -> None:
    """A test reads as a sentence of the promise it keeps."""
    silent = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.name}"
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        if not ast.get_docstring(node)
    ]

    assert [] == silent
