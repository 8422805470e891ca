"""What came of a bot's weeks: messages lost or said twice, its memory, and what its database holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from bot.localslack import LocalSlack
from bot.repository import tables as t
from bot.repository.database import Database
from tests.delivery.crash_results import what_stands
from tests.soak.people_of_weeks import CHANNELS, PEOPLE

#: Tables whose rows are for a while only.
PASSING = ("receipts", "last_changes", "list_previews", "bulk_starts")
#: Kinds of rows that edit a message or tell nobody in Slack, and so stand nowhere under a key of their own.
EDITS = ("answered", "retired", "deleted", "bulk_progress", "completion", "webhook", "email")


#: By how many MB the process may grow between the middle and the last third of the weeks: caches of SQLite and of the C
#: library fill up for about ten thousand messages. What Python keeps shows a leak much sooner.
GROWTH, MORE = 12.0, 0.04
#: By which part the database may hold more bytes a message and event, and how many passing rows are no worry.
WIDER, PASSING_ROWS = 0.1, 500


@dataclass(frozen=True)
class Sample:
    """The end of a week.

    Attributes:
        memory: MB of the process that lives on; blocks: of Python's own memory in it. size: KB of the database.
        records: its messages and events, which are kept. passing: rows that are for a while only.
    """

    week: int
    memory: float
    blocks: int
    size: float
    enrollments: int
    records: int
    passing: int

    @property
    def a_record(self) -> float:
        """Bytes of the database for each message and event."""
        return 1024 * self.size / max(1, self.records)

    def __str__(self) -> str:
        """One line."""
        each = self.size / max(1, self.enrollments)
        return (
            f"week {self.week}: {self.enrollments} enrollments, {self.records} messages and events, "
            f"{self.passing} passing rows; database {self.size:,.0f} KB, {each:.1f} KB an enrollment, "
            f"{self.a_record:.0f} bytes a record; memory {self.memory:.1f} MB, {self.blocks:,} blocks"
        )


class Lived(Protocol):
    """What a life counts itself."""

    seed: int
    kills: int
    faults: int
    samples: list[Sample]


@dataclass(frozen=True)
class LifeResult:
    """The end of all weeks.

    Attributes:
        lost: what should stand in Slack and does not. twice: keys of messages. disorder: threads out of order.
    """

    seed: int
    messages: int
    kills: int
    faults: int
    lost: list[str]
    twice: list[str]
    disorder: list[str]
    samples: list[Sample]

    @property
    def faults_found(self) -> list[str]:
        """What is not as it should be, a sentence each; empty where all is well."""
        found = [f"lost: {what}" for what in self.lost] + [f"said twice: {key}" for key in self.twice]
        found += [f"out of order: the thread of {key}" for key in self.disorder]
        third = len(self.samples) // 3
        middle, last = self.samples[third : 2 * third], self.samples[-third:]
        if not third:
            return found
        grown = _mean([each.memory for each in last]) - _mean([each.memory for each in middle])
        if grown > GROWTH:
            found.append(f"memory has grown by {grown:.1f} MB from the middle third of the weeks to the last")
        more = _mean([each.blocks for each in last]) / _mean([each.blocks for each in middle]) - 1
        if more > MORE:
            found.append(f"Python keeps {100 * more:.1f}% more blocks of memory than in the middle third")
        wider = _mean([each.a_record for each in last]) / _mean([each.a_record for each in middle]) - 1
        if wider > WIDER:
            found.append(f"the database has {100 * wider:.0f}% more bytes a message and event than in the middle third")
        if (passing := max(each.passing for each in last)) > max(PASSING_ROWS, *(each.passing for each in middle)):
            found.append(f"{passing} rows that are for a while only are more than in the middle third")
        return found

    def __str__(self) -> str:
        """One line."""
        return (
            f"{self.messages} messages in Slack, {self.faults} faults of Slack, {self.kills} kills: {len(self.lost)} "
            f"lost, {len(self.twice)} said twice, {len(self.disorder)} threads out of order"
        )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def measure(database: Database, week: int, pid: int, blocks: int) -> Sample:
    """The figures at this moment; `blocks` as the process tells them."""
    with database.read() as connection:
        counts = {
            table.name: int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
            for table in (t.enrollments, t.outbox, t.events, *(t.metadata.tables[name] for name in PASSING))
        }
        size = "PRAGMA page_count" if database.is_sqlite else "SELECT pg_database_size(current_database())"
        pages = int(connection.execute(sa.text(size)).scalar_one())
        unit = int(connection.execute(sa.text("PRAGMA page_size")).scalar_one()) if database.is_sqlite else 1
    passing = sum(counts[name] for name in PASSING)
    records = counts["outbox"] + counts["events"]
    return Sample(week, _memory_mb(pid), blocks, pages * unit / 1024, counts["enrollments"], records, passing)


def _memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def look(slack: LocalSlack, database: Database, now: datetime, lived: Lived) -> LifeResult:
    """Compare Slack with the database."""
    posted, disorder = what_stands(slack, CHANNELS, PEOPLE)
    o = t.outbox.c
    with database.read() as connection:
        rows = connection.execute(sa.select(o.key, o.kind, o.state, o.due_at, o.last_error, o.merged_into, o.id)).all()
        events = connection.execute(sa.select(t.events.c.enrollment_id, t.events.c.number)).all()
        cards = connection.execute(
            sa.select(t.enrollments.c.id, t.enrollments.c.version, o.version).join_from(
                t.enrollments, t.outbox, sa.and_(o.enrollment_id == t.enrollments.c.id, o.kind == "card")
            )
        ).all()
    by_id = {row.id: row for row in rows}
    said = {row.key for row in rows if row.state == "sent" and row.kind not in EDITS}
    lost = sorted(said - posted.keys())
    lost += [f"{row.key} failed: {row.last_error}" for row in rows if row.state == "failed"]
    lost += [f"{row.key} is owed" for row in rows if row.state == "owed" and row.due_at <= now]
    merged = [row for row in rows if row.state == "merged"]
    lost += [f"{row.key} was never said" for row in merged if by_id[row.merged_into].state != "sent"]
    told = {row.key for row in rows if row.kind == "thread"}
    lost += [f"no line for event {number} of {of}" for of, number in events if f"thread:{of}:{number}" not in told]
    lost += [f"the card of {of} shows version {shown}" for of, version, shown in cards if version != shown]
    twice = [key for key, count in posted.items() if count > 1]
    return LifeResult(lived.seed, sum(posted.values()), lived.kills, lived.faults, lost, twice, disorder, lived.samples)
