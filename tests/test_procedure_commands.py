"""The commands about procedures, and what a faulty procedure does to the others, as processes."""

import re
from pathlib import Path

import pytest

from tests.support.own_procedures import OWN
from tests.test_cli import SECRETS, eco


@pytest.mark.parametrize("command", ["serve", "migrate", "list"])
def test_a_faulty_procedure_stops_every_command(tmp_path: Path, command: str) -> None:
    """Exit code 1, each fault with its file and place, and nothing is begun: no database is made."""
    folder = tmp_path / "procedures"
    folder.mkdir()
    (folder / "mine.toml").write_text(OWN.replace('key = "agree"', 'key = "Agree"'), "utf-8")

    ran = eco(tmp_path, command, **SECRETS, ECO_PROCEDURES="procedures")

    key = "a key has up to 32 of a-z, 0-9 and _, and begins with a letter."
    unknown = "mine.toml, line 37: step “grant”: requires “agree”, which is no step of the procedure."
    assert (1, "") == (ran.returncode, ran.stdout)
    assert [unknown, f"mine.toml, line 23: step “Agree”: {key}"] == ran.stderr.splitlines()
    assert [folder] == list(tmp_path.iterdir())


def test_procedures_are_checked(tmp_path: Path) -> None:
    """Ours and those of a folder; exit code 1 and the faults on standard error where there are any."""
    (tmp_path / "mine.toml").write_text(OWN, "utf-8")
    fine = eco(tmp_path, "check", "procedures", ".")
    by_setting = eco(tmp_path, "check", "procedures", ECO_PROCEDURES=".")
    (tmp_path / "other.toml").write_text("steps = 3", "utf-8")
    faulty = eco(tmp_path, "check", "procedures", ".")

    assert (0, "") == (fine.returncode, fine.stderr)
    assert (fine.returncode, fine.stdout) == (by_setting.returncode, by_setting.stdout)
    assert re.search(r"^aws-management-account: fine, 9 steps$", fine.stdout, re.M)
    assert re.search(r"^mine@[0-9a-f]{10}: fine, 3 steps$", fine.stdout, re.M)
    assert 1 == faulty.returncode
    assert "other.toml: needs “title”." in faulty.stderr.splitlines()
    assert "mine@" in faulty.stdout
