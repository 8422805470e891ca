"""The settings of a bot that several workspaces install: what they need, and what they cannot stand beside."""

from __future__ import annotations

import pytest

from bot.settings import Settings, SettingsInvalid, load
from tests.support.two_workspaces import KEY, NEW_KEY

ENOUGH = {
    "SLACK_CLIENT_ID": "1111111111.2222222222",
    "SLACK_CLIENT_SECRET": "s" * 32,
    "SLACK_SIGNING_SECRET": "t" * 32,
    "ECO_TOKEN_KEYS": KEY,
    "ECO_WORKSPACES": "T0ACME0001, E0GRID0001",
    "ECO_PUBLIC_URL": "https://eco.example.com/",
}


def faults(**changes: str) -> dict[str, str]:
    """The faults of settings that are enough but for these changes."""
    with pytest.raises(SettingsInvalid) as invalid:
        load(ENOUGH | changes, env_file=None)
    return dict(invalid.value.faults)


def loaded(**changes: str) -> Settings:
    """Settings that are fine."""
    return load(ENOUGH | changes, env_file=None)


def test_these_settings_are_enough() -> None:
    """No token is among them."""
    settings = loaded()

    assert settings.installs
    assert not settings.socket_mode
    assert settings.public_url == "https://eco.example.com"
    asked = (("T0ACME0001", None), ("T0OTHER", "E0GRID0001"), ("T0OTHER", None))
    assert [True, True, False] == [settings.workspaces.admit(*each) for each in asked]
    assert loaded(ECO_WORKSPACES="any").workspaces.admit("T0OTHER", None)


@pytest.mark.parametrize("name", [name for name in ENOUGH if name != "SLACK_CLIENT_ID"])
def test_each_of_them_is_needed(name: str) -> None:
    """It is named with what to do; commands that need no Slack do without."""
    assert "missing, while SLACK_CLIENT_ID is set." in faults(**{name: ""})[name]
    assert load(ENOUGH | {name: ""}, env_file=None, need_slack=False).installs


@pytest.mark.parametrize("name", ["SLACK_CLIENT_SECRET", "ECO_TOKEN_KEYS", "ECO_WORKSPACES"])
def test_they_mean_nothing_without_a_client_id(name: str) -> None:
    """Ignoring one would make people believe that workspaces can install the app."""
    one = {"SLACK_BOT_TOKEN": "xoxb-0000-test", "SLACK_SIGNING_SECRET": "t" * 32, name: ENOUGH[name]}
    with pytest.raises(SettingsInvalid) as invalid:
        load(one, env_file=None)
    assert [(name, "It is set, while SLACK_CLIENT_ID is missing.")] == invalid.value.faults


def test_a_bot_token_stands_beside_no_client_id() -> None:
    """Which of the two would win is a guess that nobody should have to make."""
    assert "Remove one of the two." in faults(SLACK_BOT_TOKEN="xoxb-0000-test")["SLACK_BOT_TOKEN"]
    assert "HTTP mode only" in faults(SLACK_APP_TOKEN="xapp-0000-test")["SLACK_APP_TOKEN"]


@pytest.mark.parametrize(
    ("name", "wrong", "sentence"),
    [
        ("SLACK_CLIENT_ID", "A0ECOAPP01", "It is not a client ID, such as 1234567890.1234567890."),
        ("ECO_TOKEN_KEYS", "short", "A key is 32 bytes in base64, with - and _ for + and /."),
        ("ECO_TOKEN_KEYS", "é" * 44, "A key is 32 bytes in base64"),
        ("ECO_TOKEN_KEYS", f"{KEY},{NEW_KEY},{KEY}", "Write one key, or the new one and the old one"),
        ("ECO_WORKSPACES", "acme", "“acme” is not a team ID, such as T0123456789. Write any to admit all."),
        ("ECO_PUBLIC_URL", "https://[eco.example.com", "It is not an address."),
        ("ECO_PUBLIC_URL", "http://eco.example.com", "Use https: Slack sends people and codes back to this address."),
    ],
)
def test_a_wrong_value_is_named(name: str, wrong: str, sentence: str) -> None:
    """With what it should look like."""
    assert sentence in faults(**{name: wrong})[name]


def test_no_fault_repeats_a_key() -> None:
    """Not even one that is wrong by a character."""
    assert KEY[:-2] not in str(faults(ECO_TOKEN_KEYS=KEY[:-2]))
    assert {KEY, NEW_KEY, "s" * 32} <= set(loaded(ECO_TOKEN_KEYS=f"{KEY}, {NEW_KEY}").secrets)
    assert KEY not in repr(loaded())


def test_an_address_on_this_machine_needs_no_https() -> None:
    """To try it."""
    assert loaded(ECO_PUBLIC_URL="http://127.0.0.1:3000").public_url == "http://127.0.0.1:3000"
