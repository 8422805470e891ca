"""A bulk start as a value: the file, the person who started it, and the outcomes of its rows so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: Why a bulk start ended early, where nobody stopped it.
LOST_RIGHT = "You may not start enrollments any more."


class BulkState(StrEnum):
    """The state of a bulk start."""

    SHOWN = "shown"  # a preview, nothing is started
    CANCELLED = "cancelled"  # before anything was started
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class Outcome(StrEnum):
    """The outcome of a row."""

    READY = "ready"  # not begun yet
    STARTED = "started"
    ALREADY = "already"  # the account has an enrollment
    REFUSED = "refused"
    LEFT = "left"  # the bulk start was stopped before


@dataclass(frozen=True, slots=True)
class Preview:
    """What the preview of a file says beside the number of good rows.

    Attributes:
        faulty, already: how many rows have a fault; how many are of an account that is enrolled.
        faults: line and sentence of the first faults. warned: how many rows have warnings.
        warnings: line, account name and sentence of the first warnings.
        owners, channels: ID -> how many of the good rows name it.
    """

    faulty: int = 0
    already: int = 0
    faults: tuple[tuple[int, str], ...] = ()
    warned: int = 0
    warnings: tuple[tuple[int, str, str], ...] = ()
    owners: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BulkStart:
    """A bulk start with the counts of its rows.

    Attributes:
        source: the name of the file, "" for pasted text. why: why it ended early, where nobody stopped it.
        refused: line, account name and reason of the first rows that could not be started.
    """

    id: int
    workspace: str
    by: str
    source: str
    state: BulkState
    preview: Preview
    counts: Mapping[Outcome, int]
    why: str | None = None
    refused: tuple[tuple[int, str, str], ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many rows have that outcome."""
        return self.counts.get(outcome, 0)

    @property
    def total(self) -> int:
        """How many good rows the file had when it was shown."""
        return sum(self.counts.values())
