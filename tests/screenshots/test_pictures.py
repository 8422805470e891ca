"""The pictures in docs/images show what the bot says today."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.screenshots.__main__ import IMAGES, MANIFEST
from tests.screenshots.story import Picture, told

NAMES = (
    *("away", "card", "check-aws", "dark", "details", "form-errors", "hand-over", "history", "home", "notifications"),
    *("reminder", "ticket", "timeline"),
)
MOST_BYTES = 200_000


@pytest.fixture(scope="module")
def told_today(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the pictures would show now, by name, from the story played without a browser."""
    found: dict[str, str] = {}

    def take(picture: Picture) -> None:
        found[picture.name] = picture.fingerprint

    with told(tmp_path_factory.mktemp("story"), take) as story:
        story.play()
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_there_and_light_enough(name: str) -> None:
    """Each one is a PNG of less than 200 kB."""
    content = Path(IMAGES / f"{name}.png").read_bytes()

    assert content.startswith(b"\x89PNG")
    assert len(content) < MOST_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_shows_what_the_bot_says(name: str, told_today: dict[str, str]) -> None:
    """Words, buttons and fields are still those of the day it was taken."""
    taken = json.loads(MANIFEST.read_text("utf-8"))

    assert told_today[name] == taken[name], f"{name}.png is out of date: make screenshots"


def test_the_story_and_the_folder_have_the_same_pictures(told_today: dict[str, str]) -> None:
    """No picture is left over, none is missing."""
    assert set(NAMES) == set(told_today)
    assert set(NAMES) == {file.stem for file in IMAGES.glob("*.png")}
