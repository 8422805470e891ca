"""Fixtures: one Chromium for all of these tests, and for each a fresh workspace with the bot, and windows on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bot.app import Application
from bot.demo.demo_workspace import start_slack
from bot.demo.running_bot import bot_in, crashes_shown
from bot.demo.time_jumps import jumps_to
from bot.localslack import LocalSlack, PageState, TimeMachine
from tests.browser.chromium import HOW_TO_GET_IT, find_chromium, running_chromium
from tests.browser.window import PATIENCE, Window

#: A Monday: 11:00 in São Paulo, where the owner may be reminded at that time, 14:00 in London.
MONDAY = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)

Opens = Callable[..., Window]


@dataclass(frozen=True)
class Demo:
    """What runs behind the page."""

    slack: LocalSlack
    clock: TimeMachine
    app: Application
    database: Path


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The browser; the test is skipped where the machine has none."""
    executable = find_chromium()
    if executable is None:
        pytest.skip(HOW_TO_GET_IT)
    # A machine that is busy is no fault of the page's.
    expect.set_options(timeout=PATIENCE)
    with running_chromium(executable) as chromium:
        yield chromium


@pytest.fixture
def also() -> Mapping[str, str]:
    """Settings of the bot beside those of the demo; modules override it."""
    return {}


@pytest.fixture
def ack_limit() -> float:
    """Seconds after which Slack gives the bot up: far more than the real 3, because the machine may be busy."""
    return PATIENCE / 1000


@pytest.fixture
def demo(tmp_path: Path, migrated_file: Path, also: Mapping[str, str], ack_limit: float) -> Iterator[Demo]:
    """The demo as `python -m bot sandbox` starts it, on a Monday and without the pace of a real channel."""
    clock = TimeMachine()
    clock.jump_to(MONDAY)
    page = PageState(clock)
    database = Path(shutil.copy(migrated_file, tmp_path))
    with (
        start_slack(clock, page=page, pace=False, ack_limit=ack_limit) as slack,
        crashes_shown(slack),
        bot_in(slack, clock, database, pace=timedelta(), also=also) as app,
        jumps_to(page, app),
    ):
        yield Demo(slack, clock, app, database)


@pytest.fixture
def opens(browser: Browser, demo: Demo) -> Iterator[Opens]:
    """Opens windows, each with a profile of its own; none of them may meet a fault of the page's script."""
    windows: list[Window] = []
    with ExitStack() as stack:

        def open_window(person: str = "ana", channel: str = "C0ROLLOUT1", **options: Any) -> Window:
            settings: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US", **options}
            context = browser.new_context(**settings)
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            windows.append(Window(context.new_page(), demo.slack.base_url))
            return windows[-1].open(person, channel)

        yield open_window
        assert [] == [fault for window in windows for fault in window.faults]


@pytest.fixture
def window(opens: Opens) -> Window:
    """One window of Ana on #eco-rollout."""
    return opens()
