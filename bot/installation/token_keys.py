"""Encrypts the stored tokens with the newest key, and decrypts them with any: Fernet, of the library cryptography."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class KeysDoNotFit(Exception):
    """A stored token was encrypted with none of the keys; the message gives a remedy."""

    def __init__(self, workspaces: Sequence[str] = ()) -> None:
        whose = f" of {', '.join(workspaces)}" if workspaces else ""
        super().__init__(
            f"ECO_TOKEN_KEYS does not open the stored tokens{whose}. Nothing was changed. Set the key with which they "
            "were stored, after the new one if you are replacing it; or install the app again there."
        )


class TokenKeys:
    """One or two keys; the first one encrypts."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, token: str) -> str:
        """A token as it is stored."""
        return self._fernet.encrypt(token.encode()).decode()

    def decrypt(self, stored: str) -> str:
        """A stored token; raises `KeysDoNotFit`."""
        try:
            return self._fernet.decrypt(stored.encode()).decode()
        except InvalidToken:
            raise KeysDoNotFit from None

    def encrypt_again(self, stored: str) -> str:
        """A stored token, encrypted with the first key; raises `KeysDoNotFit`."""
        try:
            return self._fernet.rotate(stored.encode()).decode()
        except InvalidToken:
            raise KeysDoNotFit from None
