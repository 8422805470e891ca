"""How workspaces install the app by themselves, as settings say it: the app, who may, and the keys of their tokens."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.domain.errors import InvalidInput
from bot.domain.inputs import shorten

_CLIENT_ID = re.compile(r"[0-9]{1,20}\.[0-9]{1,20}")
_TEAM = re.compile(r"[TE][A-Z0-9]{2,30}")
_ANY = "any"
#: How to make a key.
_MAKE = "Make one: openssl rand -base64 32 | tr '+/' '-_'"
#: Most keys: the one that encrypts, and the one before it.
_KEYS = 2
#: What installing needs beside SLACK_CLIENT_ID, and what to set it to.
_NEEDED = {
    "SLACK_CLIENT_SECRET": "Copy it from “Basic Information” on your app's pages at api.slack.com/apps.",
    "SLACK_SIGNING_SECRET": "Copy it from “Basic Information” on your app's pages at api.slack.com/apps.",
    "ECO_TOKEN_KEYS": _MAKE,
    "ECO_WORKSPACES": "List the team IDs of the workspaces that may install the app, or write any.",
    "ECO_PUBLIC_URL": "Write the address under which browsers and Slack reach me, such as https://eco.example.com.",
}
#: Settings that are for nothing else.
_ONLY_HERE = ("SLACK_CLIENT_SECRET", "ECO_TOKEN_KEYS", "ECO_WORKSPACES")


@dataclass(frozen=True, slots=True)
class AllowedWorkspaces:
    """The workspaces and Enterprise organizations that may install the app; without `ids`, all of them may."""

    ids: frozenset[str]

    def admit(self, team: str, enterprise: str | None) -> bool:
        """Whether that workspace may install the app."""
        return not self.ids or bool(self.ids & {team, enterprise})


def read_client_id(text: str) -> str | None:
    """Parse the client ID of the app; None if there is none."""
    if text and not _CLIENT_ID.fullmatch(text):
        raise InvalidInput("It is not a client ID, such as 1234567890.1234567890. Copy it again.")
    return text or None


def read_token_keys(text: str) -> tuple[SecretStr, ...]:
    """Parse the keys of the stored tokens, the newest first; an empty text has none."""
    keys = [key.strip() for key in text.split(",") if key.strip()]
    if len(keys) > _KEYS:
        raise InvalidInput("Write one key, or the new one and the old one, with a comma between them.")
    for key in keys:
        try:
            fits = len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32
        except ValueError:
            fits = False
        if not fits:
            raise InvalidInput(f"A key is 32 bytes in base64, with - and _ for + and /. {_MAKE}")
    return tuple(map(SecretStr, keys))


def read_workspaces(text: str) -> AllowedWorkspaces | None:
    """Parse who may install the app; None if that was not said."""
    if not text:
        return None
    if text.lower() == _ANY:
        return AllowedWorkspaces(frozenset())
    ids = [each.strip() for each in text.split(",") if each.strip()]
    if wrong := [each for each in ids if not _TEAM.fullmatch(each)]:
        raise InvalidInput(f"“{shorten(wrong[0])}” is not a team ID, such as T0123456789. Write any to admit all.")
    return AllowedWorkspaces(frozenset(ids))


def faults(given: Mapping[str, str], *, complete: bool) -> list[tuple[str, str]]:
    """What does not fit together, and where all is needed what is missing: (name, sentence) of each."""
    if "SLACK_CLIENT_ID" not in given:
        return [(name, "It is set, while SLACK_CLIENT_ID is missing.") for name in _ONLY_HERE if name in given]
    found = [(name, f"It is missing, while SLACK_CLIENT_ID is set. {how}") for name, how in _NEEDED.items()]
    found = [(name, sentence) for name, sentence in found if complete and name not in given]
    if "SLACK_BOT_TOKEN" in given:
        sentence = (
            "It is set, and so is SLACK_CLIENT_ID. With a bot token I serve one workspace, with a client ID every "
            "workspace that installs the app. Remove one of the two."
        )
        found.append(("SLACK_BOT_TOKEN", sentence))
    if "SLACK_APP_TOKEN" in given:
        found.append(("SLACK_APP_TOKEN", "Remove it: several workspaces are served in HTTP mode only."))
    if _is_open(given.get("ECO_PUBLIC_URL", "")):
        found.append(("ECO_PUBLIC_URL", "Use https: Slack sends people and codes back to this address."))
    return found


def _is_open(url: str) -> bool:
    """Whether an address is read by everybody on the way to it; one that is none has a fault of its own."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost")
