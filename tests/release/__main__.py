"""`make release`: checks, tests and builds a release in dist/, and says what to do with it; it publishes nothing."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.release import artifacts, audit, checks, licences

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"


def main(argv: Sequence[str] | None = None) -> int:
    """Do it step by step, and end at the first that fails; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    meaning = "run no tests, ask no service, and describe this environment in place of a new one"
    parser.add_argument("--dry-run", action="store_true", help=meaning)
    options = parser.parse_args(argv)
    if faults := [*checks.faults(ROOT), *_faults_of_licences()]:
        print(*faults, sep="\n", file=sys.stderr)
        return 1
    version = checks.version_of(ROOT)
    print(f"{version}: everything is committed, and CHANGELOG.md has its chapter.")
    if not options.dry_run:
        if subprocess.run(["bash", ".ci/run"], cwd=ROOT, check=False).returncode:
            print("The tests or the checks fail: see above.", file=sys.stderr)
            return 1
        known = audit.audit(ROOT / "requirements.txt")
        print(known.words)
        if not known.fine:
            return 1
    try:
        _build(version, dry_run=options.dry_run)
    except artifacts.CannotBuild as fault:
        print(fault, file=sys.stderr)
        return 1
    print("This was a dry run: nothing was tested." if options.dry_run else _next(version))
    return 0


def _faults_of_licences() -> list[str]:
    names = licences.locked((ROOT / "requirements.txt").read_text("utf-8"))
    missing = set(names) ^ set(licences.listed(licences.PAGE.read_text("utf-8")))
    if not missing:
        return []
    return [f"docs/LICENCES.md lacks or has too many: {', '.join(sorted(missing))}. Run `make licences`."]


def _build(version: str, *, dry_run: bool) -> None:
    epoch = int(checks.git(ROOT, "log", "-1", "--format=%ct"))
    DIST.mkdir(exist_ok=True)
    for old in DIST.iterdir():
        old.unlink()
    wheel = artifacts.build_wheel(ROOT, DIST, epoch)
    with tempfile.TemporaryDirectory() as folder:
        again = artifacts.build_wheel(ROOT, Path(folder, "again"), epoch)
        if again.read_bytes() != wheel.read_bytes():
            raise artifacts.CannotBuild("Two builds of the wheel differ.")
        python = Path(sys.executable) if dry_run else artifacts.new_environment(ROOT, wheel, Path(folder, "new"))
        bill = DIST / f"eco-enrollment-bot-{version}.cdx.json"
        shutil.copy(ROOT / "requirements.txt", DIST)
        artifacts.bill_of_materials(ROOT, version, python, bill, epoch, validate=not dry_run)
    artifacts.checksums(DIST)
    print("In dist/:", *sorted(file.name for file in DIST.iterdir()), sep="\n  ")


def _next(version: str) -> str:
    return f"""Nothing is published yet. To release it:
  git tag --sign --message "{version}" v{version}
  git push origin v{version}
then give the files of dist/ and the chapter [{version}] of CHANGELOG.md to those who install it.
From the same commit anybody gets the same wheel: SOURCE_DATE_EPOCH={checks.git(ROOT, "log", "-1", "--format=%ct")}"""


if __name__ == "__main__":
    sys.exit(main())
