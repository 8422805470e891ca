"""The bot works as an installed wheel, in a folder that is not the checkout."""

import ast
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing in its environment but PATH and what is given."""
    return subprocess.run(
        [*map(str, command)],
        cwd=cwd, env={"PATH": "/usr/bin:/bin"} | environment, stdin=subprocess.DEVNULL,
        check=False, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel is installed; its dependencies are those of the tests."""
    target = tmp_path_factory.mktemp("installed")
    done = run(
        sys.executable, "-m", "pip", "--disable-pip-version-check", "install",
        "--no-deps", "--no-index", "--quiet", "--target", target, wheel, cwd=target,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def python(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the installed bot, away from the checkout; warnings are errors."""
    return run(sys.executable, "-W", "error", *arguments, cwd=cwd, PYTHONPATH=str(installed), HOME=str(cwd))


#: What makes bot/localslack a package of its own, which the bot's wheel has no use for.
SECOND_WHEEL = {"bot/localslack/pyproject.toml", "bot/localslack/README.md"}


def checkout_files(folder: str) -> set[str]:
    """Names of the files of a folder of the checkout, without what Python and the system leave in it."""
    return {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")
    }


def test_the_wheel_has_the_words_beside_the_code(wheel: Path) -> None:
    """Every file of templates/ is in the wheel as bot/templates/."""
    expected = {f"bot/{name}" for name in checkout_files("templates")}

    assert expected
    assert set() == expected - set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_has_all_of_the_package(wheel: Path) -> None:
    """Code, type marker and every other file of it, such as a web page, are in the wheel, the listeners inside."""
    expected = checkout_files("bot") - SECOND_WHEEL | {f"bot/{name}" for name in checkout_files("handlers")}
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("bot/")}
    beside_the_code = {name for name in shipped if name.startswith("bot/templates/")}
    beside_the_code |= {"bot/manifest.yml", "bot/.env.example"}

    assert expected
    assert expected == shipped - beside_the_code


def test_the_listeners_have_one_name() -> None:
    """In a checkout, handlers/ could be imported by itself, too: everything in it would be there twice."""
    naming = [
        str(file.relative_to(ROOT))
        for folder in ("bot", "handlers", "tests")
        for file in (ROOT / folder).rglob("*.py")
        if re.search(r"^\s*(?:from|import) handlers\b", file.read_text("utf-8"), re.MULTILINE)
    ]

    assert [] == naming


def test_the_wheel_can_make_a_database(wheel: Path) -> None:
    """The migrations and the script that runs them are in the wheel."""
    names = zipfile.ZipFile(wheel).namelist()
    migrations = [
        name.removeprefix("bot/repository/migrations/") for name in names if "/repository/migrations/" in name
    ]

    assert "env.py" in migrations
    assert any(name.startswith("versions/") and name.endswith(".py") for name in migrations)


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    """No test, no setting, no database of the developer, and no second package of a name that others may have."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {"bot"} == {top for top in tops if not top.endswith(".dist-info")}


def test_the_installed_bot_is_found_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    """Code, words and migrations all come from where the wheel was installed."""
    program = (
        "import bot, bot.handlers, pathlib\n"
        "home = pathlib.Path(bot.__file__).parent\n"
        "assert any((home / 'templates').rglob('*.*')), 'no templates'\n"
        "assert (home / 'repository' / 'migrations' / 'env.py').exists(), 'no migrations'\n"
        "print(home)\nprint(pathlib.Path(bot.handlers.__file__).parent)\n"
    )

    ran = python(installed, tmp_path, "-c", program)

    assert ([str(installed / "bot"), str(installed / "bot" / "handlers")], "") == (ran.stdout.split(), ran.stderr)


def test_the_installed_command_line_answers(installed: Path, tmp_path: Path) -> None:
    """`python -m bot --help` and the eco-bot script name the commands, without any setting."""
    by_module = python(installed, tmp_path, "-m", "bot", "--help")
    by_script = python(installed, tmp_path, str(installed / "bin" / "eco-bot"), "--help")

    for ran in (by_module, by_script):
        assert (0, "") == (ran.returncode, ran.stderr)
        assert [] == [name for name in ("serve", "sandbox", "check", "migrate") if name not in ran.stdout]


def test_the_installed_command_calls_itself_by_its_own_name(installed: Path, tmp_path: Path) -> None:
    """In its usage and in what it says to do, and so does `python -m bot` of itself."""
    script = (str(installed / "bin" / "eco-bot"),)
    for called, words in ((script, "eco-bot"), (("-m", "bot"), "python -m bot")):
        usages = [python(installed, tmp_path, *called, *each, "--help") for each in ((), ("list",), ("sandbox",))]
        refused = python(installed, tmp_path, *called, "backup")

        assert [True] * 3 == [each.stdout.startswith(f"usage: {words} ") for each in usages]
        assert f"Say where: {words} backup s3://bucket/key, or set ECO_BACKUP_S3.\n" == refused.stderr


def test_no_sentence_names_the_program_by_itself() -> None:
    """Docstrings and comments apart, code and templates ask `command_line` for a command."""
    naming = {
        str(file.relative_to(ROOT))
        for folder in ("bot", "handlers", "templates")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in {".py", ".j2", ".html"} and file.name != "program_name.py"
        if any(names_the_program(text) for text in texts_of(file))
    }

    assert set() == naming


def names_the_program(text: str) -> bool:
    """Whether a text gives a command to run, such as `python -m bot check`."""
    return bool(re.search(r"python -m bot|eco-bot [a-z]", text))


def texts_of(file: Path) -> list[str]:
    """A template, or the texts of a module but its docstrings."""
    if file.suffix != ".py":
        return [file.read_text("utf-8")]
    tree = ast.parse(file.read_text("utf-8"))
    documented = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    docstrings = {id(node.body[0].value) for node in documented if node.body and isinstance(node.body[0], ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


def test_the_installed_command_writes_the_files_that_an_operator_needs(installed: Path, tmp_path: Path) -> None:
    """Twice into the same folder, and over no file that somebody has changed."""
    script, names = str(installed / "bin" / "eco-bot"), ("manifest.yml", ".env.example")
    first, second = (python(installed, tmp_path, script, "files", "new/folder") for _ in range(2))
    written = [tmp_path / "new/folder" / name for name in names]

    assert (0, 0) == (first.returncode, second.returncode)
    assert "Written: new/folder/manifest.yml and new/folder/.env.example.\n" == first.stdout == second.stdout
    assert [(ROOT / name).read_bytes() for name in names] == [file.read_bytes() for file in written]

    written[0].write_text("mine")
    refused = python(installed, tmp_path, script, "files", "new/folder")
    assert (1, "") == (refused.returncode, refused.stdout)
    assert "new/folder/manifest.yml: there already" in refused.stderr
    assert "mine" == written[0].read_text()


def test_a_folder_that_cannot_be_made_is_told(installed: Path, tmp_path: Path) -> None:
    """In a sentence, with exit code 1."""
    (tmp_path / "file").write_text("")

    refused = python(installed, tmp_path, "-m", "bot", "files", "file/folder")

    assert 1 == refused.returncode
    assert refused.stderr.startswith("The files cannot be written: file/folder")
    assert "Traceback" not in refused.stderr


def test_the_installed_bot_needs_nothing_of_the_demos(installed: Path, tmp_path: Path) -> None:
    """Everything that serves a real workspace is imported where PyYAML is not installed."""
    program = (
        "import sys\n"
        "sys.modules['yaml'] = None\n"
        "import bot.app, bot.checks, bot.serving, bot.backup.backup_commands, bot.handlers\n"
        "from bot.__main__ import main\n"
        "sys.exit(main(['migrate']))"
    )

    ran = python(installed, tmp_path, "-c", program)

    assert (0, "") == (ran.returncode, ran.stderr)


def test_the_installed_demo_has_its_manifest(installed: Path, tmp_path: Path) -> None:
    """The app in the local Slack is that of manifest.yml, which the wheel brings along."""
    program = "from bot.demo.demo_workspace import manifest; print(manifest()['features']['bot_user']['display_name'])"

    ran = python(installed, tmp_path, "-c", program)

    assert ("Eco", "") == (ran.stdout.strip(), ran.stderr)


def test_the_interpreter_of_this_test_has_no_checkout_installed() -> None:
    """The tests above would prove nothing if the bot could also be found beside its dependencies."""
    site = Path(sysconfig.get_path("purelib"))

    assert not (site / "bot").exists()
    assert [] == list(site.glob("*eco_enrollment_bot*"))
