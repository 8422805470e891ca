"""`make licences`: writes docs/LICENCES.md from what the locked packages say of themselves."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from email.message import Message
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "LICENCES.md"
_INTRODUCTION = """\
# Licences

The packages that the bot runs on, and the licence that each names in its metadata. `make licences` writes this page
from `requirements.txt`; a test fails while a package is missing here or names another licence.

Nothing of these packages is in the bot's wheel. An image holds them: hand it on with their licence texts, which are in
the image beside each package, in the folders that end with `.dist-info`.

| package | licence |
|---|---|
"""


class LicenceUnknown(Exception):
    """A package is not installed, or names no licence: look it up before it is used."""


def locked(lock: str) -> tuple[str, ...]:
    """Names of the packages of a lock file, each once."""
    return tuple(dict.fromkeys(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock, re.MULTILINE)))


def licence_of(package: Message) -> str:
    """The licence that a package names: as an expression, else by its classifiers, else in a few words.

    Raises:
        LicenceUnknown: it names none.
    """
    classifiers = [each for each in package.get_all("Classifier", []) if each.startswith("License ::")]
    field = str(package.get("License", ""))
    words = field if len(field) <= 40 and "\n" not in field else ""
    found = (
        str(package.get("License-Expression", "")) or ", ".join(each.split(" :: ")[-1] for each in classifiers) or words
    )
    if not found:
        raise LicenceUnknown(f"{package['Name']} names no licence in its metadata.")
    return found


def licences(names: tuple[str, ...]) -> dict[str, str]:
    """Package -> its licence, from the packages that are installed here.

    Raises:
        LicenceUnknown: a package is not installed, or names none.
    """
    try:
        return {name: licence_of(metadata(name)) for name in names}  # type: ignore[arg-type]  # it is a Message
    except PackageNotFoundError as missing:
        raise LicenceUnknown(f"{missing.name} is not installed: run `make .venv/.dev`.") from None


def page(of: Mapping[str, str]) -> str:
    """The page in docs/ with these licences."""
    return _INTRODUCTION + "".join(f"| {name} | {licence} |\n" for name, licence in of.items())


def listed(text: str) -> dict[str, str]:
    """Package -> licence, as the page in docs/ has them."""
    return dict(re.findall(r"^\| ([a-z0-9._-]+) \| (.+) \|$", text.partition("|---|---|")[2], re.MULTILINE))


def main() -> int:
    """Write the page; returns the exit code."""
    try:
        text = page(licences(locked((ROOT / "requirements.txt").read_text("utf-8"))))
    except LicenceUnknown as fault:
        print(fault, file=sys.stderr)
        return 1
    PAGE.write_text(text, "utf-8")
    print(f"docs/{PAGE.name} is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
