"""The record of an enrollment for auditors: all that an export holds, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.aws.preflight import CheckReport
from bot.domain.enrollment import Enrollment
from bot.domain.history import HistoryEntry
from bot.domain.step_spec import StepKey


@dataclass(frozen=True, slots=True)
class SentTicket:
    """A ticket that was sent to support.

    Attributes:
        at, by: when and by whom it was marked as sent, or sent by email. day: the one that they named; "" for that one.
        number: as they entered it then. to: the address, where it went by email.
        text: as it was sent; None for a ticket of before the texts were kept.
    """

    step: StepKey
    at: datetime
    by: str
    number: str
    day: str
    to: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Check:
    """A stored result of **Check AWS**: when, by whom, what it found."""

    at: datetime
    by: str
    report: CheckReport


@dataclass(frozen=True, slots=True)
class Evidence:
    """An enrollment with its whole audit, its tickets and its checks, read at one moment."""

    enrollment: Enrollment
    history: tuple[HistoryEntry, ...]
    tickets: tuple[SentTicket, ...]
    checks: tuple[Check, ...]
