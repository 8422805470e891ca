"""`make release` in a copy of the checkout: what it refuses, what it makes, and that it publishes nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.release.artifacts import build_wheel
from tests.release.checks import faults, git, version_of

ROOT = Path(__file__).parents[2]
CHANGELOG = """\
# Changelog

## [Unreleased]

## [1.4.0] - 2027-01-31
### Added
- A thing.

## [1.3.0] - 2026-12-01
### Added
- Another thing.
"""
pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout of git")


def commit(root: Path) -> None:
    """Commit everything."""
    git(root, "add", "--all")
    git(
        root,
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.com",
        "commit",
        "--quiet",
        "--allow-empty",
        "--message=All",
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout that may be released as 1.4.0."""
    root = tmp_path / "checkout"
    (root / "bot/repository").mkdir(parents=True)
    (root / "bot/repository/tables.py").write_text('SCHEMA_REVISION = "1.0040"\n')
    (root / "bot/__init__.py").write_text('"""A bot."""\n\n__version__ = "1.4.0"\n')
    (root / "CHANGELOG.md").write_text(CHANGELOG)
    git(root, "init", "--quiet")
    commit(root)
    return root


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of this checkout, as it is now, that may be released."""
    root = tmp_path / "copy"
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, names):
        if (ROOT / name).exists() and name != ".venv":
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name, follow_symlinks=False)
    (root / "CHANGELOG.md").write_text(CHANGELOG.replace("1.4.0", version_of(ROOT)).replace("1.3.0", "0.0.1"))
    git(root, "init", "--quiet")
    commit(root)
    return root


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    """A change of a file, committed."""

    def change(root: Path) -> None:
        text = (root / name).read_text()
        assert old in text
        (root / name).write_text(text.replace(old, new, 1))
        commit(root)

    return change


def test_a_checkout_in_order_may_be_released(checkout: Path) -> None:
    """Its version has a chapter with a day and content, and nothing waits for the next one."""
    assert [] == faults(checkout)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda root: (root / "left.txt").write_text("x"), "Commit or remove what is not committed: left.txt."),
        (
            lambda root: [(root / f"{number}.txt").write_text("x") for number in range(5)],
            "Commit or remove what is not committed: 0.txt, 1.txt, 2.txt and 2 more.",
        ),
        (lambda root: git(root, "tag", "v1.4.0"), "There is a tag v1.4.0 already"),
        (edit("bot/__init__.py", "1.4.0", "soon"), "as three numbers, such as 1.4.0, not “soon”"),
        (edit("bot/__init__.py", "1.4.0", "1.5.0rc1"), "as three numbers, such as 1.4.0, not “1.5.0rc1”"),
        (edit("bot/__init__.py", "1.4.0", "1.5.0"), "CHANGELOG.md has no chapter “## [1.5.0] - DAY”."),
        (edit("bot/__init__.py", "1.4.0", "1.3.0"), "CHANGELOG.md has a chapter for 1.4.0 already"),
        (edit("CHANGELOG.md", "2027-01-31", "soon"), "Give the chapter [1.4.0] of CHANGELOG.md its day"),
        (edit("CHANGELOG.md", "### Added\n- A thing.\n", ""), "The chapter [1.4.0] of CHANGELOG.md says nothing."),
        (edit("CHANGELOG.md", "## [Unreleased]\n", ""), "needs the heading “## [Unreleased]”"),
        (
            edit("CHANGELOG.md", "## [Unreleased]\n", "## [Unreleased]\n- More.\n"),
            "Move what CHANGELOG.md has under [Unreleased] to the chapter [1.4.0]: “- More.” …",
        ),
    ],
)
def test_what_is_missing_is_told(checkout: Path, change: Callable[[Path], object], expected: str) -> None:
    """A sentence for each fault, and no other."""
    change(checkout)

    (fault,) = faults(checkout)

    assert expected in fault


@pytest.mark.parametrize(
    ("before", "schema", "expected"),
    [
        ("1.4.0", "1.0040", []),
        ("1.4.0", "1.0039", ["Version 1.4.0 has schema 1.0039, this one has 1.0040: raise the second number of"]),
        ("1.3.9", "1.0039", []),
        ("1.3.9", "0039", ["Version 1.3.9 has schema 0039, this one has 1.0040: raise the first number of"]),
        ("0.9.0", "0039", []),
    ],
)
def test_the_version_says_what_became_of_the_schema(
    checkout: Path, before: str, schema: str, expected: list[str]
) -> None:
    """A patch keeps it, a minor version stays in its generation; the newest release before is what counts."""
    tables = checkout / "bot/repository/tables.py"
    tables.write_text(f'SCHEMA_REVISION = "{schema}"\n')
    commit(checkout)
    git(checkout, "tag", f"v{before}")
    git(checkout, "tag", "v0.1.0", "HEAD~1")
    git(checkout, "tag", "very-old")
    tables.write_text('SCHEMA_REVISION = "1.0040"\n')
    (checkout / "bot/__init__.py").write_text('__version__ = "1.4.1"\n')
    changelog = (checkout / "CHANGELOG.md").read_text().replace("[1.4.0]", "[1.4.1]")
    (checkout / "CHANGELOG.md").write_text(changelog)
    commit(checkout)

    found = faults(checkout)

    assert len(expected) == len(found), found
    assert all(fault.startswith(words) for fault, words in zip(found, expected, strict=True))


def test_a_wheel_is_the_same_byte_for_byte(copy: Path, tmp_path: Path) -> None:
    """Built in another folder, by somebody whose files others can't read, at another time."""
    first = build_wheel(copy, tmp_path / "one", 1_800_000_000)
    moved = tmp_path / "elsewhere"
    copy.rename(moved)
    for file in moved.rglob("*"):
        if not file.is_symlink():
            os.utime(file, (1_500_000_000, 1_500_000_000))
            file.chmod(0o700 if file.is_dir() else 0o600)

    second = build_wheel(moved, tmp_path / "two", 1_800_000_000)

    assert first.name == second.name
    assert hashlib.sha256(first.read_bytes()).hexdigest() == hashlib.sha256(second.read_bytes()).hexdigest()
    assert first.read_bytes() != build_wheel(moved, tmp_path / "three", 1_700_000_000).read_bytes()


def release(root: Path) -> subprocess.CompletedProcess[str]:
    """Run a dry run in that checkout."""
    command = [sys.executable, "-m", "tests.release", "--dry-run"]
    return subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)


def test_a_dry_run_makes_the_files_of_a_release(copy: Path) -> None:
    """Wheel, lock file, bill of materials and checksums, in place of what was there; the checkout stays as it was."""
    (copy / "dist").mkdir()
    (copy / "dist/old.whl").write_text("of before")
    version = version_of(copy)

    ran = release(copy)

    assert (0, "") == (ran.returncode, ran.stderr), ran.stderr
    assert f"{version}: everything is committed" in ran.stdout
    assert "This was a dry run" in ran.stdout
    made = {file.name: file for file in (copy / "dist").iterdir()}
    wheel, bill = f"eco_enrollment_bot-{version}-py3-none-any.whl", f"eco-enrollment-bot-{version}.cdx.json"
    files = {wheel, bill, "requirements.txt"}
    assert files | {"SHA256SUMS"} == set(made)
    assert {f"{hashlib.sha256(made[name].read_bytes()).hexdigest()}  {name}" for name in files} == set(
        made["SHA256SUMS"].read_text().splitlines()
    )
    described = json.loads(made[bill].read_text())
    assert "CycloneDX" == described["bomFormat"]
    assert ("eco-enrollment-bot", version) == tuple(
        described["metadata"]["component"][key] for key in ("name", "version")
    )
    assert {"slack-bolt", "sqlalchemy"} <= {canonicalize_name(each["name"]) for each in described["components"]}
    assert "" == git(copy, "status", "--porcelain")
    assert "" == git(copy, "tag")


def test_a_release_that_may_not_be_makes_nothing(copy: Path) -> None:
    """All faults at once, with exit code 1, before anything is built."""
    text = (copy / "requirements.txt").read_text()
    (copy / "requirements.txt").write_text(f"{text}new-thing==1.0\n")

    ran = release(copy)

    assert (1, "") == (ran.returncode, ran.stdout)
    assert [
        "Commit or remove what is not committed: requirements.txt.",
        "docs/LICENCES.md lacks or has too many: new-thing. Run `make licences`.",
    ] == ran.stderr.splitlines()
    assert not (copy / "dist").exists()
