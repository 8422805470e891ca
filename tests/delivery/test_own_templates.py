"""An operator's templates in a running bot: one that fails loses no message, and the bot stays ready and says so."""

import logging
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.demo.demo_workspace import start_slack
from bot.presentation import texts
from tests.delivery.test_crashes import enroll, let_leases_end, settled
from tests.support.bot_process import ForkedBot
from tests.support.bot_world import World, running
from tests.support.own_templates import put, written
from tests.support.steps import StepKey

HEAD = "Meine Karte: {{ enrollment.account_name }}"
#: Fails for one enrollment only, when its card is delivered.
PARTLY = HEAD + '\n{% if enrollment.account_name == "Faulty" %}{{ enrollment.nothing }}{% endif %}'
FAULT = "'bot.domain.enrollment.Enrollment object' has no attribute 'nothing'."
NOTICE = f"Our template is used instead of yours. cards/head.j2, line 2: {FAULT}"


@contextmanager
def world_with(database_url: str, folder: Path) -> Iterator[World]:
    """The bot with these templates; ours are used again afterwards."""
    try:
        with running(database_url, ECO_TEMPLATES=str(folder)) as world:
            yield world
    finally:
        texts.use_templates(None)


def read(url: str) -> tuple[int, str]:
    """Status and text of a page of the bot."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode()


def shown(world: World) -> list[str]:
    """The first section of each message in the channel."""
    return [message.blocks[1]["text"]["text"] for message in world.channel.messages]


def test_a_template_that_fails_with_some_data_loses_nothing(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """That card is ours, the other one theirs; each is posted once and edited, also where it fails each time."""
    with world_with(database_url, written(tmp_path / "own", cards__head=PARTLY)) as world:
        world.start(account_name="Faulty")
        world.start(account_id="210987654321", account_name="Fine", spot_org_id="606079874886")
        first = shown(world)
        world.click(world.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
        world.fill(world.ana, "Mark done")
        world.deliver()
        status, said = read(f"{world.url}/readyz")
        metrics = read(f"{world.url}/metrics")[1]

        assert 2 == len(first)
        assert first[0].startswith("▰▱▱▱▱▱▱▱▱  *1 of 9 steps* — active")
        assert "Meine Karte: Fine" == first[1]
        assert (200, f"ready\n{NOTICE}\n") == (status, said)
        assert "eco_outbox_due 0.0" in metrics.splitlines()
        assert "eco_outbox_put_aside 0.0" in metrics.splitlines()
        [counted] = [line for line in metrics.splitlines() if line.startswith("eco_template_faults_total{")]
        assert counted.startswith('eco_template_faults_total{file="cards/head.j2"} ')
        assert float(counted.split()[1]) >= 1
    assert 1 == sum("A template of yours cannot be used" in record.getMessage() for record in caplog.records)
    assert [] == [record for record in caplog.records if record.levelno > logging.WARNING]


def test_files_that_break_while_the_bot_runs_change_nothing(sqlite_url: str, tmp_path: Path) -> None:
    """They are read at the start: cards of later enrollments are as those before, even without the folder."""
    folder = written(tmp_path / "own", cards__head=HEAD)
    with world_with(sqlite_url, folder) as world:
        put(folder, "cards/head.j2", "{{ broken")
        world.start()
        shutil.rmtree(folder)
        world.start(account_id="210987654321", account_name="Later", spot_org_id="606079874886")

        assert ["Meine Karte: Production", "Meine Karte: Later"] == shown(world)
        assert (200, "ready\n") == read(f"{world.url}/readyz")


def test_a_process_that_is_killed_goes_on_with_a_broken_template(database_url: str, tmp_path: Path) -> None:
    """The file breaks, the process is killed with a message on its way: the next one posts it in our words, once."""
    folder = written(tmp_path / "own", cards__head=HEAD)
    with start_slack(SystemClock()) as slack:
        first = ForkedBot(slack, database_url, tmp_path, ECO_TEMPLATES=str(folder))
        slack.connect_http(f"{first.url}/slack/events")
        slack.faults.add("chat.postMessage", "timeout")
        enroll(slack)
        slack.wait_for(lambda: not slack.faults.pending, what="the post to begin")
        put(folder, "cards/head.j2", "{% broken")
        first.kill()
        slack.faults.clear()
        let_leases_end(database_url)

        second = ForkedBot(slack, database_url, tmp_path, ECO_TEMPLATES=str(folder))
        try:
            slack.wait_for(lambda: settled(slack), timeout=20, what="the card after the restart")
            status, said = read(f"{second.url}/readyz")
        finally:
            second.stop()

        [card] = [each for each in slack.channel("eco-rollout").messages if each.text.startswith("Eco enrollment of")]
        assert " of 9 steps* — active" in card.blocks[1]["text"]["text"]
        assert 200 == status
        assert said.startswith(
            "ready\nOur template is used instead of yours. cards/head.j2, line 1: Encountered unknown tag"
        )
