"""Metadata of backups, the protocol of a backup store, and the errors of backup and restore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self


class BackupFailed(Exception):
    """A backup or a restore failed; the message says why and what to do, and has no secrets."""


class BackupDeclined(BackupFailed):
    """A backup or a restore would lose data; the message says which, and how to do it all the same."""


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """Metadata of a copy of the database.

    Attributes:
        sha256: checksum of the copy, hexadecimal; equal for two copies if nothing changed between them.
        schema: the migration of the copy.
        last_event: number and digest of the newest audit event, "" if there is none. The audit is append-only, so a
            database that has this event has all data of the copy.
        last_change: the same event without the person who acted, and its enrollment: what is still known of them after
            the person was forgotten or the enrollment deleted. Without any event, the team ID of a workspace that has
            installed the app. "" if there is none, and in older backups.
    """

    sha256: str
    schema: str
    enrollments: int
    last_event: str
    bot_version: str
    made_at: datetime
    last_change: str = ""

    def to_metadata(self) -> dict[str, str]:
        """The metadata for an object in S3."""
        return {
            "eco-sha256": self.sha256,
            "eco-schema": self.schema,
            "eco-enrollments": str(self.enrollments),
            "eco-last-event": self.last_event,
            "eco-last-change": self.last_change,
            "eco-bot-version": self.bot_version,
            "eco-made-at": self.made_at.isoformat(),
        }

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Self | None:
        """Read the metadata of an object in S3; None if the object is no backup of this bot."""
        try:
            return cls(
                sha256=metadata["eco-sha256"],
                schema=metadata["eco-schema"],
                enrollments=int(metadata["eco-enrollments"]),
                last_event=metadata.get("eco-last-event", ""),
                bot_version=metadata["eco-bot-version"],
                made_at=datetime.fromisoformat(metadata["eco-made-at"]).astimezone(UTC),
                last_change=metadata.get("eco-last-change", ""),
            )
        except (KeyError, ValueError):
            return None

    def __str__(self) -> str:
        count = f"{self.enrollments} enrollment{'' if self.enrollments == 1 else 's'}"
        return f"made {self.made_at:%Y-%m-%d %H:%M} UTC by version {self.bot_version}, {count}"


@dataclass(frozen=True, slots=True)
class StoredBackup:
    """The backup that a store holds now.

    Attributes:
        facts: None if it is no backup of this bot.
        version: changes with every write, like an ETag.
    """

    facts: BackupFacts | None
    version: str


class BackupStore(Protocol):
    """Stores one backup; a new one replaces it."""

    def current(self) -> StoredBackup | None:
        """The stored backup, None if there is none; raises `BackupFailed` if that cannot be found out."""

    def put(self, copy: Path, facts: BackupFacts, replacing: StoredBackup | None) -> None:
        """Replace the backup that `current` returned, and verify what was written; raises `BackupFailed`."""

    def get(self, into: Path) -> BackupFacts | None:
        """Download the backup into an empty file and verify its checksum; raises `BackupFailed`."""
