"""The time zones of owners: read with one query, stored where they changed."""

import pytest
import sqlalchemy as sa

from bot.repository import tables as t
from tests.use_cases.asking import Desk, caller


def test_the_stored_zones_are_read_with_one_query_that_loads_no_enrollment(desk: Desk) -> None:
    """However many enrollments there are; those that were cancelled do not count."""
    for number in range(12):
        desk.start(account_id=f"{100000000000 + number}", owner=f"U0{number % 3}", owner_zone="Asia/Tokyo")
    desk.bot.cancel(caller("U0GONE"), desk.start(account_id="333333333333", owner="U0GONE").id, "no need")
    said: list[str] = []
    engine = desk.database.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *values: said.append(values[2]))

    found = desk.bot.owner_zones("T0ECO")

    assert {f"U0{number}": {"Asia/Tokyo"} for number in range(3)} == found
    assert 1 == len([text for text in said if text.startswith("SELECT")])


def test_an_enrollment_that_cannot_be_read_keeps_no_other_from_its_zone(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and its owner's other enrollments get the zone."""
    first, second = desk.start(), desk.start(account_id="210987654321")
    with desk.database.write() as connection:
        here = t.steps.c.enrollment_id == first.id
        connection.execute(sa.update(t.steps).where(here).values(state="nonsense"))

    desk.bot.set_zone("T0ECO", second.owner, "Asia/Tokyo")

    assert "Asia/Tokyo" == desk.bot.get("T0ECO", second.id).owner_zone
    assert f"the zone of enrollment {first.id} cannot be stored" in caplog.messages


def test_a_process_that_stops_stores_no_further_zone(desk: Desk) -> None:
    """The next process does."""
    enrollment = desk.start()
    desk.bot.set_zone("T0ECO", enrollment.owner, "Asia/Tokyo", lambda: True)
    assert enrollment == desk.bot.get("T0ECO", enrollment.id)
