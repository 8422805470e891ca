"""docs/LICENCES.md names each package that the bot runs on, with the licence that it has."""

from email.message import Message
from pathlib import Path

import pytest

from tests.release.licences import LicenceUnknown, licence_of, licences, listed, locked, page

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.txt").read_text("utf-8")
LISTED = listed((ROOT / "docs/LICENCES.md").read_text("utf-8"))


def described(*headers: tuple[str, str]) -> Message:
    """The metadata of a package."""
    made = Message()
    for name, value in (("Name", "thing"), *headers):
        made[name] = value
    return made


def test_every_locked_package_is_listed_and_no_other() -> None:
    """A new one needs a look at its licence: `make licences`, and read the change."""
    assert 40 < len(LISTED)
    assert set(locked(LOCK)) == set(LISTED)


def test_the_licences_are_those_of_the_installed_packages() -> None:
    """An update that comes with another licence is seen, too."""
    # Of these the lock has a version for each Python, whose licences may be worded in different ways.
    several = {name for name in LISTED if LOCK.count(f"\n{name}==") > 1}

    found = licences(locked(LOCK))

    assert {} == {
        name: licence for name, licence in found.items() if name not in several and licence != LISTED.get(name)
    }
    assert page(LISTED) == (ROOT / "docs/LICENCES.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("License-Expression", "MIT"), ("License", "see LICENSE")], "MIT"),
        ([("Classifier", "License :: OSI Approved :: BSD License"), ("License", "Dual")], "BSD License"),
        ([("Classifier", "Topic :: Office"), ("License", "Apache-2.0")], "Apache-2.0"),
    ],
)
def test_a_licence_is_found_where_packages_write_it(headers: list[tuple[str, str]], expected: str) -> None:
    """The expression wins over classifiers, and those over free words."""
    assert expected == licence_of(described(*headers))


@pytest.mark.parametrize("text", ["", "Permission is hereby granted,\nfree of charge", "word " * 20])
def test_a_package_without_a_licence_is_refused(text: str) -> None:
    """None at all, or a text that would have to be read."""
    with pytest.raises(LicenceUnknown, match="thing names no licence"):
        licence_of(described(("License", text.replace("\n", "\r\n "))))


def test_a_package_that_is_not_here_is_named() -> None:
    """The sentence says what to run."""
    with pytest.raises(LicenceUnknown, match=r"no-such-package is not installed: run `make \.venv/\.dev`"):
        licences(("no-such-package",))


def test_a_package_with_two_locked_versions_counts_once() -> None:
    """One for older Pythons, one for newer ones."""
    assert ("one", "two.three") == locked(
        "one==1 ; python < '3.12' \\\n    --hash=x\none==2\n    # via two\ntwo.three==1\n"
    )
