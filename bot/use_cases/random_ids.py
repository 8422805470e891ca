"""Random identifiers that cannot be guessed: external IDs of roles, tokens of calendar feeds."""

from __future__ import annotations

import secrets


def external_id() -> str:
    """An external ID for the trust policy of the bot's role."""
    return f"eco-{secrets.token_hex(16)}"


def feed_token() -> str:
    """32 random bytes, as text that can stand in an address."""
    return secrets.token_urlsafe(32)
