"""The imports are held to the direction handlers -> enrollments, messaging -> storage -> domain.

Every rule is a row with its reason and a breach that it must catch, so that a rule gone blind fails too.
"""

import ast
from pathlib import Path

import pytest

from tests.support.imports import ANYTHING, STDLIB, Module, Rule, cycles, read_modules, speaks_for

ROOT = Path(__file__).parents[1]
LONGEST_FILE = 300

# Where the bot lies and which version it is, every room may ask.
ITSELF = ("=bot", "bot.__file__", "bot.__version__")

RULES = {
    "the domain is pure": Rule(
        modules=("bot.domain",),
        never=(ANYTHING,),
        but=(STDLIB, "bot.domain"),
        because="the procedure must be testable, and true, without any library",
        breach=("bot/domain/procedure.py", "from sqlalchemy import select"),
    ),
    "storage knows the domain only": Rule(
        modules=("bot.storage",),
        never=(ANYTHING,),
        but=(STDLIB, *ITSELF, "bot.storage", "bot.domain", "sqlalchemy", "alembic"),
        because="how rows are kept has nothing to do with who shows or changes them",
        breach=("bot/storage/outbox.py", "from bot.messaging import delivery"),
    ),
    "messaging shows what is stored": Rule(
        modules=("bot.messaging",),
        never=(ANYTHING,),
        but=(STDLIB, *ITSELF, "bot.messaging", "bot.storage", "bot.domain", "bot.pools", "slack_sdk", "jinja2"),
        because="what the bot says must not decide what happens",
        breach=("bot/messaging/card.py", "from bot.enrollments import Enrollments"),
    ),
    "use cases know storage and domain only": Rule(
        modules=("bot.enrollments",),
        never=(ANYTHING,),
        but=(STDLIB, *ITSELF, "bot.enrollments", "bot.storage", "bot.domain"),
        because="one transaction must not wait for Slack, and is the same whoever asks for it",
        breach=("bot/enrollments.py", "import slack_sdk"),
    ),
    "handlers parse, call and answer": Rule(
        modules=("handlers",),
        never=("sqlalchemy", "alembic", "jinja2", "boto3", "botocore", "bot.storage"),
        because="a handler has no SQL, no template and no AWS call: it calls a use case",
        breach=("handlers/pairs.py", "from bot import storage"),
    ),
    "only the composition root knows the handlers": Rule(
        modules=("bot",),
        apart_from=("bot.app",),
        never=("handlers",),
        because="arrows point from handlers to the bot",
        breach=("bot/enrollments.py", "import handlers.steps"),
    ),
    "only the checks talk to AWS": Rule(
        modules=("bot", "handlers"),
        apart_from=("bot.backup.store", "bot.checks"),
        never=("boto3", "botocore"),
        because="AWS is an option, behind doors that are opened when it is asked for",
        breach=("bot/messaging/gateway.py", "import boto3"),
    ),
    "the checks look and know nothing else": Rule(
        modules=("bot.checks",),
        never=(ANYTHING,),
        but=(STDLIB, *ITSELF, "bot.checks", "bot.domain", "boto3", "botocore", "mypy_boto3_sesv2"),
        because="what AWS says has nothing to do with who keeps or shows it",
        breach=("bot/checks/looking.py", "from bot.storage import records"),
    ),
    "the door of the checks is opened without boto3": Rule(
        modules=("bot.checks",),
        apart_from=("bot.checks.looking", "bot.checks.mail", "bot.checks.refusals", "bot.checks.sessions"),
        never=("boto3", "botocore"),
        because="boto3 is imported when somebody looks, and most processes never do",
        breach=("bot/checks/aws.py", "import boto3"),
    ),
    "only the clock schedules": Rule(
        modules=("bot", "handlers"),
        apart_from=("bot.clock",),
        never=("apscheduler",),
        because="what is owed lives in the database; the scheduler only wakes who looks",
        breach=("handlers/steps.py", "from apscheduler.schedulers.background import BackgroundScheduler"),
    ),
    "only the gateway calls Slack": Rule(
        modules=("bot", "handlers"),
        apart_from=("bot.messaging.gateway",),
        never=("*.WebClient", "*.AsyncWebClient"),
        because="pace, retries and lost answers are handled in one place",
        breach=("handlers/home.py", "import slack_sdk; slack_sdk.WebClient()"),
    ),
    "only commands build the bot": Rule(
        modules=("bot", "handlers"),
        apart_from=("bot.app", "bot.__main__", "bot.sandbox"),
        never=("bot.app",),
        because="the composition root knows all, so nothing else may know it",
        breach=("bot/clock.py", "from bot.app import build"),
    ),
    "the bot does not know the sandbox": Rule(
        modules=("bot", "handlers"),
        apart_from=("bot.sandbox", "bot.__main__"),
        never=("bot.sandbox",),
        because="nothing real may behave differently because it is being watched",
        breach=("bot/app.py", "from bot.sandbox import server"),
    ),
    "the sandbox uses the bot from outside": Rule(
        modules=("bot.sandbox",),
        never=("bot", "handlers"),
        but=(*ITSELF, "bot.sandbox", "bot.app", "bot.serving", "bot.settings"),
        because="a local Slack that knows the bot's inside proves nothing about it",
        breach=("bot/sandbox/server.py", "from bot.domain import procedure"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def modules() -> dict[str, Module]:
    """Every module of the bot, as it is now."""
    return read_modules(ROOT, "bot", "handlers")


def write(root: Path, files: dict[str, str]) -> None:
    """Make a small tree of source files."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_imports_point_one_way(rule: Rule, modules: dict[str, Module]) -> None:
    """No module uses what its room must not know."""
    assert [] == rule.breaches(modules.values())


def test_no_modules_import_each_other(modules: dict[str, Module]) -> None:
    """There is an order in which every module can be understood after those it uses."""
    assert [] == cycles(modules)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_speaks_of_rooms_that_exist(rule: Rule, modules: dict[str, Module]) -> None:
    """A renamed package takes its rule along: one about nothing would hold for ever."""
    named = [
        *rule.modules,
        *rule.apart_from,
        *(name for name in rule.never if speaks_for(("bot", "handlers"), name)),
    ]

    assert [] == [name for name in named if not any(speaks_for([name], module) for module in modules)]


def test_every_module_says_what_it_owns(modules: dict[str, Module]) -> None:
    """A file is a room with one owner, named in its docstring."""
    assert [] == [str(module.path) for module in modules.values() if not module.docstring]


def test_no_file_is_too_long() -> None:
    """A file of more than 300 lines has two owners."""
    files = read_modules(ROOT, "bot", "handlers", "tests").values()

    assert [] == [f"{module.path}: {module.lines}" for module in files if module.lines > LONGEST_FILE]


def test_every_test_states_a_behaviour() -> None:
    """A test reads as a sentence of the promise it keeps."""
    silent = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.name}"
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        if not ast.get_docstring(node)
    ]

    assert [] == silent


# --- The checker itself, on made-up trees ---


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_catches_its_breach(rule: Rule, tmp_path: Path) -> None:
    """A rule names the file, the line and the reason of the breach that it was made for, and nothing else."""
    name, line = rule.breach
    write(tmp_path, {name: f'"""A room."""\n\n{line}\n', "bot/domain/inputs.py": "import re\n"})

    [found] = rule.breaches(read_modules(tmp_path, "bot", "handlers").values())

    assert found.startswith(f"{name}:3: ")
    assert found.endswith(rule.because)


@pytest.mark.parametrize(
    "line",
    [
        "import bot.storage.models",
        "import bot.storage.models as rows",
        "from bot.storage import models",
        "from bot.storage.models import *",
        "from bot import storage",
        "from ..bot import storage",
        "def later():\n    from bot.storage import models",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bot.storage import models",
        "import bot\nrows = bot.storage.models",
    ],
)
def test_no_way_of_importing_escapes(line: str, tmp_path: Path) -> None:
    """However a module is imported or reached, the rule sees it."""
    write(tmp_path, {"handlers/pairs.py": line})

    assert RULES["handlers parse, call and answer"].breaches(read_modules(tmp_path, "handlers").values())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("handlers/pairs.py", "from bot.domain import inputs\nfrom bot.enrollments import Enrollments"),
        ("bot/messaging/gateway.py", "from slack_sdk import WebClient"),
        ("bot/messaging/texts.py", "import bot\nhome = bot.__file__"),
        ("bot/app.py", "from handlers import pairs\nfrom slack_bolt import App"),
        ("bot/domain/inputs.py", "import re\nfrom . import procedure\nfrom .procedure import Step"),
        ("bot/storage_notes.py", "import markupsafe"),
        ("bot/sandbox/world.py", "import aiohttp\nfrom bot.sandbox.server import Server"),
    ],
)
def test_what_is_allowed_is_not_reported(name: str, text: str, tmp_path: Path) -> None:
    """Arrows in the right direction pass every rule; a name that only begins alike is another name."""
    write(tmp_path, {name: text})
    modules = read_modules(tmp_path, "bot", "handlers").values()

    assert [] == [breach for rule in RULES.values() for breach in rule.breaches(modules)]


RINGS = {
    "a line": ({"bot/a.py": "import bot.b", "bot/b.py": "import bot.c", "bot/c.py": ""}, []),
    "a pair": (
        {"bot/a.py": "from bot import b", "bot/b.py": "from . import a"},
        ["bot.a -> bot.b -> bot.a"],
    ),
    "a ring of three, one hidden": (
        {"bot/a.py": "import bot.b", "bot/b.py": "def f():\n    import bot.c", "bot/c.py": "import bot.a"},
        ["bot.a -> bot.b -> bot.c -> bot.a"],
    ),
    "a package and its part": (
        {"bot/a/__init__.py": "from bot.a.b import x", "bot/a/b.py": "from bot.a import y"},
        ["bot.a -> bot.a.b -> bot.a"],
    ),
    "parts of a package": (
        {"bot/a/__init__.py": "from .b import x", "bot/a/b.py": "from bot.a import c", "bot/a/c.py": ""},
        [],
    ),
}


@pytest.mark.parametrize(("files", "expected"), RINGS.values(), ids=RINGS)
def test_rings_of_imports_are_found(files: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    """A ring is told as the way around it, also where one import hides inside a function."""
    write(tmp_path, files)

    assert expected == cycles(read_modules(tmp_path, "bot"))


def test_a_room_that_is_gone_is_noticed(tmp_path: Path) -> None:
    """Without its module a name in a rule speaks for nothing."""
    write(tmp_path, {"bot/clocks.py": ""})

    assert not any(speaks_for(["bot.clock"], module) for module in read_modules(tmp_path, "bot"))
