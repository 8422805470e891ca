"""A member who sends hundreds of commands keeps nobody else waiting, and what comes too late is said as such."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from tests.support.bot_world import running

MANY = 200
#: Seconds that the form may take where several tests share a core.
BUSY = 10


@pytest.mark.parametrize("transport", ["http", "socket"])
def test_hundreds_of_commands_of_one_member_delay_no_others_form(
    database_url: str, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Two hundred `/eco list` at once: most are refused, another's form opens meanwhile, nobody sees a fault.

    A quiet machine opens it in less than a second; a trigger lives for three.
    """
    with running(database_url, transport=transport) as world, ThreadPoolExecutor(MANY) as threads:
        world.start()
        began = time.monotonic()
        flood = [threads.submit(world.ben.command, "/eco", "list") for _ in range(MANY)]
        opened = world.chi.command("/eco", "enroll", channel=world.channel.name)
        world.chi.wait_view("Start an enrollment")
        took = time.monotonic() - began
        wait(flood)

        assert opened.error is None
        assert took < BUSY
        answers = [future.result() for future in flood]
        assert [] == [answer.error for answer in answers if answer.error]
        refused = [answer for answer in answers if "faster than I can answer" in str(answer.response)]
        assert len(refused) > MANY / 2, "the flood was worked off, so the form waited for it"
        assert [] == [record for record in caplog.records if record.exc_info]


def test_a_form_that_comes_too_late_is_said_as_such(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Slack's trigger has ended: the person is asked to try again, and the log has no traceback."""
    with running(database_url) as world, caplog.at_level(logging.INFO):
        world.slack.faults.add("views.open", "expired_trigger_id")
        delivery = world.chi.command("/eco", "enroll", channel=world.channel.name)
        said = world.slack.wait_for(lambda: delivery.ephemerals or None, what="an answer")

        assert "I was too slow to open that: Slack gives me three seconds. Please try again." == said[0].text
        assert [] == [record for record in caplog.records if record.exc_info]
