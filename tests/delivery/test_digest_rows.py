"""Rows of weekly digests: one for each channel and week, whatever is changed, restarted or done at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.delivery import digest_rows, outbox
from bot.domain import lifecycle
from bot.domain.digest_schedule import DigestTime, parse_digest
from bot.repository import tables as t
from bot.repository.database import Database
from tests.delivery.outbox_rows import WORKSPACE
from tests.domain.building import MATE, OWNER, POLICY
from tests.repository.keeping import at_once, keep, rows, start

#: A Wednesday in the middle of ISO week 48.
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
SETTING = DigestTime()


def plan(database: Database, setting: DigestTime | None = SETTING, now: datetime = NOW) -> None:
    """Plan as the housekeeping does."""
    with database.write() as connection:
        digest_rows.plan(connection, WORKSPACE, setting, now)


def digests(database: Database) -> dict[str, tuple[str, datetime | None]]:
    """Key -> state and due of every digest."""
    return {row["key"]: (row["state"], row["due_at"]) for row in rows(database) if row["kind"] == "digest"}


def change(database: Database, **values: Any) -> None:
    """Change the rows of digests, as a process that posts them does."""
    with database.write() as connection:
        connection.execute(sa.update(t.outbox).where(t.outbox.c.kind == "digest").values(**values))


def test_every_channel_with_an_active_enrollment_is_owed_the_next_digest(database: Database) -> None:
    """One, however many enrollments it has; channels in which nothing is active get none."""
    start(database, account_id="1" * 12, channel_id="C1")
    start(database, account_id="2" * 12, channel_id="C1")
    start(database, account_id="3" * 12, channel_id="C2", owner_zone="America/Sao_Paulo")
    over = start(database, account_id="4" * 12, channel_id="C3")
    keep(database, over, lifecycle.cancel(over, "not now", OWNER, NOW, POLICY))

    plan(database)

    assert {
        "digest:C1:2026-W49": ("owed", MONDAY),
        "digest:C2:2026-W49": ("owed", MONDAY + 3 * HOUR),
    } == digests(database)


def test_planning_again_adds_nothing_within_a_week(database: Database) -> None:
    """However often it is done, and whatever became of the digest; after its instant the following one is owed."""
    start(database, channel_id="C1")
    for hours in range(0, 118, 13):
        plan(database, now=NOW + hours * HOUR)
    assert {"digest:C1:2026-W49": ("owed", MONDAY)} == digests(database)
    change(database, state="sent", due_at=None)

    plan(database, now=MONDAY - HOUR)
    assert {"digest:C1:2026-W49": ("sent", None)} == digests(database)
    plan(database, now=MONDAY)
    assert {"digest:C1:2026-W49": ("sent", None), "digest:C1:2026-W50": ("owed", MONDAY + WEEK)} == digests(database)


def test_a_late_digest_stays_owed_beside_the_following_one(database: Database) -> None:
    """The process was down on Monday: its digest is still due, and planning does not move what was put off."""
    start(database, channel_id="C1")
    plan(database)
    change(database, due_at=MONDAY + DAY)

    plan(database, now=MONDAY + HOUR)

    owed = {"digest:C1:2026-W49": ("owed", MONDAY + DAY), "digest:C1:2026-W50": ("owed", MONDAY + WEEK)}
    assert owed == digests(database)


# the setting before, now, the setting after -> what is owed then, by week
MOVES = {
    "to a later day": ("mon 09:00", NOW, "fri 16:00", {"W48": "2026-11-27T16:00", "W49": "2026-12-04T16:00"}),
    "to a day that is over this week": (
        "fri 09:00", NOW, "mon 09:00", {"W48": "2026-11-23T09:00", "W49": "2026-11-30T09:00"},
    ),
    "to another time": ("mon 09:00", NOW, "mon 11:30", {"W49": "2026-11-30T11:30"}),
    "to the same": ("mon 09:00", NOW, "mon 09:00", {"W49": "2026-11-30T09:00"}),
}  # fmt: skip


@pytest.mark.parametrize(("before", "now", "after", "owed"), MOVES.values(), ids=MOVES)
def test_a_change_of_the_setting_moves_what_is_owed(
    database: Database, before: str, now: datetime, after: str, owed: dict[str, str]
) -> None:
    """Each week keeps its one digest."""
    start(database, channel_id="C1")
    plan(database, parse_digest(before), now)

    plan(database, parse_digest(after), now)

    expected = {f"digest:C1:2026-{week}": ("owed", datetime.fromisoformat(at + "+00:00")) for week, at in owed.items()}
    assert expected == digests(database)
    assert all(row["owed_at"] == row["due_at"] for row in rows(database) if row["kind"] == "digest")


@pytest.mark.parametrize(("changed", "state"), [({"posting": True}, "owed"), ({"state": "sent"}, "sent")], ids=str)
def test_a_digest_that_may_have_been_posted_does_not_move(
    database: Database, changed: dict[str, object], state: str
) -> None:
    """A process was killed while it posted: whatever the setting is then, the week has its digest."""
    start(database, channel_id="C1")
    plan(database)
    change(database, **changed)

    for setting in ("mon 11:00", "off", "wed 09:00"):
        plan(database, parse_digest(setting), MONDAY - DAY - HOUR)

    assert (state, MONDAY) == digests(database)["digest:C1:2026-W49"]


def test_the_zone_of_one_channel_is_read_without_the_others(database: Database) -> None:
    """A reminder asks for its own channel; reading a thousand others for each one took 15 ms."""
    start(database, account_id="1" * 12, channel_id="C1", owner_zone="Asia/Tokyo")
    start(database, account_id="2" * 12, channel_id="C2", owner_zone="America/Sao_Paulo")

    with database.read() as connection:
        found = digest_rows.channel_zones(connection, WORKSPACE, {"C1", "C9"})

    assert {"C1": ZoneInfo("Asia/Tokyo")} == found


def test_a_digest_moves_with_the_zone_of_most_owners(database: Database) -> None:
    """Of four zones the one of most owners, then of most enrollments; when owners move, so does the digest."""
    zones = [(OWNER, "Europe/London"), (MATE, "Asia/Kolkata"), ("U3", "America/Sao_Paulo"), ("U4", "Africa/Lagos")]
    for number, (owner, zone) in enumerate([*zones, ("U4", "Africa/Lagos")]):
        start(database, account_id=f"{number:012}", channel_id="C1", owner=owner, owner_zone=zone)
    plan(database)
    assert {"digest:C1:2026-W49": ("owed", MONDAY - HOUR)} == digests(database), "nine in Lagos"

    here = t.enrollments.c.owner == MATE
    with database.write() as connection:
        connection.execute(sa.update(t.enrollments).where(here).values(owner_zone="America/Sao_Paulo"))
    plan(database)

    assert {"digest:C1:2026-W49": ("owed", MONDAY + 3 * HOUR)} == digests(database), "nine in São Paulo"


def test_off_drops_what_is_owed_and_on_brings_it_back(database: Database) -> None:
    """A digest that had nothing to say stays dropped."""
    start(database, account_id="1" * 12, channel_id="C1")
    start(database, account_id="2" * 12, channel_id="C2")
    plan(database)
    with database.write() as connection:
        outbox.drop(connection, outbox.by_key(connection, WORKSPACE, "digest:C2:2026-W49"), "nothing to say")

    plan(database, None)
    assert {("dropped", None)} == set(digests(database).values())
    plan(database, DigestTime(weekday=1))

    found = digests(database)
    assert ("owed", MONDAY + DAY) == found["digest:C1:2026-W49"]
    assert ("dropped", None) == found["digest:C2:2026-W49"]


def test_a_channel_that_was_left_keeps_what_it_is_owed(database: Database) -> None:
    """Whether there is something to say is asked when it is due, for example of what was completed last week."""
    enrollment = start(database, channel_id="C1")
    plan(database)
    keep(database, enrollment, lifecycle.cancel(enrollment, "not now", OWNER, NOW, POLICY))

    plan(database, DigestTime(weekday=2), NOW + HOUR)

    assert {"digest:C1:2026-W49": ("owed", MONDAY)} == digests(database)


def test_processes_that_plan_at_once_owe_one_digest_a_week(database: Database) -> None:
    """Starting, restarting and changing the setting at the same moment."""
    for number in range(12):
        start(database, account_id=f"{number:012}", channel_id=f"C{number}")
    others = [Database(database.engine.url.render_as_string(hide_password=False)) for _ in range(3)]
    settings = [parse_digest(text) for text in ("mon 09:00", "fri 16:00", "tue 10:00", "mon 09:00")]

    planned = [partial(plan, each, setting) for each, setting in zip([database, *others], settings, strict=True)]
    found = at_once(*planned)
    plan(database)

    for other in others:
        other.close()
    assert [None] * 4 == found
    assert {("owed", MONDAY)} == {value for key, value in digests(database).items() if key.endswith("W49")}
    assert 12 == len([key for key in digests(database) if key.endswith("W49")])
