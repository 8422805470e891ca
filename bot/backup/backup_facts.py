"""What a backup says about itself, where it is stored, and the errors of backing up and restoring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self


class BackupFailed(Exception):
    """A backup or a restore that cannot be done; the message says why and what to do, and holds no secret."""


class BackupDeclined(BackupFailed):
    """It could be done and would lose something; the message says what, and how to insist."""


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """What a copy of the database holds.

    Attributes:
        sha256: of the whole copy, hexadecimal; equal for two copies between which nothing changed.
        schema: the migration that it is at.
        last_event: number and digest of the newest line of the audit, "" where there is none. The audit is only ever
            added to, so a database that has this line has everything that the copy has.
    """

    sha256: str
    schema: str
    enrollments: int
    last_event: str
    bot_version: str
    made_at: datetime

    def to_metadata(self) -> dict[str, str]:
        """As S3 keeps it beside an object; `from_metadata` reads it."""
        return {
            "eco-sha256": self.sha256,
            "eco-schema": self.schema,
            "eco-enrollments": str(self.enrollments),
            "eco-last-event": self.last_event,
            "eco-bot-version": self.bot_version,
            "eco-made-at": self.made_at.isoformat(),
        }

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Self | None:
        """What a backup says about itself; None where it does not, so that somebody else made it."""
        try:
            return cls(
                sha256=metadata["eco-sha256"],
                schema=metadata["eco-schema"],
                enrollments=int(metadata["eco-enrollments"]),
                last_event=metadata.get("eco-last-event", ""),
                bot_version=metadata["eco-bot-version"],
                made_at=datetime.fromisoformat(metadata["eco-made-at"]).astimezone(UTC),
            )
        except (KeyError, ValueError):
            return None

    def __str__(self) -> str:
        count = f"{self.enrollments} enrollment{'' if self.enrollments == 1 else 's'}"
        return f"made {self.made_at:%Y-%m-%d %H:%M} UTC by version {self.bot_version}, {count}"


@dataclass(frozen=True, slots=True)
class StoredBackup:
    """What is at a place now.

    Attributes:
        facts: None where it was not written by this bot.
        mark: changes whenever something else is written there.
    """

    facts: BackupFacts | None
    version: str


class BackupStore(Protocol):
    """A place that holds one backup."""

    def current(self) -> StoredBackup | None:
        """What is there; None for nothing. `BackupFailed` where that cannot be told."""

    def put(self, copy: Path, facts: BackupFacts, replacing: StoredBackup | None) -> None:
        """Write the copy in the place of what `look` gave, and check what was written; else `BackupFailed`."""

    def get(self, into: Path) -> BackupFacts | None:
        """Write what is there into a new file, checked against what it says of itself; else `BackupFailed`."""
