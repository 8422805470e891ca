"""The addresses of the vendor that an operator can change, for the texts: its documentation, and its support's email.

Every text of a process names the same ones, so they are set once, when the process is put together.
"""

from __future__ import annotations

from bot.domain.vendor import DOCS, SUPPORT_EMAIL, moved

_used = {"docs": DOCS, "email": SUPPORT_EMAIL}


def use(docs: str = DOCS, support_email: str = SUPPORT_EMAIL) -> None:
    """Use these addresses from now on (ECO_DOCS_URL, ECO_SUPPORT_EMAIL)."""
    _used.update(docs=docs, email=support_email)


def page(url: str) -> str:
    """The address of a page of the vendor, on the documentation that the operator has named."""
    return moved(url, _used["docs"])


def support_email() -> str:
    """The email address of the vendor's support."""
    return _used["email"]
