"""Keys of steps, waits and tickets stand in the procedure only: code and templates ask it for what they need."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.usual_procedure import PROCEDURE, WAITS

ROOT = Path(__file__).parents[1]
KEYS = {spec.key for spec in PROCEDURE} | set(WAITS) | {spec.ticket for spec in PROCEDURE if spec.ticket}

#: The procedure itself, migrations, which say what was at their time, and the story that the demo plays.
MAY = ("bot/domain/procedure.py", "bot/repository/migrations/", "bot/demo/demo_enrollments.py")


def in_python(source: str) -> Iterator[str]:
    """The keys that a module names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in KEYS:
            yield f"{node.lineno}: {node.value}"


def in_template(source: str) -> Iterator[str]:
    """The keys that a template names."""
    for number, line in enumerate(source.splitlines(), 1):
        yield from (f"{number}: {word}" for word in re.findall(r"""["'](\w+)["']""", line) if word in KEYS)


def files(folders: Iterable[str], pattern: str) -> list[Path]:
    """The files of the product."""
    found = [file for folder in folders for file in sorted((ROOT / folder).rglob(pattern))]
    return [file for file in found if not str(file.relative_to(ROOT)).startswith(MAY)]


@pytest.mark.parametrize("file", files(("bot", "handlers"), "*.py"), ids=lambda file: str(file.relative_to(ROOT)))
def test_no_code_names_a_key(file: Path) -> None:
    """A key in code would be a branch that a new step, or another procedure, does not take."""
    assert [] == list(in_python(file.read_text()))


@pytest.mark.parametrize("file", files(("templates",), "*.j2"), ids=lambda file: str(file.relative_to(ROOT)))
def test_no_template_names_a_key(file: Path) -> None:
    """A template branches on what the procedure says of a step, not on its key."""
    assert [] == list(in_template(file.read_text()))


def test_a_key_would_be_seen() -> None:
    """Code and templates that name one are caught."""
    assert ["1: nudge"] == list(in_python('wait = "nudge"'))
    assert ["2: sign_up"] == list(in_template("{% if x %}\n{% if spec.key == 'sign_up' %}"))
