"""The checker of imports, on made-up trees: it sees every way of importing, every ring, and nothing that is allowed."""

from pathlib import Path

import pytest

from tests.support.imports import Rule, cycles, read_modules, speaks_for
from tests.test_architecture import RULES


def write(root: Path, files: dict[str, str]) -> None:
    """Make a small tree of source files."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


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
        "import bot.repository.tables",
        "import bot.repository.tables as rows",
        "from bot.repository import tables",
        "from bot.repository.tables import *",
        "from bot import repository",
        "from .. import repository",
        "def later():\n    from bot.repository import tables",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bot.repository import tables",
        "import bot\nrows = bot.repository.tables",
    ],
)
def test_no_way_of_importing_escapes(line: str, tmp_path: Path) -> None:
    """However a module is imported or reached, the rule sees it."""
    write(tmp_path, {"handlers/pairs.py": line})

    assert RULES["bot.handlers"].breaches(read_modules(tmp_path, "handlers").values())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("handlers/pairs.py", "from bot.domain import inputs\nfrom bot.use_cases import Enrollments"),
        ("bot/slack/gateway.py", "from slack_sdk import WebClient"),
        ("bot/presentation/texts.py", "import bot\nhome = bot.__file__"),
        ("bot/app.py", "from bot.handlers import pairs\nfrom slack_bolt import App"),
        ("bot/domain/inputs.py", "import re\nfrom . import procedure\nfrom .procedure import Step"),
        ("botany.py", "import markupsafe"),
        ("bot/localslack/world.py", "import aiohttp\nfrom .server import Server"),
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
