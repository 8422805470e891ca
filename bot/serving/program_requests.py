"""A request of another program and its answer, as the HTTP server hands them on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Where the paths of the API begin.
PREFIX = "/api/v1/"


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request as the server read it. `token` is what stands behind `Bearer`, `key` the header Idempotency-Key."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    token: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """Status, JSON and headers of an answer."""

    status: int
    content: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
