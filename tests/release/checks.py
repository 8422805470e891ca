"""What must be true of a checkout before it is released: everything committed, and the version told in CHANGELOG.md."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from packaging.version import Version

from bot.repository.schema_upgrade import generation

_TABLES = "bot/repository/tables.py"
#: The heading of a chapter: `## [0.2.0] - 2026-11-29`.
_CHAPTER = re.compile(r"^## \[(.+?)\](?: - (.+))?$", re.MULTILINE)
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def version_of(root: Path) -> str:
    """The version in bot/__init__.py."""
    found = re.search(r'^__version__ = "(.+)"$', (root / "bot/__init__.py").read_text("utf-8"), re.MULTILINE)
    assert found is not None, "bot/__init__.py has no version"
    return found[1]


def faults(root: Path) -> list[str]:
    """What is to be done before this checkout is released, a sentence each."""
    version, changelog = version_of(root), (root / "CHANGELOG.md").read_text("utf-8")
    if not _VERSION.fullmatch(version):
        return [f"Write the version in bot/__init__.py as three numbers, such as 1.4.0, not “{version}”."]
    return [*_of_tree(root), *_of_version(version, changelog), *_of_tags(root, Version(version))]


def _of_tree(root: Path) -> Iterator[str]:
    changed = git(root, "status", "--porcelain").splitlines()
    if changed:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        yield f"Commit or remove what is not committed: {', '.join(line[3:] for line in changed[:3])}{more}."


def _of_version(version: str, changelog: str) -> Iterator[str]:
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


def _of_tags(root: Path, version: Version) -> Iterator[str]:
    released = [Version(tag[1:]) for tag in git(root, "tag", "--list", "v*").split() if _VERSION.fullmatch(tag[1:])]
    if version in released:
        yield f"There is a tag v{version} already: raise the version in bot/__init__.py."
    elif before := max((each for each in released if each < version), default=None):
        old = _schema(git(root, "show", f"v{before}:{_TABLES}"))
        yield from _of_schema(version, _schema((root / _TABLES).read_text("utf-8")), before, old)


def _of_schema(version: Version, new: str, before: Version, old: str) -> Iterator[str]:
    """A patch keeps the schema of the version before; only a major version begins a generation of it, or any in 0.x."""
    change = f"Version {before} has schema {old}, this one has {new}"
    if new != old and (version.major, version.minor) == (before.major, before.minor):
        yield f"{change}: raise the second number of the version, as a patch keeps the schema."
    elif generation(new) != generation(old) and version.major == before.major != 0:
        yield f"{change}: raise the first number of the version, as a new generation begins."


def _schema(source: str) -> str:
    """The revision in the source of the tables."""
    (found,) = re.findall(r'^SCHEMA_REVISION = "(.+)"$', source, re.MULTILINE)
    return str(found)


def _chapter(changelog: str, name: str) -> str:
    """What a chapter says."""
    return changelog.split(f"\n## [{name}]", 1)[1].partition("\n")[2].partition("\n## [")[0].strip()


def git(root: Path, *words: str) -> str:
    """What a command of git prints about a checkout."""
    command = ["git", "-c", "safe.directory=*", *words]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.strip("\n")
