"""A request of a browser for one of the bot's own pages, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: The page that tells what the app asks for, and the one to which Slack sends the browser back.
INSTALL_PATH, REDIRECT_PATH = "/slack/install", "/slack/oauth_redirect"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A GET request as the server read it."""

    path: str
    query: str = ""
    cookie: str = ""


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """Status, HTML and further headers of a page."""

    status: int
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)
