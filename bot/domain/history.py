"""The history of an enrollment as people read it: entries, their topics, and a page of those that a person asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from bot.domain.enrollment import Event, EventKind
from bot.domain.step_spec import StepKey

#: Entries on a page.
PER_PAGE = 25


class Topic(StrEnum):
    """What an entry of the history is about; its label is the word people read in the filter."""

    label: str

    def __new__(cls, value: str, label: str) -> Topic:
        topic = str.__new__(cls, value)
        topic._value_, topic.label = value, label
        return topic

    STEPS = "steps", "Changes of steps"
    TICKETS = "tickets", "Tickets"
    LISTS = "lists", "Lists"
    REMINDERS = "reminders", "Reminders put off"
    CHECKS = "checks", "AWS checks and files"
    ENROLLMENT = "enrollment", "The enrollment as a whole"


#: The topics of events; what is not named here is about a step.
_TOPICS: Mapping[EventKind, Topic] = MappingProxyType(
    {
        EventKind.PAIRS_CHANGED: Topic.LISTS,
        EventKind.CUSTOMERS_CHANGED: Topic.LISTS,
        EventKind.NAMES_CHANGED: Topic.LISTS,
        EventKind.ACCOUNTS_CHANGED: Topic.LISTS,
        EventKind.USERS_MARKED: Topic.LISTS,
        EventKind.WORKFLOW_DESCRIBED: Topic.TICKETS,
        EventKind.STILL_WAITING: Topic.REMINDERS,
        EventKind.POSTPONED: Topic.REMINDERS,
        EventKind.CHECKED: Topic.CHECKS,
        EventKind.FIRST_FILES_ARRIVED: Topic.CHECKS,
        EventKind.AWS_BROKE: Topic.CHECKS,
        EventKind.AWS_HEALED: Topic.CHECKS,
        **dict.fromkeys((kind for kind in EventKind if kind.value.startswith("email")), Topic.TICKETS),
        **dict.fromkeys(
            (
                *(EventKind.STARTED, EventKind.EDITED, EventKind.CANCELLED, EventKind.RESUMED, EventKind.COMPLETED),
                *(
                    EventKind.OWNER_DECLINED,
                    EventKind.TAKEN_OVER,
                    EventKind.EXPORTED,
                    EventKind.UNDONE,
                    EventKind.EXPIRING,
                ),
                EventKind.MOVED,
            ),
            Topic.ENROLLMENT,
        ),
    }
)
#: The kinds that say of a step with a ticket that the ticket was sent: they belong to the tickets, too.
SENT = frozenset({EventKind.WAIT_STARTED, EventKind.STEP_DONE})


def kinds_of(topic: Topic) -> tuple[EventKind, ...]:
    """The kinds of events that are about a topic; for tickets, those of `SENT` come to it from the steps with one."""
    return tuple(kind for kind in EventKind if _TOPICS.get(kind, Topic.STEPS) is topic)


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which entries somebody wants to see; `page` counts from 1, the newest entries, on."""

    step: StepKey | None = None
    by: str | None = None
    topic: Topic | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event with its number, the user ID of who did it, its time, and the values that it replaced and set."""

    number: int
    event: Event
    by: str
    at: datetime
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Entries in the order in which they happened; a page beyond the last one is the last one.

    Attributes:
        found: entries on all pages.
    """

    entries: tuple[HistoryEntry, ...]
    page: int
    pages: int
    found: int
