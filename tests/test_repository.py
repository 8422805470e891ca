"""Committed files hold no secrets or local paths; lock files, Procfile and Makefile agree with the project."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from honcho.environ import parse_procfile
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = {
    "requirements.txt": ("runtime",),
    "requirements-demo.txt": ("runtime", "demo"),
    "requirements-dev.txt": ("runtime", "demo", "dev"),
}
DECLARED = {"runtime": PROJECT["dependencies"]} | PROJECT["optional-dependencies"]

# Each pattern has a class or a group in place of one letter of the forbidden word, so that it does not match itself.
# The samples are concatenated for the same reason.
FORBIDDEN = {
    "an option that names a package index": (
        r"--(?:extra-)?index[-]url|--find[-]links|--trusted[-]host|--default[-]index",
        ["--index" + "-url x", "--extra-index" + "-url=x", "--find" + "-links x"],
    ),
    "a variable that names a package index": (
        r"\b(?:PIP|UV)_(?:[A-Z]+_)*(?:INDEX|FIND[_]LINKS|TRUSTED[_]HOST)",
        ["PIP_" + "INDEX_URL", "UV_DEFAULT_" + "INDEX", "PIP_EXTRA_" + "INDEX_URL", "PIP_FIND_" + "LINKS"],
    ),
    "a package registry": (
        r"https?://(?:[^/\s@]*@)?(?:[\w-]+\.)*(?:[p]ypi|[p]ythonhosted|[r]egistry|[a]rtifactory|[n]exus)\.",
        [
            "https://" + "pypi.org/simple",
            "https://files" + ".pythonhosted.org/x",
            "http://a:b@" + "registry.x.org",
        ],
    ),
    "a Slack token": (
        r"\bxox[abeoprs]-(?!0+\b)\d{2,}|\bxapp-\d-A(?!0+\b)\d{2,}",
        ["xox" + "b-1234567890-abc", "xox" + "p-12345", "xapp" + "-1-A012345"],
    ),
    "an AWS key": (r"\b(?:AKIA|ASIA)(?![0-9A-Z]*EXAMPLE)[0-9A-Z]{16}\b", ["AKIA" + "Z" * 16]),
    "a private key": (r"-----BEGIN [A-Z ]*PRIVATE KEY", ["-----BEGIN RSA " + "PRIVATE KEY-----"]),
    "a path of one machine": (
        r"(?<![\w.~$}-])/(?:[h]ome|[U]sers)/\w|(?<![\w.~$}-])/(?:[r]oot|[w]ork)/",
        ["/ho" + "me/ada/x", "cd /ro" + "ot/x", '"/wo' + 'rk/main"', "/Us" + "ers/ada"],
    ),
}


def git_files() -> Iterator[Path]:
    """Every committed file, and every new one that git does not ignore."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if listing.returncode:
        pytest.skip("This is no git checkout: there is no list of committed files.")
    return (file for name in set(listing.stdout.split("\0")) - {""} if (file := ROOT / name).is_file())


def pins(lock: str) -> dict[str, str]:
    """The logical lines of a lock file, by normalized package name."""
    text = re.sub(r"^\s*#.*\n?", "", (ROOT / lock).read_text("utf-8"), flags=re.MULTILINE)
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return {canonicalize_name(re.split(r"[=\s;\[]", line, maxsplit=1)[0]): line for line in lines}


@pytest.mark.parametrize(("pattern", "samples"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_nothing_of_one_machine_or_account_is_committed(pattern: str, samples: list[str]) -> None:
    """No file names a package index, holds a secret, or contains a path of one machine."""
    found = []
    for file in git_files():
        text = file.read_bytes()
        if b"\0" not in text:
            for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
                if re.search(pattern, line):
                    found.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}")

    assert [] == found


@pytest.mark.parametrize(("pattern", "samples"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_each_search_finds_what_it_is_for(pattern: str, samples: list[str]) -> None:
    """Each pattern matches its samples."""
    assert [] == [sample for sample in samples if not re.search(pattern, sample)]


@pytest.mark.parametrize(
    "harmless",
    ["docs/home/page", "~/work/x", "$HOME/work/x", "https://slack.com/home/a", "xoxb-test", "xoxb-0000-0"],
)
def test_the_searches_leave_harmless_words_alone(harmless: str) -> None:
    """Relative paths, addresses and words that only look similar do not match."""
    assert [] == [name for name, (pattern, _) in FORBIDDEN.items() if re.search(pattern, harmless)]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_one_version_and_a_hash(lock: str) -> None:
    """Every package is locked to one version and a hash, so an installation gets the tested files or fails."""
    loose = [
        line for line in pins(lock).values()
        if not re.match(r"\S+==\S+ ", line) or not re.search(r"--hash=sha256:[0-9a-f]{64}", line)
    ]  # fmt: skip

    assert [] == loose


@pytest.mark.parametrize(("lock", "groups"), LOCKS.items(), ids=LOCKS)
def test_a_lock_holds_what_the_project_declares(lock: str, groups: tuple[str, ...]) -> None:
    """Every declared package is locked at a version that the declaration allows."""
    locked = pins(lock)
    astray = []
    for declared in (Requirement(text) for group in groups for text in DECLARED[group]):
        line = locked.get(canonicalize_name(declared.name), "")
        version = re.search(r"==([^\s;]+)", line)
        if not version or not declared.specifier.contains(version[1], prereleases=True):
            astray.append(f"{declared}: {line[:60] or 'not locked'}")

    assert [] == astray, "make lock"


@pytest.mark.parametrize(("lock", "groups"), LOCKS.items(), ids=LOCKS)
def test_a_lock_was_made_for_no_other_package(lock: str, groups: tuple[str, ...]) -> None:
    """The packages that a lock attributes to the project are exactly the declared ones."""
    asks = rf"\b{PROJECT['name']} \(pyproject\.toml\)"
    direct = re.compile(rf"^([\w.-]+)==(?:(?!\n\S).)*?{asks}", re.MULTILINE | re.DOTALL)
    asked_for = {canonicalize_name(name) for name in direct.findall((ROOT / lock).read_text("utf-8"))}

    assert {canonicalize_name(Requirement(text).name) for group in groups for text in DECLARED[group]} == asked_for


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-demo.txt"])
def test_the_locks_agree(lock: str) -> None:
    """The tests run on the versions that the bot and its demo are installed with."""
    dev = pins("requirements-dev.txt")

    assert [] == [name for name, line in pins(lock).items() if line.split()[0] != dev.get(name, "nothing").split()[0]]


@pytest.mark.parametrize("package", ["pyyaml"])
def test_the_bot_itself_runs_without_the_demos_packages(package: str) -> None:
    """Whoever deploys the bot installs no local Slack's server."""
    assert package not in pins("requirements.txt")
    assert package in pins("requirements-demo.txt")


def test_the_procfile_can_be_read_by_every_runner() -> None:
    """The Procfile has only `name: command` lines, because some runners refuse comments."""
    text = (ROOT / "Procfile").read_text("utf-8")

    assert [] == [line for line in text.splitlines() if not re.fullmatch(r"[a-z]+: \S.*", line)]
    assert {"web": "python -m bot serve", "worker": "python -m bot serve"} == parse_procfile(text).processes


def test_what_ci_installs_is_what_the_documents_name() -> None:
    """Each package of the system that .ci/run installs is in the README and in CONTRIBUTING."""
    installed = {
        name
        for words in re.findall(r"missing\+=\((.+?)\)", (ROOT / ".ci/run").read_text("utf-8"))
        for name in words.split()
    } - {"python3"}

    assert {"postgresql", "nginx-light", "chromium-headless-shell"} <= installed
    for page in ("README.md", "CONTRIBUTING.md"):
        named = set(
            re.findall(r"[\w-]+", " ".join(re.findall(r"`apt install ([^`]+)`", (ROOT / page).read_text("utf-8"))))
        )
        assert set() == installed - named - {"git"}, page


def test_make_lists_every_target() -> None:
    """`make` alone lists every target."""
    text = (ROOT / "Makefile").read_text("utf-8")
    [phony] = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)

    listing = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert set(phony.split()) - {"FORCE"} == set(re.findall(r"^  make ([a-z]+) +\S", listing, re.MULTILINE))
