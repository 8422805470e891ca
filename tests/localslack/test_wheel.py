"""The local Slack as a package of its own: built from the same sources, installed without the bot, its README run."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "bot" / "localslack"
README = (PACKAGE / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
#: Says at the end what was imported from elsewhere.
EPILOGUE = "\nimport sys\nassert not {'bot', 'handlers'} & sys.modules.keys(), 'the bot was imported'\n"


def run(*command: str | Path, cwd: Path, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing in its environment but PATH and what is given."""
    return subprocess.run(
        [*map(str, command)],
        cwd=cwd, env={"PATH": "/usr/bin:/bin"} | environment, input=stdin,
        check=False, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel that is built from it, without the network."""
    folder = tmp_path_factory.mktemp("built")
    done = run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, PACKAGE, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel is installed; its dependencies are those of the tests."""
    target = tmp_path_factory.mktemp("installed")
    done = run(
        sys.executable, "-m", "pip", "--disable-pip-version-check", "install",
        "--no-deps", "--no-index", "--quiet", "--target", target, *built.glob("*.whl"), cwd=target,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def python(installed: Path, cwd: Path, program: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program with the installed package, away from the checkout."""
    return run(sys.executable, "-W", "error", "-c", program + EPILOGUE, cwd=cwd, stdin=stdin, PYTHONPATH=str(installed))


def test_the_wheel_has_all_of_the_package_under_its_own_name(built: Path) -> None:
    """Every module and every file of the page, and nothing beside them."""
    [wheel] = built.glob("*.whl")
    expected = {
        f"localslack/{file.relative_to(PACKAGE).as_posix()}"
        for file in PACKAGE.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.name not in ("pyproject.toml", "README.md")
    }

    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert expected == names


def test_the_source_distribution_can_be_built_again(built: Path) -> None:
    """It has what the wheel is built from: the project file and the README too."""
    [archive] = built.glob("*.tar.gz")
    with tarfile.open(archive) as sources:
        names = {name.partition("/")[2] for name in sources.getnames()}

    assert {"pyproject.toml", "README.md", "__init__.py", "page/static/index.html"} < names


def test_the_readme_starts_it_for_a_small_bolt_app(installed: Path, tmp_path: Path) -> None:
    """An app with a manifest of its own and one command: a person types it and sees the answer, as the README says."""
    example = EXAMPLES[0]

    ran = python(installed, tmp_path, example)

    assert (re.findall(r"print\(.*\)  # (.*)", example), "") == (ran.stdout.splitlines(), ran.stderr)
    assert ["Hello, world!"] == ran.stdout.splitlines()


def test_the_readmes_page_can_be_looked_at(installed: Path, tmp_path: Path) -> None:
    """It says its address and ends in order."""
    ran = python(installed, tmp_path, EXAMPLES[1], stdin="\n")

    assert (0, "") == (ran.returncode, ran.stderr)
    assert re.search(r"The workspace is at http://127\.0\.0\.1:\d+\.", ran.stdout)


def test_the_readmes_app_can_be_installed(installed: Path, tmp_path: Path) -> None:
    """Its program about OAuth runs to its end."""
    ran = python(installed, tmp_path, EXAMPLES[2])

    assert (0, "", "") == (ran.returncode, ran.stdout, ran.stderr)


def test_the_readmes_organization_has_two_workspaces(installed: Path, tmp_path: Path) -> None:
    """Its program about a Grid runs to its end."""
    ran = python(installed, tmp_path, EXAMPLES[3])

    assert (0, "", "") == (ran.returncode, ran.stdout, ran.stderr)


def test_the_installed_package_has_its_page(installed: Path, tmp_path: Path) -> None:
    """The page's files are found where the wheel was installed."""
    program = (
        "import urllib.request\n"
        "from localslack import LocalSlack, PageState, TimeMachine\n"
        "clock = TimeMachine()\n"
        "with LocalSlack.start(clock, page=PageState(clock)) as slack:\n"
        "    for path in ('/', '/page/static/main.js', '/page/setup'):\n"
        "        with urllib.request.urlopen(slack.base_url + path) as answer:\n"
        "            print(answer.status, len(answer.read()) > 100)\n"
    )

    ran = python(installed, tmp_path, program)

    assert (["200 True"] * 3, "") == (ran.stdout.splitlines(), ran.stderr)


def test_every_example_of_the_readme_is_run() -> None:
    """An example that nobody runs would go wrong one day."""
    assert 4 == len(EXAMPLES)
