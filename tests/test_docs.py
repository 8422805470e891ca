"""What the documentation says is held against the code: settings, commands, metrics, verbs, buttons, rooms."""

import re
from pathlib import Path

import pytest

from bot.__main__ import _COMMANDS
from bot.domain.actions import Action
from bot.domain.procedure import PROCEDURE
from bot.presentation.buttons import ENROLLMENT_LABELS
from bot.settings import SETTINGS
from bot.telemetry.metrics import METRICS
from handlers import slash_command

ROOT = Path(__file__).parents[1]
OPERATING = (ROOT / "docs/OPERATING.md").read_text()
USER_GUIDE = (ROOT / "docs/USER_GUIDE.md").read_text()
ARCHITECTURE = (ROOT / "docs/ARCHITECTURE.md").read_text()


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_every_setting_is_documented(name: str) -> None:
    """An operator finds every variable in docs/OPERATING.md."""
    assert f"`{name}`" in OPERATING


def test_no_documented_setting_is_made_up() -> None:
    """What the table of settings names, the code reads."""
    table = OPERATING.split("## Settings")[1].split("## Health")[0]
    documented = {
        name for row in re.findall(r"^\| (`[A-Z].*?) \|", table, re.M) for name in re.findall("`([A-Z0-9_]+)`", row)
    }
    assert {setting.name for setting in SETTINGS} == documented


@pytest.mark.parametrize("name", [metric.name for metric in METRICS])
def test_every_metric_is_documented(name: str) -> None:
    """Whoever sets up alerts finds every metric in docs/OPERATING.md."""
    assert f"`{name}" in OPERATING


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    """Every verb of the command line is in docs/OPERATING.md."""
    assert f"python -m bot {command}" in OPERATING


@pytest.mark.parametrize("verb", ["enroll", "list", "help", *slash_command._VERBS])
def test_every_verb_of_the_slash_command_is_documented(verb: str) -> None:
    """Every `/eco` verb is in the user guide."""
    assert f"/eco {verb}" in USER_GUIDE


@pytest.mark.parametrize("label", [*(action.label for action in Action), *ENROLLMENT_LABELS.values()])
def test_every_button_is_documented_by_its_words(label: str) -> None:
    """People search the documentation for what they read on a button."""
    assert label in USER_GUIDE


@pytest.mark.parametrize("title", [spec.title for spec in PROCEDURE])
def test_every_step_is_documented_by_its_title(title: str) -> None:
    """The user guide names the steps as the card does."""
    assert title in USER_GUIDE


def test_the_drawing_of_the_rooms_is_the_tree() -> None:
    """docs/ARCHITECTURE.md draws every room there is, and none that is not."""
    drawing = ARCHITECTURE.split("```")[1]
    drawn = set(re.findall(r"^  (\w+(?:/|\.py))", drawing, re.M))
    there = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in (ROOT / "bot").iterdir()
        if (path.is_dir() and (path / "__init__.py").exists()) or path.suffix == ".py"
    } - {"__init__.py"}
    assert there == drawn


@pytest.mark.parametrize(
    "page", sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    """A link or a picture of the documentation points to a file that exists."""
    text = (ROOT / page).read_text()
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    missing = [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()]
    assert [] == missing
