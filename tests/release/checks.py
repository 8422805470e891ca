"""What must be true of a checkout before it is released: everything committed, and the version told in CHANGELOG.md."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from packaging.version import Version

#: The heading of a chapter: `## [0.2.0] - 2026-11-29`.
_CHAPTER = re.compile(r"^## \[(.+?)\](?: - (.+))?$", re.MULTILINE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def version_of(root: Path) -> str:
    """The version in bot/__init__.py."""
    found = re.search(r'^__version__ = "(.+)"$', (root / "bot/__init__.py").read_text("utf-8"), re.MULTILINE)
    assert found is not None, "bot/__init__.py has no version"
    return found[1]


def faults(root: Path) -> list[str]:
    """What is to be done before this checkout is released, a sentence each."""
    changelog = (root / "CHANGELOG.md").read_text("utf-8")
    return [*_of_tree(root), *_of_version(version_of(root), changelog), *_of_tag(root, version_of(root))]


def _of_tree(root: Path) -> Iterator[str]:
    changed = git(root, "status", "--porcelain").splitlines()
    if changed:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        yield f"Commit or remove what is not committed: {', '.join(line[3:] for line in changed[:3])}{more}."


def _of_version(version: str, changelog: str) -> Iterator[str]:
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        yield f"Write the version in bot/__init__.py as three numbers, such as 1.4.0, not “{version}”."
        return
    days = dict(_CHAPTER.findall(changelog))
    if "Unreleased" not in days:
        yield "CHANGELOG.md needs the heading “## [Unreleased]” at its top, for what comes next."
    elif text := _chapter(changelog, "Unreleased"):
        yield f"Move what CHANGELOG.md has under [Unreleased] to the chapter [{version}]: “{text.splitlines()[0]}” …"
    if version not in days:
        yield f"CHANGELOG.md has no chapter “## [{version}] - DAY”."
    elif not _DAY.fullmatch(days[version]):
        yield f"Give the chapter [{version}] of CHANGELOG.md its day, such as “## [{version}] - 2027-01-31”."
    elif not _chapter(changelog, version):
        yield f"The chapter [{version}] of CHANGELOG.md says nothing."
    later = [each for each in days if each != "Unreleased" and Version(each) > Version(version)]
    if later:
        yield f"CHANGELOG.md has a chapter for {later[0]} already: raise the version in bot/__init__.py."


def _of_tag(root: Path, version: str) -> Iterator[str]:
    if git(root, "tag", "--list", f"v{version}"):
        yield f"There is a tag v{version} already: raise the version in bot/__init__.py."


def _chapter(changelog: str, name: str) -> str:
    """What a chapter says."""
    return changelog.split(f"\n## [{name}]", 1)[1].partition("\n")[2].partition("\n## [")[0].strip()


def git(root: Path, *words: str) -> str:
    """What a command of git prints about a checkout."""
    command = ["git", "-c", "safe.directory=*", *words]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.strip("\n")
