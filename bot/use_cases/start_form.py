"""What somebody enters to start an enrollment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.lifecycle import Position


@dataclass(frozen=True, slots=True)
class StartForm:
    """The start form; `values` holds the shared fields that it asks for, by key."""

    account_id: str
    account_name: str
    channel_id: str
    owner: str
    owner_zone: str = "UTC"
    collaborators: tuple[str, ...] = ()
    position: Position | None = None
    values: Mapping[str, str | None] = field(default_factory=dict)
