"""Where nothing may be skipped, a skip fails the run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.no_skips import skips_are_failures

SKIPPING = {
    "in the test": "import pytest\ndef test_it(): pytest.skip('no database')",
    "by a mark": "import pytest\n@pytest.mark.skip(reason='no database')\ndef test_it(): pass",
    "in a fixture": ("import pytest\n@pytest.fixture\ndef it(): pytest.skip('no database')\ndef test_it(it): pass"),
    "of a module": "import pytest\npytest.skip('no database', allow_module_level=True)",
}
EXPECTED_TO_FAIL = "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_it(): assert False"


def run_pytest(folder: Path, text: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the plugin on a file with this text."""
    (folder / "test_made_up.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\n")  # whatever configuration lies above is none of its business
    inherited = {name: value for name, value in os.environ.items() if name not in {"CI", "TESTS_NO_SKIPS"}}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.support.no_skips", "--rootdir=."],
        cwd=folder, env=inherited | {"PYTHONPATH": str(Path(__file__).parents[2])} | settings,
        check=False, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("text", SKIPPING.values(), ids=SKIPPING)
def test_a_skip_fails_where_nothing_may_be_skipped(tmp_path: Path, text: str) -> None:
    """However a test skips, the run fails and says what was missing."""
    run = run_pytest(tmp_path, text, TESTS_NO_SKIPS="1")

    assert run.returncode not in {0, 5}
    assert "Nothing may be skipped" in run.stdout
    assert "no database" in run.stdout


def test_a_skip_is_fine_on_a_developers_machine(tmp_path: Path) -> None:
    """Without CI a skip stays a skip."""
    run = run_pytest(tmp_path, SKIPPING["in the test"])

    assert (0, True) == (run.returncode, "1 skipped" in run.stdout)


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    """pytest reports an expected failure much like a skip; it is none."""
    run = run_pytest(tmp_path, EXPECTED_TO_FAIL, TESTS_NO_SKIPS="1")

    assert (0, True) == (run.returncode, "1 xfailed" in run.stdout)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"CI": "true"}, True),
        ({"CI": "false"}, False),
        ({"TESTS_NO_SKIPS": "1"}, True),
        ({"CI": "true", "TESTS_NO_SKIPS": "0"}, False),
    ],
)
def test_ci_and_a_variable_of_our_own_decide(environ: dict[str, str], expected: bool) -> None:
    """CI=true is enough; TESTS_NO_SKIPS has the last word."""
    assert expected is skips_are_failures(environ)
