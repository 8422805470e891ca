"""The demo's workspace and app: manifest.yml as Slack would read it, five people, and what the page says of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.demo.demo_workspace import manifest, start_slack
from bot.localslack import NotPossible, PageState, TimeMachine
from tests.localslack.pages import ask

ROOT = Path(__file__).parents[2]


def test_the_app_is_the_one_of_the_manifest() -> None:
    """The file at the top of the checkout, whole."""
    assert yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8")) == manifest()


def test_the_page_knows_the_app_and_the_people(clock: TimeMachine) -> None:
    """Commands and shortcuts of the manifest, each person's part, and how to begin."""
    features = manifest()["features"]
    with start_slack(clock, page=PageState(clock)) as slack:
        setup = ask(slack, "/page/setup").json

    assert ("Eco Demo", "Eco", slack.bot_user_id) == (setup["team"], setup["app"], setup["bot"])
    assert [
        {"name": c["command"], "usage": c["usage_hint"], "description": c["description"], "escapes": c["should_escape"]}
        for c in features["slash_commands"]
    ] == setup["commands"]
    assert [
        {"callback_id": s["callback_id"], "name": s["name"], "kind": s["type"]} for s in features["shortcuts"]
    ] == setup["shortcuts"]
    assert {"FinOps", "admin", "other team", "Tokyo", ""} == {p["role"] for p in setup["people"]}
    assert setup["hint"].startswith("Type `/eco enroll` to start an enrollment")


def test_people_have_what_the_manifest_gives_them_and_nothing_else(clock: TimeMachine) -> None:
    """A command and a shortcut that the manifest does not have cannot be used."""
    with start_slack(clock) as slack:
        ana = slack.person("ana")
        with pytest.raises(NotPossible, match="not a valid command"):
            ana.command("/echo")
        with pytest.raises(NotPossible, match="no global shortcut"):
            ana.shortcut("eco_status")


@pytest.mark.parametrize(("module", "package"), [("yaml", "PyYAML")])
def test_without_its_packages_the_sandbox_says_what_to_install(tmp_path: Path, module: str, package: str) -> None:
    """One sentence on standard error, exit code 1, no traceback."""
    program = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from bot.__main__ import main\n"
        "sys.exit(main(['sandbox', '--no-browser']))"
    )

    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert (1, "") == (ran.returncode, ran.stdout)
    assert re.fullmatch(rf"The sandbox needs {package}\. .*make demo.*\[demo\].*\n", ran.stderr)
