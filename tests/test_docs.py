"""Check the documentation against the code: settings, commands, metrics, verbs, buttons, rooms, links and paths."""

import re
from collections import Counter
from pathlib import Path

import pytest

from bot.__main__ import COMMANDS
from bot.domain.actions import Action
from bot.handlers import slash_command
from bot.presentation.buttons import ENROLLMENT_LABELS
from bot.settings import SETTINGS
from bot.telemetry.metrics import METRICS
from tests.support.usual_procedure import PROCEDURE

ROOT = Path(__file__).parents[1]
OPERATING = (ROOT / "docs/OPERATING.md").read_text()
USER_GUIDE = (ROOT / "docs/USER_GUIDE.md").read_text()
ARCHITECTURE = (ROOT / "docs/ARCHITECTURE.md").read_text()
#: Every page of documentation.
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob(".github/*.md")]
)
#: A path of the repository in a sentence or a code block: a file with its ending, or a folder with its slash.
PATH = re.compile(
    r"(?<![\w./-])(?:bot|docs|handlers|templates|tests)/[\w./-]*(?:/|\.(?:j2|js|json|md|py|toml|txt|yaml))(?![\w<])"
)


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_every_setting_is_documented(name: str) -> None:
    """An operator finds every variable in docs/OPERATING.md."""
    assert f"`{name}`" in OPERATING


def test_no_documented_setting_is_made_up() -> None:
    """The code reads every variable in the table of settings."""
    table = OPERATING.split("## Settings")[1].split("## Health")[0]
    documented = {
        name for row in re.findall(r"^\| (`[A-Z].*?) \|", table, re.M) for name in re.findall("`([A-Z0-9_]+)`", row)
    }
    assert {setting.name for setting in SETTINGS} == documented


@pytest.mark.parametrize("name", [metric.name for metric in METRICS])
def test_every_metric_is_documented(name: str) -> None:
    """Every metric is in docs/OPERATING.md."""
    assert f"`{name}" in OPERATING


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    """Every verb of the command line is in docs/OPERATING.md."""
    assert f"python -m bot {command}" in OPERATING


@pytest.mark.parametrize("verb", slash_command.VERBS)
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
    """The drawing in docs/ARCHITECTURE.md shows exactly the rooms that exist."""
    drawing = ARCHITECTURE.split("```")[1]
    drawn = set(re.findall(r"^  (\w+(?:/|\.py))", drawing, re.M))
    there = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in (ROOT / "bot").iterdir()
        if (path.is_dir() and not path.is_symlink() and (path / "__init__.py").exists()) or path.suffix == ".py"
    } - {"__init__.py"}
    assert there == drawn


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    """A link or a picture of the documentation points to a file that exists."""
    text = (ROOT / page).read_text()
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    missing = [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()]
    assert [] == missing


def paths_in(text: str) -> list[str]:
    """The paths of files and folders of this repository that a text names."""
    return PATH.findall(text)


@pytest.mark.parametrize("page", PAGES)
def test_the_paths_on_a_page_exist(page: str) -> None:
    """A file or a folder that a page names is in the repository, so a renamed file takes its mentions along."""
    missing = [path for path in paths_in((ROOT / page).read_text()) if not (ROOT / path).exists()]
    assert [] == missing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see `bot/app.py`, then templates/cards/open.j2.", ["bot/app.py", "templates/cards/open.j2"]),
        ("`tests/domain/`: tables", ["tests/domain/"]),
        ("[policy](docs/aws/read-only-policy.json)", ["docs/aws/read-only-policy.json"]),
        ("https://api.slack.com/docs/page.md, s3://my-bot/bot/x.py, python -m bot", []),
        ("templates/tickets/<name>.txt.j2", []),
    ],
)
def test_paths_are_recognized(text: str, expected: list[str]) -> None:
    """Paths of this repository are found in a sentence; addresses and patterns are left alone."""
    assert expected == paths_in(text)


@pytest.mark.parametrize("page", PAGES)
def test_no_heading_occurs_twice(page: str) -> None:
    """A link to a heading leads to one place."""
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text(), flags=re.M | re.S)
    counted = Counter(heading.lower() for heading in re.findall(r"^#+ +(.+?) *$", text, re.M))
    chapters = {"before you upgrade", "added", "changed", "fixed", "removed", "security"}
    repeated = chapters if page == "CHANGELOG.md" else set()
    assert [] == [heading for heading, count in counted.items() if count > 1 and heading not in repeated]


def test_each_row_of_the_security_page_names_a_test() -> None:
    """What docs/SECURITY.md says is shown by a test; the paths are checked above."""
    page = (ROOT / "docs/SECURITY.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("|") and not line.startswith("|---")]
    claims = [line for line in rows if not line.rstrip().endswith("| test |")]

    assert len(claims) > 20
    assert [] == [line for line in claims if not re.search(r"\| `tests/[\w/]+\.py` \|$", line)]
