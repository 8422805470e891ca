"""The settings in files: `.env` as it is read, `.env.example` and the table of settings as they are documented."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.schedule import parse_waits
from bot.settings import SETTINGS, Settings, SettingsInvalid, load
from tests.support.usual_procedure import WAITS
from tests.test_settings import APP, BOT, HTTP, NAMES, SIGNING

ROOT = Path(__file__).parents[1]

# --- The .env file ---


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A variable of the environment overrides the file, and an empty one switches off its value."""
    file = tmp_path / ".env"
    file.write_text(f"SLACK_BOT_TOKEN={BOT}\nSLACK_APP_TOKEN={APP}\nPORT=4000\nECO_TICK=9s\n", "utf-8")

    settings = load({"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": SIGNING, "PORT": "5000"}, file)

    assert (5000, timedelta(seconds=9), False) == (settings.port, settings.tick, settings.socket_mode)


def test_the_file_is_taken_as_it_is_written(tmp_path: Path) -> None:
    """A byte order mark is not part of a name, and a dollar sign is no interpolation."""
    file = tmp_path / ".env"
    file.write_text('\ufeffDATABASE_URL="postgresql://eco:a${HOME}b@db/eco"\n', "utf-8")

    assert "postgresql://eco:a${HOME}b@db/eco" == load(HTTP, file).database_url


@pytest.mark.parametrize("kind", ["a folder", "no text"])
def test_a_file_that_cannot_be_read_is_a_fault(kind: str, tmp_path: Path) -> None:
    """The file is named among the other faults."""
    file = tmp_path / ".env"
    file.mkdir() if kind == "a folder" else file.write_bytes(b"PORT=\xff\xfe\n")

    with pytest.raises(SettingsInvalid) as invalid:
        load({}, file)

    assert "It cannot be read" in dict(invalid.value.faults)[str(file)]
    assert "SLACK_BOT_TOKEN" in dict(invalid.value.faults)


def test_a_file_is_not_needed(tmp_path: Path) -> None:
    """Without .env only the environment counts."""
    assert 3000 == load(HTTP, tmp_path / ".env").port


# --- The documentation ---


def test_the_table_is_the_settings() -> None:
    """Every variable has an attribute, and every attribute a variable."""
    assert {setting.field for setting in SETTINGS} == set(Settings.model_fields)


def test_the_example_file_lists_every_setting() -> None:
    """.env.example and the table have the same variables with the same defaults, each explained."""
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    shown = {}
    for before, line in zip(["", *lines], lines, strict=False):
        if match := re.fullmatch(r"#?([A-Z0-9_]+)=(.*)", line):
            shown[match[1]] = match[2]
            assert before.startswith("#"), f"{match[1]} is not explained"

    assert set(NAMES) == set(shown)
    assert {s.name: s.default for s in SETTINGS if s.default} == {s.name: shown[s.name] for s in SETTINGS if s.default}
    waits = parse_waits(shown["ECO_WAITS"])
    assert {key: (wait.earliest, wait.latest) for key, wait in WAITS.items()} == {
        key: (wait.earliest, wait.latest) for key, wait in waits.items()
    }


def test_the_example_file_is_a_fair_start() -> None:
    """A copy of it lacks only the Slack secrets."""
    with pytest.raises(SettingsInvalid) as invalid:
        load({}, ROOT / ".env.example")

    assert ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"] == list(dict(invalid.value.faults))
