"""Where the events of changes go, and the key of their signatures, as settings say it."""

from __future__ import annotations

import base64
import re
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.domain.errors import InvalidInput
from bot.domain.inputs import shorten

#: How to make a key.
_MAKE = "Make one: echo whsec_$(openssl rand -base64 32)"


def read_webhook_url(text: str) -> str | None:
    """Parse the address that gets the events of changes; None for an empty text."""
    if not text.strip():
        return None
    try:
        parts = urlsplit(text.strip())
        usable = parts.scheme in ("https", "http") and parts.hostname and not (parts.username or parts.fragment)
        usable = usable and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not re.fullmatch("[!-~]+", text.strip()):  # other characters can't be part of a request
        raise InvalidInput(f"“{shorten(text)}” is not an address such as https://hooks.example.com/eco.")
    return text.strip()


def read_webhook_secret(text: str) -> SecretStr:
    """Parse the key of the signatures: `whsec_` and at least 24 bytes in base64; an empty text is none."""
    value = text.strip()
    try:
        key = base64.b64decode(value.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if value and (not value.startswith("whsec_") or len(key) < 24):
        raise InvalidInput(f"It is whsec_ and at least 24 bytes in base64. {_MAKE}")
    return SecretStr(value)


def key_of(secret: SecretStr) -> bytes:
    """The key of a secret that `read_webhook_secret` gave."""
    return base64.b64decode(secret.get_secret_value().removeprefix("whsec_"))


def faults(url: str | None, secret: SecretStr, private: bool) -> list[tuple[str, str]]:
    """What does not fit together: (name, sentence) of each."""
    has_secret = bool(secret.get_secret_value())
    if url is None:
        return [("ECO_WEBHOOK_URL", "It is missing, while ECO_WEBHOOK_SECRET is set.")] if has_secret else []
    if not has_secret:
        return [("ECO_WEBHOOK_SECRET", f"It is missing, while ECO_WEBHOOK_URL is set. {_MAKE}")]
    if url.startswith("http:") and not private:
        return [("ECO_WEBHOOK_URL", "Use https, or set ECO_WEBHOOK_PRIVATE=yes for an address in your own network.")]
    return []
